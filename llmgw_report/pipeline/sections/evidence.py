"""What the report rests on: the database and its saved metrics, the scrape, coverage, and counts by source."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise

import msgspec
from msgspec import structs

from llmgw_report.gateways import labels
from llmgw_report.gateways.definition import Gateway, MetricMapping
from llmgw_report.gateways.rows import (
    LevelRecord,
    LogRecord,
    OutcomeRecord,
    SnapshotRecord,
    StartedRecord,
    TableRecord,
    TrafficRecord,
)
from llmgw_report.messages import msg
from llmgw_report.model import timestamp
from llmgw_report.model.contents import (
    DatabaseSection,
    FamilyRow,
    LogRow,
    MetricsSection,
    MissingFamily,
    SamplingGap,
    SavedMetrics,
    TableRows,
)
from llmgw_report.model.moments import runs, timed
from llmgw_report.model.quantities import QUANTITIES
from llmgw_report.model.scrape import merged, spellings
from llmgw_report.model.sections import Basis, Count, Coverage, Totals, TrafficRow, Trusted
from llmgw_report.pipeline.measure import Measured
from llmgw_report.pipeline.sections.traffic import started
from llmgw_report.pipeline.tally import summed

#: Populations whose size is known wherever outcomes are.
_COUNTABLE = {"all requests", "successes"}
#: The population of a family whose definition names none.
_UNSAID = ("all requests",)
#: A spacing of this many times the usual one is a gap.
GAP_FACTOR = 3
#: Values of the example of a counter reset.
EXAMPLE_VALUES = 8

Series = dict[str, list[tuple[float, float]]]


#: Levels that the report shows even when the log has no row of them.
LEVELS = ("ERROR", "WARN", "INFO")


def database(measured: Measured) -> DatabaseSection | None:
    """The section, or None without a readable database of a known gateway."""
    tables = measured.table("tables", TableRecord)
    if tables is None:
        return None
    return DatabaseSection(
        tables=tuple(_table(row) for row in tables),
        levels=_levels(measured, tables),
        recent_logs=tuple(_log(row, measured.gateway) for row in measured.table("recent_logs", LogRecord) or ()),
        snapshots=_saved_metrics(measured),
    )


def _table(row: TableRecord) -> TableRows:
    first, last = _time(row.first_ms), _time(row.last_ms)
    return TableRows(name=row.name, rows=row.rows, first=first, last=last, future=row.future, untimed=row.untimed)


def _time(milliseconds: float | None) -> str | None:
    return None if milliseconds is None else timestamp.text(milliseconds)


def _levels(measured: Measured, tables: Sequence[TableRecord]) -> dict[str, int]:
    rows = measured.table("levels", LevelRecord)
    if rows is None:
        return {}
    counted = {row.level: row.rows for row in rows if row.rows is not None}
    every = {table.name: table.rows for table in tables}
    counted |= {row.level: every[row.rest_of] - sum(counted.values()) for row in rows if row.rest_of in every}
    return {level: counted.get(level, 0) for level in dict.fromkeys((*LEVELS, *sorted(counted)))}


def _log(row: LogRecord, gateway: Gateway | None) -> LogRow:
    fields = _fields(row.fields, gateway.log_fields if gateway else ())
    return LogRow(time=timestamp.text(row.time_ms), level=row.level, message=row.message, fields=fields)


def _fields(text: str | None, shown: Sequence[str]) -> dict[str, str]:
    """The fields of the JSON object that may be shown, as text; how long anything else is, which may be a prompt."""
    try:
        content = msgspec.json.decode(text or "{}")
    except (msgspec.DecodeError, RecursionError):
        content = None
    if not isinstance(content, dict):
        return {"": f"{len(text or '')} characters"}
    return {key: str(value) for key, value in content.items() if key in shown or not key}


def _saved_metrics(measured: Measured) -> SavedMetrics | None:
    """Saved metrics of the trend window; None if the gateway saves none."""
    rows = measured.table("snapshots", SnapshotRecord)
    if rows is None:
        return None
    times = sorted({row.time_ms for row in rows})
    spacings = [later - earlier for earlier, later in pairwise(times)]
    usual = sorted(spacings)[len(spacings) // 2] if spacings else None
    resets = list(_resets(rows))
    labelled = all("{" in row.family for row in rows if row.family)
    return SavedMetrics(
        count=len(times),
        spacing_seconds=usual / 1000 if usual else None,
        gaps=tuple(_gaps(times, usual)) if usual else (),
        labelled="yes" if labelled else "no",
        falls=len(resets),
        example=_example(rows, resets[0]) if resets else None,
    )


def _gaps(times: Sequence[float], usual: float) -> Iterator[SamplingGap]:
    for earlier, later in pairwise(times):
        if later - earlier > GAP_FACTOR * usual:
            yield SamplingGap(
                since=timestamp.text(earlier), until=timestamp.text(later), seconds=(later - earlier) / 1000
            )


def _resets(rows: Sequence[SnapshotRecord]) -> Iterator[str]:
    """Families whose value decreased from one snapshot to the next, once per decrease that no restart explains.

    A process that restarts saves a snapshot without counters first, so a decrease right after such a snapshot is
    a restart; any other is another series under the same name.
    """
    starts = {row.time_ms for row in rows if row.family is None}
    for family, values in _series(rows).items():
        for (before, high), (after, low) in pairwise(values):
            if low < high and not any(before < start < after for start in starts):
                yield family


def _series(rows: Sequence[SnapshotRecord]) -> Series:
    series: Series = {}
    for row in rows:
        if row.family is not None and row.value is not None:
            series.setdefault(row.family, []).append((row.time_ms, row.value))
    return series


def _example(rows: Sequence[SnapshotRecord], family: str) -> str:
    """The saved values of one such counter, the newest last."""
    values = [f"{value:g}" for _, value in _series(rows)[family]]
    return f"{family}: {', '.join(values[-EXAMPLE_VALUES:])}"


def metrics(measured: Measured) -> MetricsSection | None:
    """The section, or None without a scrape."""
    scrape = merged(measured.scrapes)
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
        unknown_values=measured.unknown_values,
    )


def _ignored(gateway: Gateway | None, name: str) -> bool:
    return gateway is not None and any(labels.fits(name, glob) for glob in gateway.families.ignore)


def _known(gateway: Gateway) -> Iterator[str]:
    for name, mappings in gateway.metrics.items():
        for mapping in mappings:
            # The sum or the count of a histogram may be what counts tokens or requests.
            counted = QUANTITIES[name].kind == "counter"
            yield mapping.family.removesuffix("_sum").removesuffix("_count") if counted else mapping.family
            if mapping.split:
                yield mapping.split.family.removesuffix("_count")
    yield from gateway.families.other
    yield from gateway.families.never


def _is_known(name: str, known: set[str]) -> Trusted:
    return "yes" if known & spellings(name) else "no"


def _missing(gateway: Gateway, found: set[str]) -> Iterator[MissingFamily]:
    present = {spelling for name in found for spelling in spellings(name)}
    mapped = (one for mappings in gateway.metrics.values() for one in mappings)
    replaced = {one.family for one in mapped if one.unless_family in present}  # other versions count it elsewhere
    for name in dict.fromkeys(_known(gateway)):
        if name not in present and name not in replaced:
            never = gateway.families.never.get(name)
            reason = msg(never or "not in this scrape: nothing of its kind has happened yet")
            yield MissingFamily(name=name, reason=reason)


def coverage(measured: Measured, traffic: Totals | None) -> tuple[Coverage, ...]:
    """How much of each quantity was observed, out of the requests of `traffic`."""
    if traffic is None:
        return ()
    total = traffic.total
    successes_only = measured.gateway is not None and measured.gateway.records == "successes"
    parts = {one.population for mappings in _mapped(measured).values() for one in mappings}
    parts |= set(measured.gateway.populations.values()) if measured.gateway else set()
    return (
        *(
            _coverage(QUANTITIES[name].text, its.count, total, its.population or _population(measured, name), parts)
            for name, its in total.durations.items()
        ),
        _coverage_of_tokens(measured, traffic, parts),
        _of(
            msg("outcome"),
            total.outcomes.observed if total.outcomes and not successes_only else None,
            total.requests,
            msg("requests whose success or failure is known"),
        ),
    )


def _coverage_of_tokens(measured: Measured, traffic: Totals, parts: AbstractSet[str]) -> Coverage:
    """Successes with tokens, where the event relation counts them.

    Elsewhere nothing does: only a gateway that records tokens of the very requests that it times has as many of both.
    """
    total = traffic.total
    found = [tokens for tokens in (total.tokens.input, total.tokens.output) if tokens is not None]
    rows = measured.table("traffic", TrafficRecord) or () if measured.has_relation else ()
    counted = next((row.counted for row in rows if row.total), None)
    own = measured.gateway.populations.get("tokens") if measured.gateway and traffic.basis == "window" else None
    if traffic.basis == "window" and counted is not None:
        return _coverage(msg("tokens"), counted if found else None, total, own or msg("successes"), parts)
    sent = sorted({one.population for one in _mappings(measured, "tokens")})
    # Of tokens that nothing records the text of the durations says nothing.
    timed = total.latency.population if found else ""
    population = own or (sent[0] if len(sent) == 1 else timed)
    # Without any such series nobody knows: an operator may have left the family out.
    used = (_timed_as_well(total, population) if any(found) else 0) if found else None
    return _coverage(msg("tokens"), used, total, population, parts)


def _timed_as_well(total: TrafficRow, population: str) -> int | None:
    """How many durations there are, of a gateway that records them for the requests it records tokens for."""
    return total.latency.count if population in {total.latency.population, *_UNSAID} else None


def _population(measured: Measured, quantity: str) -> str | None:
    """The requests that the definition says are in the family, where the scrape has nothing of it yet."""
    return next((one.population for one in _mappings(measured, quantity)), None)


def _coverage(
    quantity: str, observed: int | None, total: TrafficRow, population: str | None, parts: AbstractSet[str]
) -> Coverage:
    """Coverage of the requests that can have the quantity; of all of them if the gateway does not count those.

    These are the successes, and what may be one: that a failure has no duration is no second alarm. More than those
    are of a quantity that failures have as well. `parts` are the populations that the definition names.
    """
    if population == "successes" and total.outcomes:
        return _of(quantity, observed, total.outcomes.success, population)
    able = total.outcomes.success + (total.unobserved or 0) if total.outcomes else None
    base = total.requests if able is None or (observed or 0) > able else able
    found = _of(quantity, observed, base, population or msg("no request"))
    if population not in parts - _COUNTABLE:
        return found
    # More observations than requests are several of one request, such as the chunks of a stream.
    several = observed is not None and total.requests is not None and observed > total.requests
    return structs.replace(found, of=None, ratio=None) if several else structs.replace(found, attainable="no")


def _of(quantity: str, observed: int | None, of: int | None, note: str) -> Coverage:
    # More than all: some that ended in the window began before it.
    ratio = min(1.0, observed / of) if observed is not None and of else None
    return Coverage(quantity=quantity, observed=observed, of=of, ratio=ratio, note=msg(note))


def counts(measured: Measured) -> tuple[Count, ...]:
    """Requests and errors as each source counts them since the counters were zero, or what was counted in a window."""
    return (*_counts_of_metrics(measured), *_counts_of_rows(measured))


def _basis(measured: Measured) -> Basis:
    return "lifetime" if measured.counted_since_ms is None else "window"


def _counts_of_metrics(measured: Measured) -> Iterator[Count]:
    since = started(measured)
    for quantity, source in (("requests", msg("metrics by model")), ("attempts", msg("metrics by instance"))):
        if found := measured.of(quantity):
            value = round(sum(one.value for one in found))
            # Requests with outcomes of their own say themselves what never reached an instance, and rows that are
            # requests are no attempts.
            told = measured.has_relation or summed(measured.of("requests")) is not None
            explained = quantity == "attempts" and told
            yield Count(
                quantity=msg("requests"),
                source=source,
                value=value,
                basis=_basis(measured),
                since=since,
                compared="no" if explained else "yes",
            )
    ended = summed(measured.of("attempts")) or summed(measured.of("requests"))
    if ended:
        yield Count(
            quantity=msg("errors"), source=msg("metrics"), value=ended.failed, basis=_basis(measured), since=since
        )
    yield from _counts_of_logged(measured, since)


def _counts_of_logged(measured: Measured, since: str | None) -> Iterator[Count]:
    """Failed attempts, and requests, without those whose status leaves no row."""
    failed = tuple(one for one in measured.of("attempts") if one.roles.get("outcome", "success") != "success")
    for name, quantity, found in (
        (msg("errors"), "attempts", failed),
        (msg("requests"), "requests", measured.of("requests")),
    ):
        unlogged = [glob for mapping in _mappings(measured, quantity) for glob in mapping.unlogged]
        if not unlogged:
            continue
        kinds = (one for one in found if not any(labels.fits(one.roles.get("status", ""), glob) for glob in unlogged))
        value, source = round(sum(one.value for one in kinds)), msg("metrics, of kinds that are logged")
        yield Count(quantity=name, source=source, value=value, basis=_basis(measured), since=since, compared="no")


def _mappings(measured: Measured, quantity: str) -> tuple[MetricMapping, ...]:
    return _mapped(measured).get(quantity, ())


def _mapped(measured: Measured) -> Mapping[str, tuple[MetricMapping, ...]]:
    return measured.gateway.metrics if measured.gateway else {}


def _counts_of_rows(measured: Measured) -> Iterator[Count]:
    """Nothing if the counters were zero before the oldest row that was read."""
    for row in measured.table("started", StartedRecord) or ():
        if row.since_ms is not None and row.requests is not None:
            since = timestamp.text(row.since_ms)
            yield Count(
                quantity=msg("requests"),
                source=msg("log rows"),
                value=row.requests,
                basis=_basis(measured),
                since=since,
            )
            if row.problems is not None:
                source = msg("log rows of level WARN and ERROR")
                yield Count(
                    quantity=msg("errors"), source=source, value=row.problems, basis=_basis(measured), since=since
                )
    everything = measured.gateway is not None and measured.gateway.records == "everything"
    if measured.has_relation and everything and (since_ms := _rows_since(measured)) is not None:
        rows = measured.table("outcomes", OutcomeRecord) or ()
        counted = sum(
            n
            for row, places in runs(rows)
            if row.kind == "request"
            for at_ms, n in timed(rows, places)
            if at_ms >= since_ms
        )
        yield Count(
            quantity=msg("requests"),
            source=msg("log rows"),
            value=counted,
            basis=_basis(measured),
            since=timestamp.text(since_ms),
        )


def _rows_since(measured: Measured) -> float | None:
    """Since when the rows of the window are all that the process logged; None if they are not.

    Where no process says when it began, a log that began in the window has all of its rows. It may be younger than the
    counters, so that what it lacks is at most a warning.
    """
    first = measured.windows.since_ms
    if measured.counted_since_ms is not None:
        # A server counts from the step in which the window begins, seconds before it.
        watched = [one.watched for one in measured.scrapes if one.watched]
        return first if all(one.since_ms is None and one.problem is None for one in watched) else None
    if since := started(measured):
        began = timestamp.milliseconds(since)
        return began if began is not None and began >= first else None
    oldest = [row.first_ms for row in measured.table("tables", TableRecord) or () if row.first_ms is not None]
    return min(oldest) if oldest and min(oldest) > first else None
