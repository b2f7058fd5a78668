"""The table of options as click's: `config.options` says what they are, this is how click reads them."""

from collections.abc import Callable
from typing import Any

import click

from llmgw_report.cli import pages
from llmgw_report.cli.completion import complete
from llmgw_report.config.option import METAVARS, Group, Option
from llmgw_report.config.options import OPTIONS

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class Lines(click.ParamType[str]):
    """Text. Several of them in one environment variable are lines: a path or a header may hold blanks."""

    name = "text"
    envvar_list_splitter = "\n"

    def split_envvar_value(self, rv: str) -> list[str]:
        """One value per line; an empty line is none."""
        return [line for line in super().split_envvar_value(rv) if line.strip()]


class Command(click.Command):
    """A command whose help has the headings of the table: click lists all under one in `format_options`."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """With our way of printing: click takes a full disk for a bug of its caller."""
        found = super().get_help_option(ctx)
        if found is not None:
            found.callback = pages.help_callback
        return found

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """`--help` itself, which click adds, stands at the end."""
        groups: dict[Group, list[tuple[str, str]]] = {}
        parameters = self.get_params(ctx)
        headings: list[Group] = [*(option.group for option in OPTIONS), "Help"]
        for group, parameter in zip(headings, parameters, strict=True):
            record = parameter.get_help_record(ctx)
            groups.setdefault(group, []).extend([record] if record else [])
        for group, records in groups.items():
            with formatter.section(group):
                formatter.write_dl(records)


def options(function: Callable[..., Any]) -> Callable[..., Any]:
    """All of them on one function; the last decorator applied is the first in the help text."""
    for option in reversed(OPTIONS):
        function = _decorator(option)(function)
    return function


def _decorator(option: Option) -> Decorator:
    """The click option of one entry. It has no default, so that "not given" differs from "given as the default"."""
    names = [f"-{option.short}"] if option.short else []
    shown: dict[str, Any] = {"help": option.description, "allow_from_autoenv": option.is_setting}
    if option.kind == "page":
        shown |= {"is_eager": True, "expose_value": False, "callback": pages.callback(option.name)}
    if option.kind == "switch":
        return click.option(f"--{option.name}/--no-{option.name}", default=None, **shown)
    if option.kind == "flag" or (option.kind == "page" and option.metavar is None):
        return click.option(*names, f"--{option.name}", is_flag=True, **shown)
    if option.kind == "choice":
        shown["type"] = click.Choice(option.choices)
    else:
        shown |= {"type": bool if option.kind == "boolean" else Lines(), "multiple": option.repeatable}
        shown["metavar"] = option.metavar or METAVARS[option.kind]
        shown["shell_complete"] = complete(option)
    return click.option(*names, f"--{option.name}", **shown)
