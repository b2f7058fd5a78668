"""What a shell offers as an option's value, besides the words it lists itself; imported only while a shell asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args, get_origin, get_type_hints

from click.shell_completion import CompletionItem

from llmgw_report import plugins
from llmgw_report.config import presets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from click import Context, Parameter

    from llmgw_report.config.option import Option

    Items = list[CompletionItem[str]]
    Completer = Callable[[Context, Parameter, str], Items]


def complete(option: Option, context: Context, parameter: Parameter, incomplete: str) -> Items:
    """What its entry says, else files or folders where the value names one."""
    kinds = {"file": "files", "folder": "folders"}
    completer = COMPLETERS.get(option.complete or kinds.get(option.kind, ""))
    return completer(context, parameter, incomplete) if completer else []


def _files(_context: Context, _parameter: Parameter, incomplete: str) -> Items:
    """The shell's own list of files."""
    return [_item(incomplete, type="file")]


def _folders(_context: Context, _parameter: Parameter, incomplete: str) -> Items:
    """The shell's own list of folders."""
    return [_item(incomplete, type="dir")]


def _checks(_context: Context, _parameter: Parameter, incomplete: str) -> Items:
    """Every check with its title."""
    from llmgw_report.checks import load  # a run without completion does not read them

    found = [slug for slug in plugins.modules("checks") if slug.startswith(incomplete)]
    return [_item(slug, help=load(slug).page.title) for slug in found]


def _gateways(_context: Context, _parameter: Parameter, incomplete: str) -> Items:
    """Every known gateway, else folders."""
    from llmgw_report.gateways import names

    found = [_item(name) for name in names() if name.startswith(incomplete)]
    return found or [_item(incomplete, type="dir")]


def _presets(_context: Context, _parameter: Parameter, incomplete: str) -> Items:
    return [_item(name) for name in presets.names() if name.startswith(incomplete)]


def _thresholds(_context: Context, _parameter: Parameter, incomplete: str) -> Items:
    """Checks up to the dot, then each key of the one with the value that it has."""
    start = incomplete.partition(".")[0]
    found = [slug for slug in plugins.modules("checks") if slug.startswith(start)]
    slug = start if start in found else found[0] if len(found) == 1 else ""
    words = _assignments(slug) if slug else (f"{slug}." for slug in found)
    return [_item(word) for word in words if word.startswith(incomplete)]


def _assignments(slug: str) -> Iterator[str]:
    """`CHECK.KEY=VALUE` as `--set` reads it: every word where there are a few, else the default."""
    from llmgw_report.config.thresholds import lines
    from llmgw_report.model.finding import Threshold

    module, hints = plugins.load("checks", slug), get_type_hints(Threshold)
    for key, value in lines(module.DEFAULT, module.UNIT):
        kind = hints[key.replace("-", "_")]
        words = get_args(kind) if get_origin(kind) is Literal else (value,)
        words = (False, True) if kind is bool else words
        yield from (f"{slug}.{key}={str(word).lower() if isinstance(word, bool) else word}" for word in words)


def _item(value: str, **fields: str) -> CompletionItem[str]:
    return CompletionItem(value, **fields)


COMPLETERS: dict[str, Completer] = {
    "files": _files,
    "folders": _folders,
    "checks": _checks,
    "gateways": _gateways,
    "presets": _presets,
    "thresholds": _thresholds,
}
