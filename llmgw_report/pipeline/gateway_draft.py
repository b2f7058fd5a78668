"""A first definition of a gateway that nobody described, from its scrape and its database."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import wrap

from msgspec import Struct, structs

from llmgw_report import gateways
from llmgw_report.config.settings import DatabaseTarget, MetricsTarget, Settings
from llmgw_report.config.values import toml
from llmgw_report.errors import SourceError, UsageError
from llmgw_report.gateways import drafted_metrics, drafted_rows
from llmgw_report.gateways.drafted_metrics import DraftedMetrics
from llmgw_report.gateways.drafted_rows import ColumnSample, DraftedRows, Observed
from llmgw_report.model.database import Plan, Query, Row, Schema
from llmgw_report.model.run import Machine
from llmgw_report.model.scrape import Wanted
from llmgw_report.pipeline.collect import windows_of
from llmgw_report.pipeline.reading import parameters
from llmgw_report.printable import visible
from llmgw_report.redaction import redact
from llmgw_report.resources import exists

_WIDTH = 118
#: Tables that are looked into: a database of a gateway has dozens, of which one has a row per request.
_MOST_TABLES = 4
_HEAD = """\
# A first definition, drafted from names and values by llmgw-report --draft-gateway.
# Every line is a guess: look through it, then run --check-gateway on it. What its keys mean is in
# docs/writing-a-gateway.md.
"""
_SOURCES = "give --metrics-file or --url, --db-path, or both"


class Drafted(Struct, frozen=True, kw_only=True):
    """The files of a definition by name, what was found for them, as lines to be shown, and the sources it is of."""

    files: dict[str, str]
    of: Settings
    found: tuple[str, ...]


def draft(folder: str, settings: Settings, machine: Machine) -> Drafted:
    """The files of a first definition.

    UsageError where there is one in the folder already, or no source was named; SourceError for one that cannot be
    read, because half a definition would look like a whole one.
    """
    _require_free(folder)
    metrics = settings.metrics if settings.metrics and settings.metrics.named else None
    database = settings.database if settings.database and settings.database.named and settings.database.path else None
    if database and database.files:
        raise UsageError("--draft-gateway: several databases", "give the one to draft it from with --db-path")
    if metrics is None and database is None:
        raise UsageError("--draft-gateway: no source to draft a definition from", _SOURCES)
    families = _families(metrics, machine) if metrics else None
    rows = _rows(database, settings, machine) if database else None
    placed = families is not None and bool(families.quantities)
    if not placed and rows is None:
        message = "--draft-gateway: no family and no table there looks like one of a gateway's requests"
        raise UsageError(message, "write the definition by hand: see docs/writing-a-gateway.md")
    files = {gateways.MARKER: _toml(Path(folder).resolve().name, families, rows)}
    if rows:
        files["requests.sql"] = rows.sql
        files |= {"attempts.sql": rows.attempts} if rows.attempts else {}
    return Drafted(
        files={name: visible_lines(text) for name, text in files.items()},
        found=tuple(_found(families, rows)),
        of=structs.replace(settings, metrics=metrics if placed else None, database=database if rows else None),
    )


def visible_lines(text: str) -> str:
    """The text with the controls of every line shown: a name of a table may hold a line feed."""
    return "\n".join(map(visible, text.split("\n")))


def _require_free(folder: str) -> None:
    if exists(Path(folder, gateways.MARKER)):
        message = f"--draft-gateway {folder}: there is a {gateways.MARKER} already"
        raise UsageError(message, "name another folder; a definition is never overwritten")
    if not re.fullmatch(r"\w[\w.-]*", Path(folder).resolve().name):
        raise UsageError(f"--draft-gateway {folder}: a gateway has the name of its folder", "such as my-gateway")


def _families(target: MetricsTarget, machine: Machine) -> DraftedMetrics:
    """The scrape is read twice: for its names, and then with every label of those that are not the runtime's."""
    from llmgw_report.sources import prometheus  # not imported by a draft without a scrape

    if target.file == "-":
        raise UsageError("--draft-gateway reads the scrape twice, and standard input only once", "save it to a file")
    first = prometheus.scrape(target, {}, machine.progress)
    kept = {name: Wanted(labels=names) for name, names in first.labels.items() if not drafted_metrics.is_runtime(name)}
    wanted = {
        name: structs.replace(one, labels=("le",)) if name.endswith("_bucket") else one for name, one in kept.items()
    }
    return drafted_metrics.draft(prometheus.scrape(target, wanted, machine.progress), wanted)


class _Samples:
    """Plans the questions about the tables of a database once its schema is known."""

    def __init__(self) -> None:
        self.asked: dict[str, tuple[str, str]] = {}
        self.content: frozenset[str] = frozenset()

    def __call__(self, schema: Schema) -> Plan:
        """Questions about the columns of tables that may have a row per request."""
        from llmgw_report.sources.sqlite.query import looks_like_content

        named = ((table, column) for table, columns in schema.tables.items() for column in columns)
        self.content = frozenset(f"{table}.{column}" for table, column in named if looks_like_content(column))
        ranked = drafted_rows.candidates(schema, self.content)
        tables = dict(list(ranked.items())[:_MOST_TABLES])
        queries: list[Query] = []
        for table, column, sql in drafted_rows.samplings(schema, tables, self.content):
            name = f"sample {len(queries)}"
            self.asked[name] = (table, column)
            queries.append(Query(name=name, title="", sql=sql, requires=(table,)))
        return Plan(queries=tuple(queries))


def _rows(target: DatabaseTarget, settings: Settings, machine: Machine) -> DraftedRows | None:
    if target.url is not None:
        raise UsageError("--draft-gateway drafts from an SQLite database", "write the queries for PostgreSQL by hand")
    from llmgw_report.sources import sqlite  # not imported by a draft without a database

    samples = _Samples()
    found = sqlite.read(target, samples, parameters(windows_of(settings, machine)), machine.progress)
    if not found.schema.tables:
        raise SourceError(f"{target.path}: it has no tables", "check the path given with --db-path")
    observed = Observed(schema=found.schema, content=samples.content)
    for name, (table, column) in samples.asked.items():
        if result := found.tables.get(name):
            columns = observed.samples.setdefault(table, {})
            columns[column] = _sampled(columns.get(column, ColumnSample()), result.columns, result.rows)
    return drafted_rows.draft(observed)


def _sampled(known: ColumnSample, columns: tuple[str, ...], rows: Sequence[Row]) -> ColumnSample:
    """What one more question about a column has shown: its range, or its values."""
    if len(columns) == 2:  # noqa: PLR2004 - value and count
        return structs.replace(known, values={str(value): int(str(n)) for value, n in rows if str(value)})
    filled, low, high, mean, distinct = rows[0]
    return structs.replace(known, filled=filled, low=low, high=high, mean=mean, distinct=distinct)


def _toml(name: str, families: DraftedMetrics | None, rows: DraftedRows | None) -> str:
    keeps = [kind for kind, there in (("metrics", families), ("database", rows)) if there]
    parts = [_HEAD, f"title = {toml(name)}", f"about = {toml('drafted from ' + ' and '.join(keeps))}"]
    parts.append(f"keeps = {toml(keeps)}")
    if rows and drafted_rows.records_successes(rows):
        parts += ["# No column says that a request failed.", 'records = "successes"']
    parts.append("# input-includes-cached = true  # whether the input tokens hold those that were read from a cache")
    if families and families.only:
        parts += [
            "# Other paths are of the management, of probes and of mistyped addresses.",
            f"only = {toml(families.only)}",
        ]
    if rows and rows.content:
        parts += [
            "# Never read: by their names they may hold prompts, answers or secrets.",
            *_list("content-columns", rows.content),
        ]
    parts += ["", *_detect(families, rows), *(_reads(rows) if rows else ()), *(_known(families) if families else ())]
    return "\n".join([*parts, ""])


def _list(key: str, values: tuple[str, ...]) -> list[str]:
    """A list of texts, in several lines where one is too short."""
    line = f"{key} = {toml(list(values))}"
    if len(line) <= _WIDTH:
        return [line]
    return [f"{key} = [", *(f"  {one}" for one in wrap(", ".join(map(toml, values)) + ",", _WIDTH - 2)), "]"]


def _detect(families: DraftedMetrics | None, rows: DraftedRows | None) -> Iterator[str]:
    yield "# What only this product has: keep what others do not have as well, a fork least of all."
    if families and families.families:
        yield "[detect]"
        yield from _list("families", families.families)
    if families and families.labels:
        yield "[detect.labels]"
        yield from (f"{toml_key(label)} = {toml(value)}" for label, value in families.labels.items())
    if rows:
        yield "[detect.tables]"
        yield from _list(toml_key(rows.table), rows.columns)
    if not rows and families and not families.families and not families.labels:
        yield "[detect]"
    yield ""


def toml_key(name: str) -> str:
    """A name as a key of TOML."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else toml(name)


def _reads(rows: DraftedRows) -> Iterator[str]:
    if rows.reads:
        yield "[reads]"
        for table, columns in rows.reads.items():
            yield from _list(toml_key(table), tuple(dict.fromkeys(columns)))
        yield ""
    yield "[times]"
    yield f"{toml_key(rows.table)} = {toml({'column': rows.time, 'unit': rows.unit})}"
    yield ""
    if rows.notes:
        yield "# Guesses about the database to look at:"
        yield from _comments(rows.notes)
    if rows.left:
        yield f"# Columns of {rows.table} that were not placed, with what they hold:"
        yield from _comments(rows.left)
    yield ""


def _known(families: DraftedMetrics) -> Iterator[str]:
    if families.ignored:
        yield "[families]"
        yield from _list("ignore", families.ignored)
    if families.left:
        yield "# Families that were not placed: map them, or list them as other = [..]"
        yield from _comments(families.left)
    yield ""
    yield families.text


def _comments(lines: tuple[str, ...]) -> Iterator[str]:
    for line in lines:
        yield from (f"#   {one}" for one in wrap(redact(line), _WIDTH - 4, subsequent_indent="  "))


def _found(families: DraftedMetrics | None, rows: DraftedRows | None) -> Iterator[str]:
    if families:
        placed = ", ".join(families.quantities) or "nothing"
        yield f"from the scrape: {placed}; {len(families.left)} families not placed"
    if rows:
        yield f"from table {rows.table}: {', '.join(rows.quantities)}; {len(rows.left)} columns not placed"
    elif families is None:
        yield "from the database: nothing"
