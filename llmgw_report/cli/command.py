"""The command as click reads it: its options, its help text, its exit codes.

`config.options` says what the options are.
"""

import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

import click

from llmgw_report.cli.abort import EXIT_CODES
from llmgw_report.cli.output import PAGE_NOT_WHOLE, show
from llmgw_report.config.option import METAVARS, PREFIX, Group, Option
from llmgw_report.config.options import OPTIONS

HELP = """One health report of an LLM gateway, from one metrics scrape and its SQLite log database.

\b
Exit codes:
{exit_codes}

Every setting has an environment variable LLMGW_REPORT_<OPTION>, and a key in
the configuration file.
"""

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
Callback = Callable[[click.Context, click.Parameter, str | bool | None], None]


class Lines(click.ParamType[str]):
    """Text. Several of them in one environment variable are lines: a path or a header may hold blanks."""

    name = "text"
    envvar_list_splitter = "\n"

    def split_envvar_value(self, rv: str) -> list[str]:
        """One value per line; an empty line is none."""
        return [line for line in super().split_envvar_value(rv) if line.strip()]


class _Option(click.Option):
    """An option whose help is one line as it stands: click takes an indentation off, and imports much for that."""

    def __init__(self, *names: Any, help: str, **given: Any) -> None:  # noqa: A002, ANN401 - click's
        super().__init__(*names, **given)
        self.help = help


class Command(click.Command):
    """A command whose help has the headings of the table: click lists all under one in `format_options`.

    Click's own `get_help_option` and `format_help_text` import much, to take off an indentation that is not there, and
    its `format_usage` to look for another language's word for "Usage".
    """

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """In English, as all of the page is."""
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix="Usage: ")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """The text as it stands, as with the options."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text((self.help or "").format(exit_codes=_exit_codes()))

    def get_help_option(self, ctx: click.Context) -> click.Option:
        """With our way of printing: click takes a full disk for a bug of its caller."""
        if self._help_option is None:
            self._help_option = _Option(
                self.get_help_option_names(ctx),
                help="Show this message and exit.",
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_help,
            )
        return self._help_option

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
    shown: dict[str, Any] = {"cls": _Option, "help": option.description, "allow_from_autoenv": option.is_setting}
    if option.kind == "page":
        shown |= {"is_eager": True, "expose_value": False, "callback": _page(option.name)}
    if option.kind == "switch":
        return click.option(f"--{option.name}/--no-{option.name}", default=None, **shown)
    if option.kind == "flag" or (option.kind == "page" and option.metavar is None):
        return click.option(*names, f"--{option.name}", is_flag=True, **shown)
    if option.kind == "choice":
        shown["type"] = click.Choice(option.choices)
    else:
        shown |= {"type": bool if option.kind == "boolean" else Lines(), "multiple": option.repeatable}
        shown["metavar"] = option.metavar or METAVARS[option.kind]
        shown["shell_complete"] = partial(_complete, option)
    return click.option(*names, f"--{option.name}", **shown)


def _complete(
    option: Option, context: click.Context, parameter: click.Parameter, incomplete: str
) -> "list[CompletionItem[str]]":
    from llmgw_report.cli.completion import complete  # only while a shell asks

    return complete(option, context, parameter, incomplete)


def _page(name: str) -> Callback:
    """What click calls for an option that prints a page and ends the run well."""

    def shown(context: click.Context, _parameter: click.Parameter, given: str | bool | None) -> None:  # noqa: FBT001 - click's signature
        if given in (None, False) or context.resilient_parsing:  # which is what completion does
            return
        from llmgw_report.cli.pages import PAGES  # a run prints none of them

        text = PAGES[name](given) if isinstance(given, str) else PAGES[name]()
        if name != "version":  # which is asked of any installation, and at every start of some
            from llmgw_report import installation

            installation.check()
        _print(context, text)

    return shown


def _help(context: click.Context, _parameter: click.Parameter, given: str | bool | None) -> None:  # noqa: FBT001 - click's signature
    """The page that click makes itself."""
    if given and not context.resilient_parsing:
        _print(context, context.get_help())


def _exit_codes() -> str:
    """What each exit code means, as lines of the page."""
    from textwrap import fill  # a run does without

    return "\n".join(
        fill(text.replace("`", ""), width=76, initial_indent=f"{code:>5}  ", subsequent_indent=" " * 7)
        for code, text in EXIT_CODES.items()
    )


def _print(context: click.Context, text: str) -> NoReturn:
    show(f"{text}\n", os.environ, hint=PAGE_NOT_WHOLE)
    context.exit(0)


@click.command(
    cls=Command,
    help=HELP,
    context_settings={
        "auto_envvar_prefix": PREFIX.rstrip("_"),
        "max_content_width": 100,
        "help_option_names": ["-h", "--help"],
    },
)
@options
@click.pass_context
def command(context: click.Context, /, **typed: Any) -> int:  # noqa: ANN401 - options of many types
    """One run; returns the exit code."""
    from llmgw_report.cli.reporting import report  # `--help` does without

    return report(context, typed)
