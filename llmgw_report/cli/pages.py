"""What the command prints about itself: checks, gateways, schema."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from textwrap import indent

import click
from msgspec import Struct

from llmgw_report import plugins
from llmgw_report.config.settings import about_waivers
from llmgw_report.errors import UsageError
from llmgw_report.gateways.definition import Gateway, Source


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
    from llmgw_report import gateways as definitions

    for gateway in definitions.load_all():
        queries = {query.name: query.title for query in definitions.queries(gateway)}
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
        feeds = [one for one in found if one.gateway == name]
        rows = [row for one in feeds for row in ((one.what, one.how), ("", str(one.file or "")))]
        yield indent(_table([row for row in rows if any(row)]), " " * 8)


Callback = Callable[[click.Context, click.Parameter, bool], None]


def callback(page: Callable[[], str]) -> Callback:
    """An eager flag that prints a page and ends the run well."""

    def show(context: click.Context, parameter: click.Parameter, given: bool) -> None:  # noqa: ARG001, FBT001 - click's signature
        if given and not context.resilient_parsing:  # which is what completion does
            click.echo(page())
            context.exit(0)

    return show


def explain(context: click.Context, parameter: click.Parameter, slug: str | None) -> None:  # noqa: ARG001 - click's signature
    """One check's page."""
    if slug is None or context.resilient_parsing:
        return
    known = plugins.modules("checks")
    if slug not in known:
        message = f"--explain: unknown check {slug!r}"
        raise UsageError(message, plugins.nearest(slug, known))

    click.echo(page(slug, bounds(slug)))
    context.exit(0)


def checks() -> str:
    """Slug, bounds and first line of every check."""
    slugs = plugins.modules("checks")
    titles = ((plugins.load("checks", slug).__doc__ or "").partition("\n")[0] for slug in slugs)
    return _table([(slug, bounds(slug), title) for slug, title in zip(slugs, titles, strict=True)])


def bounds(slug: str) -> str:
    """Default bounds of a check in words."""
    default = plugins.load("checks", slug).DEFAULT
    parts = [f"warn {default.warn:.10g}" if default.warn is not None else ""]
    parts += [f"fail {default.fail:.10g}" if default.fail is not None else ""]
    parts += [f"min-n {default.min_n}" if default.min_n else ""]
    parts += ["at most a warning" if default.severity == "warn" else ""]
    return ", ".join(part for part in parts if part) or "no bounds"


def gateways() -> str:
    """Name, witnesses and title of every gateway."""
    from llmgw_report import gateways as definitions  # a run without this page does not read them twice

    return _table([(one.name, " and ".join(one.keeps), one.title) for one in definitions.load_all()])


def _table(rows: list[tuple[str, ...]]) -> str:
    from tabulate import tabulate  # only the pages with a table pay for it

    return tabulate(rows, tablefmt="plain", disable_numparse=True)


def schema() -> str:
    """The JSON Schema, from the same types that write the document."""
    import msgspec

    from llmgw_report.model.report import Report

    return msgspec.json.format(msgspec.json.encode(msgspec.json.schema(Report)), indent=2).decode()


def configuration() -> str:
    """The commented example of a configuration file: every key with its default."""
    from llmgw_report.cli.config_pages import text

    return text()
