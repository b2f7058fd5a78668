"""The page of one check: what is in its docstring, and what only the program knows."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from llmgw_report import gateways, plugins
from llmgw_report.config.policy import about_waivers
from llmgw_report.gateways.definition import Gateway, Source

WIDTH = 15


class Feed(Struct, frozen=True):
    """Where one gateway keeps what a check reads: a selector, or a query with its file."""

    gateway: str
    what: str
    how: str
    file: Path | None = None


def page(slug: str, bounds: str) -> str:
    """All of it, for a terminal; `bounds` are its default ones in words."""
    text = (plugins.load("checks", slug).__doc__ or "").strip()
    read = "\n".join(_read(tuple(feeds(slug))))
    return "\n\n".join(part for part in (slug, text, f"Default: {bounds}", read, waiving(slug)) if part)


def feeds(slug: str) -> Iterator[Feed]:
    """What is read for one check, of every gateway that comes with the program."""
    names: tuple[str, ...] = plugins.load("checks", slug).FED_BY
    for gateway in gateways.load_all():
        queries = {query.name: query.title for query in gateways.queries(gateway)}
        for name in names:
            yield from _queried(gateway, name, queries) if name.endswith(".sql") else _selected(gateway, name)


def waiving(slug: str) -> str:
    """What to write where its findings are known and accepted for a while."""
    if about_waivers(slug):
        return "How to waive: not at all, it judges the waivers."
    keys = ("[[waive]]", f'check = "{slug}"', 'reason = "..."', "expires = YYYY-MM-DD")
    return (
        'How to waive: in llmgw-report.toml, with subject = { role = "glob" } to accept some of them only:\n\n    '
        + ("\n    ".join(keys))
    )


def _queried(gateway: Gateway, name: str, queries: Mapping[str, str]) -> Iterator[Feed]:
    stem = name.removesuffix(".sql")
    if stem in queries:
        yield Feed(gateway.name, name, queries[stem], Path(gateway.folder, name))


def _selected(gateway: Gateway, quantity: str) -> Iterator[Feed]:
    sources = {str(name): found for name, found in gateway.metrics.items()}
    yield from (Feed(gateway.name, quantity, _selector(source)) for source in sources.get(quantity, ()))


def _selector(source: Source) -> str:
    """The family with the labels that are told apart, and what values of the last one mean."""
    labels = f" by ({', '.join(source.labels.values())})" if source.labels else ""
    outcomes = [f"{value} = {meaning}" for value, meaning in source.outcomes.items() if value != meaning]
    return "; ".join([f"{source.family}{labels}", *([", ".join(outcomes)] if outcomes else [])])


def _read(found: tuple[Feed, ...]) -> Iterator[str]:
    if not found:
        return
    yield "Read from:"
    for name in dict.fromkeys(one.gateway for one in found):
        yield f"\n    {name}"
        for one in (one for one in found if one.gateway == name):
            yield f"        {one.what:<{WIDTH}} {one.how}" + (f"\n        {'':<{WIDTH}} {one.file}" if one.file else "")
