"""What is in the database at all: rows, levels, the newest rows, and how regular the snapshots are."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import pairwise

import msgspec

from llmgw_report.gateways.definition import Gateway
from llmgw_report.gateways.rows import LevelRow, SnapshotRow, StartedRow, TableRow
from llmgw_report.gateways.rows import LogRow as SqlLog
from llmgw_report.messages import join, say
from llmgw_report.model import timestamp
from llmgw_report.model.sections import (
    Coverage,
    DatabaseSection,
    FamilyRow,
    Gap,
    LogRow,
    MetricsSection,
    MissingFamily,
    Snapshots,
    TableRows,
    Traffic,
    Trusted,
    Witness,
)
from llmgw_report.pipeline.measure import Measured
from llmgw_report.pipeline.sections.traffic import outcomes, started

#: A hole is a spacing this many times the usual one.
HOLE = 3
SHOWN = 8

Series = dict[str, list[tuple[float, float]]]


def snapshots(measured: Measured) -> Snapshots | None:
    """Of the trend window; None if the gateway saves none."""
    rows = measured.table("snapshots", SnapshotRow)
    if rows is None:
        return None
    times = sorted({row.time_ms for row in rows})
    spacings = [later - earlier for earlier, later in pairwise(times)]
    usual = sorted(spacings)[len(spacings) // 2] if spacings else None
    falls = list(_falls(rows))
    labelled = all("{" in row.family for row in rows if row.family)
    return Snapshots(
        count=len(times),
        spacing_seconds=usual / 1000 if usual else None,
        gaps=tuple(_gaps(times, usual)) if usual else (),
        labelled="yes" if labelled else "no",
        falls=len(falls),
        example=_example(rows, falls[0]) if falls else None,
    )


def _gaps(times: Sequence[float], usual: float) -> Iterator[Gap]:
    for earlier, later in pairwise(times):
        if later - earlier > HOLE * usual:
            yield Gap(since=timestamp.text(earlier), until=timestamp.text(later), seconds=(later - earlier) / 1000)


def _falls(rows: Sequence[SnapshotRow]) -> Iterator[str]:
    """Families whose value fell from one snapshot to the next, once per fall.

    A process that starts again saves a snapshot without counters first, so a fall right after such
    a snapshot is a restart; any other is another series under the same name.
    """
    starts = {row.time_ms for row in rows if row.family is None}
    for family, values in _series(rows).items():
        for (before, high), (after, low) in pairwise(values):
            if low < high and not any(before < start < after for start in starts):
                yield family


def _series(rows: Sequence[SnapshotRow]) -> Series:
    series: Series = {}
    for row in rows:
        if row.family is not None and row.value is not None:
            series.setdefault(row.family, []).append((row.time_ms, row.value))
    return series


def _example(rows: Sequence[SnapshotRow], family: str) -> str:
    """One such counter as it was saved, the newest values last."""
    values = [f"{value:g}" for _, value in _series(rows)[family]]
    return f"{family}: {', '.join(values[-SHOWN:])}"


def metrics(measured: Measured) -> MetricsSection | None:
    """The section, or None without a scrape."""
    scrape = measured.scrape
    if scrape is None:
        return None
    families = [family for family in scrape.families.values() if not _ignored(measured.gateway, family.name)]
    known = set(_known(measured.gateway)) if measured.gateway else set()
    return MetricsSection(
        families=tuple(
            FamilyRow(name=one.name, type=one.type, series=one.series, known=_is_known(one.name, known))
            for one in sorted(families, key=lambda one: (_is_known(one.name, known) == "no", one.name))
        ),
        missing=tuple(_missing(measured.gateway, set(scrape.families))) if measured.gateway else (),
        samples=scrape.sample_count,
        bytes=scrape.bytes,
        bad_line_count=scrape.bad_line_count,
        bad_lines=scrape.bad_lines,
        duplicates=scrape.duplicates,
    )


def _ignored(gateway: Gateway | None, name: str) -> bool:
    return gateway is not None and any(fnmatchcase(name, glob) for glob in gateway.families.ignore)


def _known(gateway: Gateway) -> Iterator[str]:
    for sources in gateway.metrics.values():
        yield from (source.family for source in sources)
    yield from gateway.families.other
    yield from gateway.families.never


def _is_known(name: str, known: set[str]) -> Trusted:
    """OpenMetrics names a counter's family without the `_total` of its samples."""
    return "yes" if known & {name, f"{name}_total", f"{name}_info"} else "no"


def _missing(gateway: Gateway, found: set[str]) -> Iterator[MissingFamily]:
    for name in dict.fromkeys(_known(gateway)):
        if name not in found and name.removesuffix("_total").removesuffix("_info") not in found:
            never = gateway.families.never.get(name)
            reason = say(never or "not in this scrape: nothing of its kind has happened yet")
            yield MissingFamily(name=name, reason=reason)


def coverage(measured: Measured, traffic: Traffic | None) -> tuple[Coverage, ...]:
    """Per quantity, out of the requests of `traffic`."""
    return tuple(_lines(measured, traffic)) if traffic else ()


def _lines(measured: Measured, traffic: Traffic) -> Iterator[Coverage]:
    total = traffic.total
    population = say(total.latency.population or "no request")
    observed = total.latency.count
    yield _line(say("latency"), observed, total.requests, population)
    recorded = total.input_tokens is not None or total.output_tokens is not None
    # Every gateway so far records tokens where it records the duration, so that count is theirs as well.
    yield _line(say("tokens"), observed if recorded else 0, total.requests, _tokens(measured) or population)
    yield _line(say("outcome"), total.error_base, total.requests, say("requests whose success or failure is known"))


def _line(quantity: str, observed: int | None, of: int | None, note: str) -> Coverage:
    # A request that began before the window and completed in it is observed and not among those that began.
    ratio = min(1.0, observed / of) if observed is not None and of else None
    return Coverage(quantity=quantity, observed=observed, of=of, ratio=ratio, note=note)


def _tokens(measured: Measured) -> str:
    return join(", ", map(say, sorted({one.population for one in measured.of("tokens")})))


def witnesses(measured: Measured) -> tuple[Witness, ...]:
    """Requests and errors as each witness counts them since the counters read zero."""
    return (*_from_metrics(measured), *_from_rows(measured))


def _from_metrics(measured: Measured) -> Iterator[Witness]:
    since = started(measured)
    for quantity, source in (("requests", say("metrics by model")), ("attempts", say("metrics by instance"))):
        found = measured.of("requests") if quantity == "requests" else measured.of("attempts")
        if found:
            value = round(sum(one.value for one in found))
            yield Witness(quantity=say("requests"), source=source, value=value, basis="lifetime", since=since)
    ended = outcomes(measured.of("attempts")) or outcomes(measured.of("requests"))
    if ended:
        yield Witness(quantity=say("errors"), source=say("metrics"), value=ended.errors, basis="lifetime", since=since)


def _from_rows(measured: Measured) -> Iterator[Witness]:
    """Nothing if the counters' zero lies further back than the rows that were read."""
    for row in measured.table("started", StartedRow) or ():
        if row.since_ms is not None and row.requests is not None:
            since = timestamp.text(row.since_ms)
            yield Witness(
                quantity=say("requests"), source=say("log rows"), value=row.requests, basis="lifetime", since=since
            )
            if row.problems is not None:
                source = say("log rows of level WARN and ERROR")
                yield Witness(quantity=say("errors"), source=source, value=row.problems, basis="lifetime", since=since)


#: Levels that stand in the report even when the log has none of them: their absence is the news.
LEVELS = ("ERROR", "WARN", "INFO")


def database(measured: Measured) -> DatabaseSection | None:
    """The section, or None without a readable database of a known gateway."""
    tables = measured.table("tables", TableRow)
    if tables is None:
        return None
    return DatabaseSection(
        tables=tuple(_table(row) for row in tables),
        levels=_levels(measured),
        recent_logs=tuple(_log(row) for row in measured.table("recent_logs", SqlLog) or ()),
        snapshots=snapshots(measured),
    )


def _table(row: TableRow) -> TableRows:
    first, last = _time(row.first_ms), _time(row.last_ms)
    return TableRows(name=row.name, rows=row.rows, first=first, last=last, future=row.future, untimed=row.untimed)


def _time(milliseconds: float | None) -> str | None:
    return None if milliseconds is None else timestamp.text(milliseconds)


def _levels(measured: Measured) -> dict[str, int]:
    rows = measured.table("levels", LevelRow)
    if rows is None:
        return {}
    counted = {row.level: row.rows for row in rows}
    return {level: counted.get(level, 0) for level in dict.fromkeys((*LEVELS, *sorted(counted)))}


def _log(row: SqlLog) -> LogRow:
    return LogRow(time=timestamp.text(row.time_ms), level=row.level, message=row.message, fields=_fields(row.fields))


def _fields(text: str | None) -> dict[str, str]:
    """The JSON object as text values; anything else under one key, so that a broken row still shows."""
    try:
        content = msgspec.json.decode(text or "{}")
    except (msgspec.DecodeError, RecursionError):
        content = text
    return {key: str(value) for key, value in content.items()} if isinstance(content, dict) else {"": str(content)}
