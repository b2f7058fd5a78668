"""Compares a gateway's definition with its sources: what it finds there, what it ignores and what it leaves over.

Without a database its queries are put to an empty one with the tables and columns that it names, so that a mistake in
them is found all the same.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from msgspec import Struct, structs

from llmgw_report import gateways
from llmgw_report.config.settings import DatabaseTarget, Settings
from llmgw_report.errors import UsageError
from llmgw_report.gateways.definition import Gateway
from llmgw_report.gateways.normalise import interest
from llmgw_report.gateways.rows import RECORDS, TableRecord, TrafficRecord
from llmgw_report.model import timestamp
from llmgw_report.model.database import LATE, Database, FailedQuery, Plan, Query, Relation, Schema, Table, Value
from llmgw_report.model.outcomes import OUTCOMES
from llmgw_report.model.run import Machine
from llmgw_report.model.scrape import Interest, spellings
from llmgw_report.pipeline.collect import windows_of
from llmgw_report.pipeline.gateway_listing import (
    ENDED,
    IDS,
    PLAN,
    UNKNOWN,
    WORDS,
    Listing,
    TriedDefinition,
    lacking,
    listings,
    recognised,
    use,
)
from llmgw_report.pipeline.identify import Identity, reject_other_time_units
from llmgw_report.pipeline.measure import Measured, Windows, measure
from llmgw_report.pipeline.reading import DatabaseReading, MetricsReading
from llmgw_report.pipeline.sections import evidence
from llmgw_report.pipeline.sections.traffic import started
from llmgw_report.redaction import redact_all
from llmgw_report.sources.temporary import private_folder

_OUTCOMES = ", ".join(f"'{word}'" for word in OUTCOMES)
_PROBES = {
    PLAN: "EXPLAIN QUERY PLAN {relation:since_ms}",
    ENDED: "SELECT coalesce(outcome, 'open'), kind, count(*) FROM TABLE GROUP BY 1, 2 ORDER BY 3 DESC",
    UNKNOWN: "SELECT coalesce(status, '(none)'), count(*) FROM TABLE WHERE outcome = 'unknown' GROUP BY 1",
    IDS: "SELECT count(request_id), count(DISTINCT request_id) FROM TABLE WHERE kind = 'request'",
}
_UNLISTED = "; a column that a query reads is listed in [detect.tables] or in [reads]"
#: Counts of two sources that differ by more than this part of the larger are not of the same requests.
_LARGEST_DIFFERENCE = 0.25
_NAMED = r"\b(?:FROM|JOIN)\s+[\"`\[]?(\w+)[\"`\]]?(?:\s+(?:AS\s+)?[\"`\[]?(\w+))?"


class Checked(Struct, frozen=True, kw_only=True):
    """What came of a check.

    With `problems` the definition is invalid, or nothing of it was found; `unread` are sources that cannot be read.
    """

    gateway: Gateway
    listings: tuple[Listing, ...]
    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    unread: tuple[str, ...]


class _Probing(Struct, frozen=True):
    """Plans all of the gateway's own queries, and of the derived ones only what is printed."""

    gateway: Gateway
    logs: tuple[str, ...]

    def __call__(self, _schema: Schema) -> Plan:
        """The plan for any schema: what does not fit it is to be seen."""
        found = gateways.plan(self.gateway, (), self.logs)
        words = (self._words(one) for one in found.relations)
        probed = tuple(self._probed(one) for one in found.relations)
        return structs.replace(found, queries=(*found.queries, *words), relations=probed)

    def _probed(self, relation: Relation) -> Relation:
        name = relation.query.name
        kept = tuple(one for one in relation.derived if one.name == "traffic")
        probes = (
            Query(name=f"{what} {name}", title="", sql=sql.replace("TABLE", relation.table))
            for what, sql in _PROBES.items()
        )
        return structs.replace(relation, derived=(*kept, *probes))

    def _words(self, relation: Relation) -> Query:
        """Words that a query returns as an outcome and that are none: the relation itself no longer has them."""
        sql = f"SELECT outcome, count(*) FROM ({relation.query.sql}\n) WHERE outcome NOT IN ({_OUTCOMES}) GROUP BY 1"  # noqa: S608 - the definition's own
        return Query(name=f"{WORDS} {relation.query.name}", title="", sql=sql)


def check(folder: str, settings: Settings, machine: Machine) -> Checked:
    """The definition in `folder` beside the sources that were named; UsageError for one that cannot be loaded."""
    if settings.database and settings.database.files:
        raise UsageError("--check-gateway: several databases", "give the one to try it on with --db-path")
    candidates = gateways.load_with_pairs(folder)
    target = settings.database if settings.database and settings.database.named else None
    if target and target.logs:
        candidates = tuple(one.with_log() for one in candidates)
    gateway = candidates[0]
    # One of the same name is an earlier state of this one.
    others = tuple(one for one in gateways.load_all() if one.name != gateway.name)
    wanted = interest((*candidates, *others), settings.group_by)
    scraped, reading = _read(gateway, target, settings, wanted, machine)
    identity = Identity(gateway=gateway, detected_by=())
    found = TriedDefinition(
        gateway=gateway,
        others=others,
        metrics=scraped,
        database=reading.result,
        stand_in=target is None,
        measured=measure(reading.windows, identity, scraped.results, reading.result, wanted),
    )
    errors = (f"{error.message}; {error.hint}" for error in (scraped.error, reading.error) if error)
    late = (
        f"{one.name}.sql {one.reason}, and a shorter --window less" for one in found.failed.values() if _is_late(one)
    )
    log = reading.result.log if reading.result else None
    checked = Checked(
        gateway=gateway,
        listings=tuple(one for one in listings(found) if one.rows),
        problems=tuple(_problems(found)),
        warnings=tuple(_warnings(found)),
        unread=(*errors, *late, *([log.problem] if log and log.problem else [])),
    )
    return structs.replace(redact_all(checked), gateway=gateway)


def _read(
    gateway: Gateway, target: DatabaseTarget | None, settings: Settings, wanted: Interest, machine: Machine
) -> tuple[MetricsReading, DatabaseReading]:
    """The sources that were named; the stand-in is read where there is no database."""
    planned = gateways.plan(gateway)
    with ExitStack() as stack:
        # SQLite cannot run the queries of another database to see what is wrong with them.
        if target is None and gateway.dialect == "sqlite" and (planned.queries or planned.relations):
            folder = stack.enter_context(private_folder())
            target = _empty(gateway, planned, Path(folder))
        planner = _Probing(gateway, target.logs if target else ())
        reading = DatabaseReading(target, planner, _windows(settings, machine), machine)
        reading.start()
        metrics = settings.metrics if settings.metrics and settings.metrics.named else None
        scraped = MetricsReading(metrics, wanted, machine)
        reading.wait()
    return scraped, reading


def _is_late(failed: FailedQuery) -> bool:
    """Whether a query only took too long: all rows of a large table are more than a report reads."""
    return failed.reason.startswith(LATE)


def _windows(settings: Settings, machine: Machine) -> Windows:
    """All of the database up to the instant that is evaluated, unless a window was named."""
    windows = windows_of(settings, machine)
    return structs.replace(windows, since_ms=0, trend_since_ms=0) if settings.window.lifetime else windows


def _empty(gateway: Gateway, planned: Plan, folder: Path) -> DatabaseTarget:
    """A database without rows, with the tables and columns that the definition names."""
    from llmgw_report.sources import sqlite  # not imported by a check without a query

    tables: dict[str, dict[str, None]] = {}
    listed = (f"{table}.{column}" for table, columns in gateway.access().columns.items() for column in columns)
    required = (name for query in planned.queries for name in query.requires if "." in name)
    for name in (*listed, *required, *gateway.content_columns, *gateway.content_paths):
        table, _, column = name.partition(".")
        tables.setdefault(table, {})[column] = None
    script = "".join(
        f'CREATE TABLE "{table}" ({", ".join(f"{chr(34)}{one}{chr(34)}" for one in columns)});\n'
        for table, columns in tables.items()
    )
    path = folder / "empty.db"
    sqlite.build(script or "CREATE TABLE nothing (nothing);", path)
    return DatabaseTarget(path=str(path), named=True)


def _problems(found: TriedDefinition) -> Iterator[str]:
    """Why the definition is not one, or not one of these sources."""
    for one in found.failed.values():
        if not _is_late(one) and (not one.missing_column or one.name in {"requests", "attempts"}):
            # The database that stands in has no other columns than those that are listed.
            unlisted = found.stand_in and "has no column" in one.reason
            yield f"{one.name}.sql: {one.reason}{_UNLISTED if unlisted else ''}"
    if found.scrape and not any(use(found, name) not in {"left over", "ignored"} for name in found.scrape.families):
        yield f"nothing of it is in the scrape {found.scrape.target}"
    read = found.database and not found.stand_in and found.database.target
    identity = reject_other_time_units(Identity(gateway=found.gateway, detected_by=()), found.database)
    if problem := identity.database_problem:
        yield f"{problem.reason}; {problem.hint}"
    if read and not set(found.gateway.access().columns) & set(found.database.schema.tables if found.database else ()):
        yield f"nothing of it is in the database {read}"


def _warnings(found: TriedDefinition) -> Iterator[str]:
    if not found.gateway.metrics and not gateways.queries(found.gateway):
        yield "it maps no family and has no query"
    yield from (f"{who}: {what}" for who, what in map(_pair, recognised(found)) if not what.startswith("yes"))
    for one in found.measured.unknown_values:
        yield f"{one.family}: no meaning for {one.value} ({one.decides}), {one.count}"
    yield from _not_scraped(found)
    if found.database and not found.stand_in:
        yield from _counted_apart(found)
        yield from _warnings_of_rows(found, found.database)
        yield from (f"the database has no {name}" for name in _missing(found.gateway, found.database.schema))


def _warnings_of_rows(found: TriedDefinition, database: Database) -> Iterator[str]:
    for name, table in database.tables.items():
        if name.startswith(PLAN):
            yield from _scans(found, name.removeprefix(f"{PLAN} "), table)
        if name.startswith((UNKNOWN, WORDS)) and table.rows:
            rows = sum(row[-1] for row in table.rows if isinstance(row[-1], int))
            yield f"{name.partition(' of ')[2]}.sql: {rows} rows with an outcome that no rule knows"
        if name == f"{IDS} requests":
            yield from _repeated(table)
        if name in RECORDS and table.truncated:
            yield f"{name}.sql: more rows than its limit of {len(table.rows)}"


def _not_scraped(found: TriedDefinition) -> Iterator[str]:
    """Families that are mapped, neither in the scrape nor known to be absent from some."""
    if not found.scrape:
        return
    families = found.gateway.families
    there = {spelling for name in found.scrape.families for spelling in spellings(name)}
    mapped = [one for mappings in found.gateway.metrics.values() for one in mappings]
    other = {one.family for one in mapped if one.unless_family in there}
    names = [name for name, _ in lacking(found) if name not in {*families.never, *families.other, *other}]
    if names:
        yield f"not in this scrape: {', '.join(names)}; check the spelling, or list under other what is counted later"


def _repeated(table: Table) -> Iterator[str]:
    (rows, ids) = table.rows[0]
    if isinstance(rows, int) and isinstance(ids, int) and ids < rows:
        yield (
            f"requests.sql: {rows} rows with a request_id, {ids} different ones: they may be stages or attempts of a "
            "request, of which it has to return one row"
        )


def _counted_apart(found: TriedDefinition) -> Iterator[str]:
    """The scrape and the rows do not count the same requests, as far as both are since the same time."""
    total = next((one for one in found.measured.table("traffic", TrafficRecord) or () if one.total), None)
    counts = {one.source: one.value for one in evidence.counts(found.measured) if one.quantity == "requests"}
    scraped = counts.get("metrics, of kinds that are logged", counts.get("metrics by model"))
    if total is None or scraped is None or found.gateway.records != "everything" or not _same_time(found.measured):
        return
    if abs(scraped - total.requests) > _LARGEST_DIFFERENCE * max(scraped, total.requests):
        yield (
            f"the scrape counts {scraped} requests, requests.sql returns {total.requests}: what is a row, or which "
            "families count requests, may be wrong; or they are not of the same time"
        )


def _same_time(measured: Measured) -> bool:
    """Whether the rows that were read are all since the counters were zero, as far as anybody says."""
    first = measured.windows.since_ms
    began = timestamp.milliseconds(started(measured) or "")
    oldest = min((one.first_ms for one in measured.table("tables", TableRecord) or () if one.first_ms), default=None)
    if began is None:
        return first == 0
    return first <= began and (oldest is None or began <= oldest)


def _pair(row: tuple[str, ...]) -> tuple[str, str]:
    return row[0], row[1]


def _missing(gateway: Gateway, schema: Schema) -> Iterator[str]:
    """Tables that the definition names and the database lacks, and columns by which it is recognised."""
    for table in gateway.access().columns:
        if table not in schema.tables:
            yield f"table {table}"
    for table, columns in gateway.detect.tables.items():
        there = schema.tables.get(table, columns)
        yield from (f"column {table}.{one}" for one in columns if one not in there)


def _scans(found: TriedDefinition, name: str, table: Table) -> Iterator[str]:
    """Tables with a time of which the query reads every row, whatever the window."""
    sql = next(query.sql for query in gateways.queries(found.gateway) if query.name == name)
    aliases = {alias or of: of for of, alias in re.findall(_NAMED, sql, re.IGNORECASE)}
    for detail in map(str, _column(table, "detail")):
        words = re.match(r"SCAN (\w+)", detail)
        of = aliases.get(words[1], words[1]) if words else ""
        if of in found.gateway.times:
            yield f"{name}.sql reads every row of {of}, whatever the window: no index on its time is used ({detail})"


def _column(table: Table, name: str) -> Iterator[Value]:
    place = table.columns.index(name)
    return (row[place] for row in table.rows)
