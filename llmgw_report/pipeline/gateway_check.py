"""Compares a gateway's definition with its sources: what it finds there, what it ignores and what it leaves over.

Without a database its queries are put to an empty one with the tables and columns that it names, so that a mistake in
them is found all the same.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from msgspec import Struct, structs

from llmgw_report import gateways
from llmgw_report.config.settings import DatabaseTarget, Settings
from llmgw_report.gateways import detection, labels
from llmgw_report.gateways.definition import Gateway
from llmgw_report.gateways.normalise import interest
from llmgw_report.gateways.relation import SUMMED_COLUMNS
from llmgw_report.gateways.rows import RECORDS, TableRecord, TrafficRecord
from llmgw_report.model.database import Database, FailedQuery, Plan, Query, Relation, Schema, Table, Value
from llmgw_report.model.indicator import Indicator
from llmgw_report.model.outcomes import OUTCOMES
from llmgw_report.model.quantities import QUANTITIES
from llmgw_report.model.run import Machine
from llmgw_report.model.scrape import Interest, Scrape, spellings
from llmgw_report.pipeline.collect import windows_of
from llmgw_report.pipeline.identify import Identity
from llmgw_report.pipeline.measure import Measured, Windows, measure
from llmgw_report.pipeline.reading import DatabaseReading, MetricsReading
from llmgw_report.redaction import redact_all

Rows = tuple[tuple[str, ...], ...]
#: What the check itself asks of the rows of a relation, by the beginning of the query's name.
_PLAN, _ENDED, _UNKNOWN, _WORDS = "plan of", "outcomes of", "unknown of", "words of"
_OUTCOMES = ", ".join(f"'{word}'" for word in OUTCOMES)
_PROBES = {
    _PLAN: "EXPLAIN QUERY PLAN {relation:since_ms}",
    _ENDED: "SELECT coalesce(outcome, 'open'), kind, count(*) FROM TABLE GROUP BY 1, 2 ORDER BY 3 DESC",
    _UNKNOWN: "SELECT coalesce(status, '(none)'), count(*) FROM TABLE WHERE outcome = 'unknown' GROUP BY 1 ORDER BY 2 DESC",
}
_NAMED = r"\b(?:FROM|JOIN)\s+[\"`\[]?(\w+)[\"`\]]?(?:\s+(?:AS\s+)?[\"`\[]?(\w+))?"
_SHOWN_NAMES = 12


class Listing(Struct, frozen=True):
    """One table of the page, below its title; `head` names its columns."""

    title: str
    head: tuple[str, ...]
    rows: Rows


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
        return Query(name=f"{_WORDS} {relation.query.name}", title="", sql=sql)


class _Check(Struct, frozen=True, kw_only=True):
    """One definition beside what was read; `stand_in`: the database is an empty one of our own."""

    gateway: Gateway
    others: tuple[Gateway, ...]
    metrics: MetricsReading
    database: Database | None
    stand_in: bool
    measured: Measured

    @property
    def scrape(self) -> Scrape | None:
        """The scrape, if one was read."""
        return self.metrics.result

    @property
    def failed(self) -> Mapping[str, FailedQuery]:
        """Queries of the definition that did not run."""
        probes = (*_PROBES, _WORDS)
        return {one.name: one for one in self.measured.failed if not one.name.startswith(probes)}

    def table(self, name: str) -> Table | None:
        """What one query returned."""
        return self.database.tables.get(name) if self.database else None

    def mapped(self) -> dict[str, list[str]]:
        """Family -> quantities that are read of it."""
        found: dict[str, list[str]] = {}
        for name, mappings in self.gateway.metrics.items():
            for one in mappings:
                for family in (one.family, *((one.split.family,) if one.split else ())):
                    names = found.setdefault(family, [])
                    names += [] if name in names else [name]
        return found


def check(folder: str, settings: Settings, machine: Machine) -> Checked:
    """The definition in `folder` beside the sources that were named; UsageError for one that cannot be loaded."""
    candidates = gateways.load_with_pairs(folder)
    target = settings.database if settings.database and settings.database.named else None
    if target and target.logs:
        candidates = tuple(one.with_log() for one in candidates)
    gateway = candidates[0]
    others = tuple(one for one in gateways.load_all() if Path(one.folder).resolve() != Path(gateway.folder).resolve())
    wanted = interest((*candidates, *others), settings.group_by)
    windows = _windows(settings, machine)
    scraped, reading = _read(gateway, target, settings, wanted, windows, machine)
    identity = Identity(gateway=gateway, detected_by=())
    found = _Check(
        gateway=gateway,
        others=others,
        metrics=scraped,
        database=reading.result,
        stand_in=target is None,
        measured=measure(windows, identity, scraped.result, reading.result, wanted),
    )
    errors = (f"{error.message}; {error.hint}" for error in (scraped.error, reading.error) if error)
    log = reading.result.log if reading.result else None
    checked = Checked(
        gateway=gateway,
        listings=tuple(one for one in _listings(found) if one.rows),
        problems=tuple(_problems(found)),
        warnings=tuple(_warnings(found)),
        unread=(*errors, *([log.problem] if log and log.problem else [])),
    )
    return structs.replace(redact_all(checked), gateway=gateway)


def _read(
    gateway: Gateway,
    target: DatabaseTarget | None,
    settings: Settings,
    wanted: Interest,
    windows: Windows,
    machine: Machine,
) -> tuple[MetricsReading, DatabaseReading]:
    """The sources that were named; the stand-in is read where there is no database."""
    planned = gateways.plan(gateway)
    with ExitStack() as stack:
        if target is None and (planned.queries or planned.relations):
            folder = stack.enter_context(TemporaryDirectory(prefix="llmgw-report-", ignore_cleanup_errors=True))
            target = _empty(gateway, planned, Path(folder))
        reading = DatabaseReading(target, _Probing(gateway, target.logs if target else ()), windows, machine)
        reading.start()
        metrics = settings.metrics if settings.metrics and settings.metrics.named else None
        scraped = MetricsReading(metrics, wanted, machine)
        reading.wait()
    return scraped, reading


def _windows(settings: Settings, machine: Machine) -> Windows:
    """All of the database up to the instant that is evaluated, unless a window was named."""
    windows = windows_of(settings, machine)
    return structs.replace(windows, since_ms=0, trend_since_ms=0) if settings.window.lifetime else windows


def _empty(gateway: Gateway, planned: Plan, folder: Path) -> DatabaseTarget:
    """A database without rows, with the tables and columns that the definition names."""
    from llmgw_report.sources import sqlite  # not imported by a check without a query

    tables: dict[str, dict[str, None]] = {}
    required = (name for query in planned.queries for name in query.requires if "." in name)
    for name in (
        *(f"{table}.{one}" for table, columns in gateway.access().columns.items() for one in columns),
        *required,
    ):
        table, _, column = name.partition(".")
        tables.setdefault(table, {})[column] = None
    script = "".join(
        f'CREATE TABLE "{table}" ({", ".join(f"{chr(34)}{one}{chr(34)}" for one in columns)});\n'
        for table, columns in tables.items()
    )
    path = folder / "empty.db"
    sqlite.build(script or "CREATE TABLE nothing (nothing);", path)
    return DatabaseTarget(path=str(path), named=True)


def _listings(found: _Check) -> Iterator[Listing]:
    yield Listing("Definition", (), tuple(_definition(found)))
    yield Listing("Recognised", (), tuple(_recognised(found)))
    if found.scrape:
        yield Listing("Families of the scrape", ("family", "type", "samples", "use"), tuple(_families(found)))
        yield Listing("Labels that are not read", ("family", "labels"), tuple(_labels_left(found)))
        yield Listing("Figures of the scrape", ("quantity", "of", "series", "total"), tuple(_scraped(found)))
    values = found.measured.unknown_values
    rows = tuple((one.family, one.value, one.decides, f"{one.count}") for one in values)
    yield Listing("Label values without a meaning", ("family", "value", "decides", "count"), rows)
    yield Listing("Queries", ("query", "result"), tuple(_queries(found)))
    if found.database and not found.stand_in:
        yield Listing("Tables of the database", ("table", "rows", "read", "left over"), tuple(_tables(found)))
        yield Listing("Figures of the database", ("quantity", "of", "total"), tuple(_recorded(found)))
        yield Listing("Statuses that no rule knows", ("query", "status", "rows"), tuple(_counted(found, _UNKNOWN)))
        yield Listing("Words that are no outcome", ("query", "word", "rows"), tuple(_counted(found, _WORDS)))


def _definition(found: _Check) -> Iterator[tuple[str, ...]]:
    gateway = found.gateway
    yield "name", gateway.name
    yield "title", gateway.title
    yield "keeps", ", ".join(gateway.keeps)
    yield "quantities of the scrape", ", ".join(gateway.metrics) or "none"
    yield "queries", ", ".join(query.name for query in gateways.queries(gateway)) or "none"


def _recognised(found: _Check) -> Iterator[tuple[str, ...]]:
    """What detection would make of each source, with this definition among those that come with the program."""
    candidates = (found.gateway, *found.others)
    if found.scrape:
        yield "by the scrape", _verdict(found, detection.by_scrape(candidates, found.scrape, found.metrics.interest))
    if found.database and found.database.schema.tables and not found.stand_in:
        yield "by the database", _verdict(found, detection.by_tables(candidates, found.database.schema.tables))


def _verdict(found: _Check, detected: detection.Detected | None) -> str:
    if detected is None:
        return "no"
    fitting = (detected.gateway, *detected.others)
    if found.gateway not in fitting:
        return f"no, it is taken for {detected.gateway.name}"
    rivals = [one.name for one in fitting if one != found.gateway]
    evidence = ", ".join(map(str, detected.evidence))
    return f"{', '.join(rivals)} fits as well: name one with --gateway" if rivals else f"yes: {evidence}"


def _families(found: _Check) -> Iterator[tuple[str, ...]]:
    """Every family with its use; those that are ignored are one line."""
    scrape, ignored = cast("Scrape", found.scrape), [0, 0]
    uses = {name: _use(found, name) for name in scrape.families}
    for name in sorted(uses, key=lambda one: (uses[one] == "left over", one)):
        family = scrape.families[name]
        if uses[name] == "ignored":
            ignored = [ignored[0] + 1, ignored[1] + family.series]
        else:
            yield name, family.type, f"{family.series}", uses[name]
    if ignored[0]:
        yield f"{ignored[0]} families", "", f"{ignored[1]}", "ignored"
    for name, quantities in found.mapped().items():
        if not any(_is_of(name, one) for one in scrape.families):
            yield name, "", "0", f"{', '.join(quantities)}: not in this scrape"


def _is_of(name: str, family: str) -> bool:
    """Whether a mapped name is a family or one of the samples that a family of the scrape has."""
    samples = (f"{one}{end}" for one in spellings(family) for end in ("", "_sum", "_count", "_bucket"))
    return name in samples


def _use(found: _Check, family: str) -> str:
    known = found.gateway.families
    quantities = [q for name, names in found.mapped().items() if _is_of(name, family) for q in names]
    if quantities:
        return ", ".join(dict.fromkeys(quantities))
    if spellings(family) & {*known.other, *found.gateway.detect.families, *found.gateway.detect.any_families}:
        return "known"
    if labels.match({"family": "|".join(known.ignore)}, {"family": family}):
        return "ignored"
    return "left over"


def _labels_left(found: _Check) -> Iterator[tuple[str, ...]]:
    scrape = cast("Scrape", found.scrape)
    own = interest([found.gateway], found.measured.windows.group_by)
    # What a report keeps depends on how it groups: here whatever a mapping names is read.
    named = {one.family: one.all_labels for each in found.gateway.metrics.values() for one in each}
    seen: set[tuple[str, ...]] = set()
    for name in found.mapped():
        sample = name if name in scrape.labels else f"{name}_count"
        read = {*named.get(name, ()), *(own[sample].labels if sample in own else ()), "le", "quantile"}
        left = tuple(label for label in scrape.labels.get(sample, ()) if label not in read)
        if left and (name, *left) not in seen:
            seen.add((name, *left))
            yield name, ", ".join(left)


def _scraped(found: _Check) -> Iterator[tuple[str, ...]]:
    for name in dict.fromkeys(one.quantity for one in found.measured.indicators):
        role = {"requests": "outcome", "attempts": "outcome", "tokens": "token-type"}.get(name, "")
        groups: dict[str, list[Indicator]] = {}
        for one in found.measured.of(name):
            groups.setdefault(one.roles.get(role, ""), []).append(one)
        for of, several in sorted(groups.items()):
            yield name, of, f"{sum(one.series for one in several)}", _total(name, several)


def _total(name: str, several: Sequence[Indicator]) -> str:
    quantity = QUANTITIES[name]
    if quantity.kind == "distribution":
        count = sum(one.count or 0 for one in several)
        return f"{count:.0f} observed, {sum(one.value for one in several) / count:.3f} s on average" if count else "0"
    if quantity.kind == "state":
        return ", ".join(sorted({state for one in several for state in one.states}))
    if quantity.kind == "info":
        return ", ".join(one.roles.get("version", "") for one in several)
    value = quantity.together([one.value for one in several])
    return f"{value:.15g}" if isfinite(value) else "none"


def _queries(found: _Check) -> Iterator[tuple[str, ...]]:
    words = "the columns that the definition names suffice" if found.stand_in else ""
    for query in gateways.queries(found.gateway):
        failed, table = found.failed.get(query.name), found.table(query.name)
        if failed:
            yield query.name, failed.reason
        elif table:
            is_relation = table.columns == ("rows",)
            yield query.name, words or f"{table.rows[0][0] if is_relation else len(table.rows)} rows"


def _tables(found: _Check) -> Iterator[tuple[str, ...]]:
    """Every table, those that are read first."""
    database, gateway = cast("Database", found.database), found.gateway
    rows = {one.name: f"{one.rows}" for one in found.measured.table("tables", TableRecord) or ()}
    access = gateway.access().columns
    for name in sorted(database.schema.tables, key=lambda one: (one not in access, one)):
        columns, read = database.schema.tables[name], access.get(name, ())
        content = [one for one in columns if f"{name}.{one}" in gateway.content_columns]
        left = [one for one in columns if one not in (*read, *content)]
        shown = f"{len(left)} columns" if name not in access else _listed(left)
        more = f"{shown}; content: {', '.join(content)}" if content else shown
        yield name, rows.get(name, ""), f"{sum(one in columns for one in read)} columns" if read else "", more


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return ", ".join(names[:_SHOWN_NAMES]) + more


def _recorded(found: _Check) -> Iterator[tuple[str, ...]]:
    for name, table in found.database.tables.items() if found.database else ():
        if name.startswith(_ENDED):
            for outcome, kind, rows in table.rows:
                of = "" if kind == "request" else f" ({kind})"
                yield name.removeprefix(f"{_ENDED} "), f"{outcome}{of}", f"{rows}"
    total = next((one for one in found.measured.table("traffic", TrafficRecord) or () if one.total), None)
    if total is None:
        return
    for field in SUMMED_COLUMNS:
        if (value := getattr(total, field)) is not None:
            yield field, "", f"{value:.15g}"
    for name, one in total.durations.items():
        if one.observed:
            yield name, "", f"{one.observed} observed, {one.mean_seconds or 0:.3f} s on average"
    if total.implausible:
        yield "implausible", "", f"{total.implausible} values left out"


def _counted(found: _Check, what: str) -> Iterator[tuple[str, ...]]:
    for name, table in found.database.tables.items() if found.database else ():
        if name.startswith(what):
            yield from ((name.removeprefix(f"{what} "), *map(str, row)) for row in table.rows[:_SHOWN_NAMES])


def _problems(found: _Check) -> Iterator[str]:
    """Why the definition is not one, or not one of these sources."""
    for one in found.failed.values():
        if not one.missing_column or one.name in {"requests", "attempts"}:
            yield f"{one.name}.sql: {one.reason}"
    if found.scrape and not any(_use(found, name) not in {"left over", "ignored"} for name in found.scrape.families):
        yield f"nothing of it is in the scrape {found.scrape.target}"
    read = found.database and not found.stand_in and found.database.target
    if read and not set(found.gateway.access().columns) & set(found.database.schema.tables if found.database else ()):
        yield f"nothing of it is in the database {read}"


def _warnings(found: _Check) -> Iterator[str]:
    if not found.gateway.metrics and not gateways.queries(found.gateway):
        yield "it maps no family and has no query"
    yield from (f"{who}: {what}" for who, what in map(_pair, _recognised(found)) if not what.startswith("yes"))
    for one in found.measured.unknown_values:
        yield f"{one.family}: no meaning for {one.value} ({one.decides}), {one.count}"
    if not found.database or found.stand_in:
        return
    for name, table in found.database.tables.items():
        if name.startswith(_PLAN):
            yield from _scans(found, name.removeprefix(f"{_PLAN} "), table)
        if name.startswith((_UNKNOWN, _WORDS)) and table.rows:
            rows = sum(row[-1] for row in table.rows if isinstance(row[-1], int))
            yield f"{name.partition(' of ')[2]}.sql: {rows} rows with an outcome that no rule knows"
        if name in RECORDS and table.truncated:
            yield f"{name}.sql: more rows than its limit of {len(table.rows)}"
    missing = _missing(found.gateway, found.database.schema)
    yield from (f"the database has no {name}" for name in missing)


def _pair(row: tuple[str, ...]) -> tuple[str, str]:
    return row[0], row[1]


def _missing(gateway: Gateway, schema: Schema) -> Iterator[str]:
    """Tables and columns that the definition names and the database lacks."""
    for table, columns in gateway.access().columns.items():
        if table not in schema.tables:
            yield f"table {table}"
        else:
            yield from (f"column {table}.{one}" for one in columns if one not in (*schema.tables[table], "rowid"))


def _scans(found: _Check, name: str, table: Table) -> Iterator[str]:
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
