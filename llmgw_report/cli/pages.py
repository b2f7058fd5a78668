"""The pages that the command prints about itself: checks, gateways, schema, version."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llmgw_report import __version__, plugins
from llmgw_report.cli.output import columns
from llmgw_report.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from llmgw_report.gateways.definition import Gateway, MetricMapping

#: Columns of a line in which anything can be said.
LEAST = 40


class Feed(NamedTuple):
    """Where one gateway keeps what a check reads: a selector, or a query with its file."""

    gateway: str
    what: str
    how: str
    file: Path | None = None


def page(slug: str) -> str:
    """All about one check, for a terminal."""
    text = _filled((plugins.load("checks", slug).__doc__ or "").strip())
    read = "\n".join(_read(tuple(feeds(slug))))
    default = _fill(f"Default: {thresholds(slug)}")
    return "\n\n".join(part for part in (slug, text, default, read, waiving(slug)) if part)


def _filled(text: str) -> str:
    """Its paragraphs as wide as the terminal; what is indented is no prose, and stays."""
    paragraphs = text.split("\n\n")
    return "\n\n".join(each if "\n " in f"\n{each}" else _fill(each) for each in paragraphs)


def _fill(text: str, begin: str = "", hang: str = "") -> str:
    from textwrap import fill  # `--version` does without

    width = max(columns(), LEAST)
    return fill(
        text, width, initial_indent=begin, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False
    )


def feeds(slug: str) -> Iterator[Feed]:
    """What is read for one check, of every gateway that comes with the program."""
    from pathlib import Path  # `--version` does without

    from llmgw_report import gateways as definitions
    from llmgw_report.checks import load

    names: tuple[str, ...] = load(slug).reads

    for gateway in definitions.load_all():
        queries = {query.name: query.title for query in definitions.queries(gateway)}
        asked = {name for name in names if name.endswith(".sql")}
        answering = (definitions.answering(name.removesuffix(".sql"), queries) for name in names if name in asked)
        for name in names:
            yield from () if name in asked else _selected(gateway, name)
        for stem in dict.fromkeys(stem for stem in answering if stem):
            yield Feed(gateway.name, f"{stem}.sql", queries[stem], Path(gateway.folder, f"{stem}.sql"))


def waiving(slug: str) -> str:
    """What to write where its findings are known and accepted for a while."""
    from llmgw_report.checks import load  # `--version` does without

    if load(slug).evaluates_waivers:
        return "How to waive: not possible, it evaluates the waivers."
    keys = ("[[waive]]", f'check = "{slug}"', 'reason = "..."', "expires = YYYY-MM-DD")
    return _fill(
        'How to waive: in llmgw-report.toml, with subject = { role = "glob" } to accept some of them only:'
    ) + "".join(f"\n    {key}" for key in ("", *keys)).replace("\n    \n", "\n\n")


def _selected(gateway: Gateway, quantity: str) -> Iterator[Feed]:
    sources = {str(name): found for name, found in gateway.metrics.items()}
    yield from (Feed(gateway.name, quantity, _selector(source)) for source in sources.get(quantity, ()))


def _selector(source: MetricMapping) -> str:
    """The family with the labels that are told apart, and what values of the last one mean."""
    labels = f" by ({', '.join(source.all_labels)})" if source.labels else ""
    outcomes = [
        f"{', '.join(rule.when.values()).replace('|', ' | ') or '*'} = {rule.outcome}" for rule in source.outcomes
    ]
    return "; ".join([f"{source.family}{labels}", *([", ".join(outcomes)] if outcomes else [])])


def _read(found: tuple[Feed, ...]) -> Iterator[str]:
    if not found:
        return
    yield "Read from:"
    for name in dict.fromkeys(one.gateway for one in found):
        yield f"\n    {name}"
        for one in (one for one in found if one.gateway == name):
            yield _fill(f"{one.what}: {one.how}", " " * 8, " " * 12)
            if one.file:
                yield f"{' ' * 12}{one.file}"


def checks() -> str:
    """Slug, thresholds and first line of every check."""
    slugs = plugins.modules("checks")
    titles = ((plugins.load("checks", slug).__doc__ or "").partition("\n")[0] for slug in slugs)
    rows = [
        (slug, _wrapped(thresholds(slug), 28), _wrapped(title, 38)) for slug, title in zip(slugs, titles, strict=True)
    ]
    return table(rows)


def _wrapped(text: str, columns: int) -> str:
    from textwrap import wrap  # the same

    return "\n".join(wrap(text, columns, break_long_words=False, break_on_hyphens=False))


def thresholds(slug: str) -> str:
    """Default thresholds of a check in words, with their unit."""
    from llmgw_report.config.values import threshold_text  # `--version` does without

    check = plugins.load("checks", slug)
    given = {name: getattr(check.DEFAULT, name) for name in ("warn", "fail")}
    before, behind = {"count": ("n = ", ""), "factor": ("", "x")}.get(check.UNIT, ("", ""))
    texts = {name: threshold_text(value, check.UNIT) for name, value in given.items() if value is not None}
    parts = [f"{name} {before}{text}{behind}" for name, text in texts.items()]
    parts += [f"min-n {check.DEFAULT.min_n}"] if check.DEFAULT.min_n else []
    parts += ["warns only"] if check.DEFAULT.severity == "warn" else []
    return ", ".join(parts) or "no threshold"


def gateways() -> str:
    """Name, sources and title of every gateway."""
    from llmgw_report import gateways as definitions  # a run without this page does not read them twice

    return table([(one.name, " and ".join(one.keeps), one.title) for one in definitions.load_all()])


def table(rows: Sequence[tuple[str, ...]], head: Sequence[str] = ()) -> str:
    """Columns of text."""
    from tabulate import tabulate  # only the pages with a table pay for it

    return tabulate(rows, head, tablefmt="plain", disable_numparse=True)


def schema() -> str:
    """The JSON Schema, from the same types that write the document."""
    import msgspec

    from llmgw_report.model.report import Report

    found = msgspec.json.schema(Report)
    for one in found["$defs"].values():
        fields = one.get("properties", {})
        # Every field is always written: a default is what a program may leave out that makes one, and nobody reads.
        one.update({"required": list(fields)} if fields else {})
        for field in fields.values():
            field.pop("default", None)
    return msgspec.json.format(msgspec.json.encode(found), indent=2).decode()


def configuration() -> str:
    """The commented example of a configuration file: every key with its default."""
    from llmgw_report.cli.config_pages import example

    return example()


def version() -> str:
    """Name and version."""
    return f"llmgw-report, version {__version__}"


def explain(slug: str) -> str:
    """One check's page; UsageError with the nearest one for another word."""
    known = plugins.modules("checks")
    if slug not in known:
        raise UsageError(f"--explain: unknown check {slug!r}", plugins.nearest(slug, known))
    return page(slug)


#: What an option of kind "page" prints; `explain` is given the option's value.
PAGES: dict[str, Callable[..., str]] = {
    "list-checks": checks,
    "explain": explain,
    "list-gateways": gateways,
    "schema": schema,
    "version": version,
}
