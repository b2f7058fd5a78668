"""What a gateway's definition finds, ignores and leaves over in its sources, as tables to be printed."""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import cast

from msgspec import Struct

from llmgw_report import gateways
from llmgw_report.gateways import detection, labels
from llmgw_report.gateways.definition import Gateway
from llmgw_report.gateways.normalise import interest
from llmgw_report.gateways.relation import SUMMED_COLUMNS
from llmgw_report.gateways.rows import TableRecord, TrafficRecord
from llmgw_report.model.database import Database, FailedQuery, Table
from llmgw_report.model.indicator import Indicator
from llmgw_report.model.quantities import QUANTITIES
from llmgw_report.model.scrape import Scrape, spellings
from llmgw_report.pipeline.measure import Measured
from llmgw_report.pipeline.reading import MetricsReading

Rows = tuple[tuple[str, ...], ...]
#: What a check itself asks of the rows of a relation, by the beginning of the query's name.
PLAN, ENDED, UNKNOWN, WORDS, IDS = PROBES = "plan of", "outcomes of", "unknown of", "words of", "ids of"
_SHOWN_NAMES = 12


class Listing(Struct, frozen=True):
    """One table of the page, below its title; `head` names its columns."""

    title: str
    head: tuple[str, ...]
    rows: Rows


class TriedDefinition(Struct, frozen=True, kw_only=True):
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
        return {one.name: one for one in self.measured.failed if not one.name.startswith(PROBES)}

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


def listings(found: TriedDefinition) -> Iterator[Listing]:
    """Every table of the page; some may have no rows."""
    yield Listing("Definition", (), tuple(_definition(found)))
    yield Listing("Recognised", (), tuple(recognised(found)))
    if found.scrape:
        yield Listing("Families of the scrape", ("family", "type", "samples", "use"), tuple(_families(found)))
        yield Listing("Labels that are not read", ("family", "labels"), tuple(_labels_left(found)))
        yield Listing("Figures of the scrape", ("quantity", "of", "series", "total"), tuple(_scraped(found)))
    values = found.measured.unknown_values
    rows = tuple((one.family, one.value, one.decides, f"{one.count}") for one in values)
    yield Listing("Label values without a meaning", ("family", "value", "decides", "count"), rows)
    yield Listing("Queries", ("query", "result"), tuple(_queries(found)))
    yield Listing("Log files", (), tuple(_log(found)))
    if found.database and not found.stand_in:
        yield Listing("Tables of the database", ("table", "rows", "read", "left over"), tuple(_tables(found)))
        yield Listing("Columns that this version lacks", (), tuple(_lacking(found)))
        yield Listing("Figures of the database", ("quantity", "of", "total"), tuple(_recorded(found)))
        yield Listing("Statuses that no rule knows", ("query", "status", "rows"), tuple(_counted(found, UNKNOWN)))
        yield Listing("Words that are no outcome", ("query", "word", "rows"), tuple(_counted(found, WORDS)))


def _definition(found: TriedDefinition) -> Iterator[tuple[str, ...]]:
    gateway = found.gateway
    yield "name", gateway.name
    yield "title", gateway.title
    yield "keeps", ", ".join(gateway.keeps)
    yield "quantities of the scrape", ", ".join(gateway.metrics) or "none"
    yield "queries", ", ".join(query.name for query in gateways.queries(gateway)) or "none"


def recognised(found: TriedDefinition) -> Iterator[tuple[str, ...]]:
    """What detection would make of each source, with this definition among those that come with the program."""
    candidates = (found.gateway, *found.others)
    if found.scrape:
        yield "by the scrape", _verdict(found, detection.by_scrape(candidates, found.scrape, found.metrics.interest))
    schema = found.database.schema if found.database else None
    if schema and schema.tables and not found.stand_in:
        yield "by the database", _verdict(found, detection.by_tables(candidates, schema.tables, schema.dialect))


def _verdict(found: TriedDefinition, detected: detection.Detected | None) -> str:
    if detected is None:
        return "no"
    fitting = (detected.gateway, *detected.others)
    if found.gateway not in fitting:
        return f"no, it is taken for {detected.gateway.name}"
    rivals = [one.name for one in fitting if one != found.gateway]
    evidence = ", ".join(map(str, detected.evidence))
    return f"{', '.join(rivals)} fits as well: name one with --gateway" if rivals else f"yes: {evidence}"


def _families(found: TriedDefinition) -> Iterator[tuple[str, ...]]:
    """Every family with its use; those that are ignored are one line."""
    scrape, ignored = cast("Scrape", found.scrape), [0, 0]
    uses = {name: use(found, name) for name in scrape.families}
    for name in sorted(uses, key=lambda one: (uses[one] == "left over", one)):
        family = scrape.families[name]
        if uses[name] == "ignored":
            ignored = [ignored[0] + 1, ignored[1] + family.series]
        else:
            yield name, family.type, f"{family.series}", uses[name]
    if ignored[0]:
        yield f"{ignored[0]} families", "", f"{ignored[1]}", "ignored"
    for name, quantities in lacking(found):
        yield name, "", "0", f"{', '.join(quantities)}: not in this scrape"


def lacking(found: TriedDefinition) -> Iterator[tuple[str, list[str]]]:
    """Families that are mapped and not in the scrape, with their quantities."""
    scrape = cast("Scrape", found.scrape)
    for name, quantities in found.mapped().items():
        if not any(_is_of(name, one) for one in scrape.families):
            yield name, quantities


def _is_of(name: str, family: str) -> bool:
    """Whether a mapped name is a family or one of the samples that a family of the scrape has."""
    samples = (f"{one}{end}" for one in spellings(family) for end in ("", "_sum", "_count", "_bucket"))
    return name in samples


def use(found: TriedDefinition, family: str) -> str:
    """What a family of the scrape is to the definition."""
    known = found.gateway.families
    quantities = [q for name, names in found.mapped().items() if _is_of(name, family) for q in names]
    if quantities:
        return ", ".join(dict.fromkeys(quantities))
    if spellings(family) & {*known.other, *found.gateway.detect.families, *found.gateway.detect.any_families}:
        return "known"
    if labels.match({"family": "|".join(known.ignore)}, {"family": family}):
        return "ignored"
    return "left over"


def _labels_left(found: TriedDefinition) -> Iterator[tuple[str, ...]]:
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


def _scraped(found: TriedDefinition) -> Iterator[tuple[str, ...]]:
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


def _queries(found: TriedDefinition) -> Iterator[tuple[str, ...]]:
    words = "the columns that the definition names suffice" if found.stand_in else ""
    for query in gateways.queries(found.gateway):
        failed, table = found.failed.get(query.name), found.table(query.name)
        if failed:
            yield query.name, failed.reason
        elif table:
            is_relation = table.columns == ("rows",)
            yield query.name, words or f"{table.rows[0][0] if is_relation else len(table.rows)} rows"


def _log(found: TriedDefinition) -> Iterator[tuple[str, ...]]:
    read = found.database.log if found.database else None
    if read:
        yield "lines that are kept", f"{read.rows}"
        yield "lines that are no JSON objects with a time", f"{read.bad}"


def _tables(found: TriedDefinition) -> Iterator[tuple[str, ...]]:
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


def _lacking(found: TriedDefinition) -> Iterator[tuple[str, ...]]:
    """Columns that queries may read, and that are NULL to a relation where a version has none."""
    database = cast("Database", found.database)
    for table, columns in found.gateway.reads.items():
        there = database.schema.tables.get(table, columns)
        if lacking := [one for one in columns if one not in (*there, "rowid")]:
            yield table, ", ".join(lacking)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return ", ".join(names[:_SHOWN_NAMES]) + more


def _recorded(found: TriedDefinition) -> Iterator[tuple[str, ...]]:
    for name, outcome, kind, rows in _counted(found, ENDED):
        yield name, outcome if kind == "request" else f"{outcome} ({kind})", rows
    total = next((one for one in found.measured.table("traffic", TrafficRecord) or () if one.total), None)
    if total is not None:
        yield from _totals(total)


def _totals(total: TrafficRecord) -> Iterator[tuple[str, ...]]:
    for field in SUMMED_COLUMNS:
        if (value := getattr(total, field)) is not None:
            yield field, "", f"{value:.15g}"
    for name, one in total.durations.items():
        if one.observed:
            yield name, "", f"{one.observed} observed, {one.mean_seconds or 0:.3f} s on average"
    if total.implausible:
        yield "implausible", "", f"{total.implausible} values left out"


def _counted(found: TriedDefinition, what: str) -> Iterator[tuple[str, ...]]:
    for name, table in found.database.tables.items() if found.database else ():
        if name.startswith(what):
            yield from ((name.removeprefix(f"{what} "), *map(str, row)) for row in table.rows[:_SHOWN_NAMES])
