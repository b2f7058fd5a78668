"""What a shell may offer as an option's value, besides the words that the option lists itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmgw_report import plugins
from llmgw_report.config import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click import Context, Parameter
    from click.shell_completion import CompletionItem

    Items = list[CompletionItem[str]]


def files(_context: Context, _parameter: Parameter, incomplete: str) -> Items:
    """The shell's own list of files."""
    return [_item(incomplete, type="file")]


def folders(_context: Context, _parameter: Parameter, incomplete: str) -> Items:
    """The shell's own list of folders."""
    return [_item(incomplete, type="dir")]


def checks(_context: Context, _parameter: Parameter, incomplete: str) -> Items:
    """Every check with its title."""
    from llmgw_report.checks import load  # a run without completion does not read them

    found = [slug for slug in plugins.modules("checks") if slug.startswith(incomplete)]
    return [_item(slug, help=load(slug).page.title) for slug in found]


def gateways(_context: Context, _parameter: Parameter, incomplete: str) -> Items:
    """Every known gateway, else folders."""
    from llmgw_report.gateways import names

    found = [_item(name) for name in names() if name.startswith(incomplete)]
    return found or [_item(incomplete, type="dir")]


def stages(_context: Context, _parameter: Parameter, incomplete: str) -> Items:
    """Every preset."""
    return [_item(name) for name in load.names() if name.startswith(incomplete)]


def bounds(_context: Context, _parameter: Parameter, incomplete: str) -> Items:
    """Checks up to the dot, then each key of the one with the value that it has."""
    start = incomplete.partition(".")[0]
    found = [slug for slug in plugins.modules("checks") if slug.startswith(start)]
    slug = start if start in found else found[0] if len(found) == 1 else ""
    words = _bounds(slug) if slug else (f"{slug}." for slug in found)
    return [_item(word) for word in words if word.startswith(incomplete)]


def _bounds(slug: str) -> Iterator[str]:
    """`CHECK.KEY=VALUE` as `--set` reads it."""
    from llmgw_report.config.thresholds import FIELDS, KEYS

    default = plugins.load("checks", slug).DEFAULT
    for field, key in zip(FIELDS, KEYS, strict=True):
        yield from (f"{slug}.{key}={word}" for word in _words(field, getattr(default, field)))


def _words(field: str, default: object) -> tuple[str, ...]:
    """All that can be said where that is a few words, else the default."""
    from typing import Literal, get_args, get_origin, get_type_hints

    from llmgw_report.model.finding import Threshold

    kind = get_type_hints(Threshold)[field]
    if get_origin(kind) is Literal:
        return get_args(kind)
    if kind is bool:
        return ("false", "true")
    return ("false" if default is None else f"{default:.10g}",)


def _item(value: str, **fields: str) -> CompletionItem[str]:
    from click.shell_completion import CompletionItem  # only while a shell asks

    return CompletionItem(value, **fields)
