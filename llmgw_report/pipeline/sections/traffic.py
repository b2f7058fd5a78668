"""Traffic per group: lifetime totals from the scrape, or the window from rows."""

from collections.abc import Mapping, Sequence
from functools import reduce
from math import isfinite, nan
from typing import TypeVar

from msgspec import structs

from llmgw_report.gateways.rows import StartedRecord, TrafficRecord
from llmgw_report.messages import msg
from llmgw_report.model import timestamp
from llmgw_report.model.indicator import Indicator
from llmgw_report.model.outcomes import OutcomeCounts, Outcomes, SubjectOutcomes
from llmgw_report.model.quantities import (
    DURATIONS,
    OTHER_DURATIONS,
    QUANTITIES,
    ROW_FIGURES,
    TOKEN_TYPES,
    Quantity,
)
from llmgw_report.model.sections import UNRECORDED, Latency, Tokens, Totals, Traffic, TrafficRow, Trusted
from llmgw_report.pipeline.latency import from_columns, from_indicators
from llmgw_report.pipeline.measure import Measured
from llmgw_report.pipeline.tally import summed
from llmgw_report.redaction import alias

Found = Mapping[str, Sequence[Indicator]]
"""Quantity -> its indicators."""

AnyTotals = TypeVar("AnyTotals", bound=Totals)

EVERYTHING = msg("all")
#: What a row holds beside its requests.
_MEASURES = ("tokens", *(one.name for one in (*DURATIONS, *ROW_FIGURES)))


def lifetime(measured: Measured) -> Totals | None:
    """Totals since the process started; None without a request counter in the scrape.

    A counter that is declared and has no series has counted nothing yet, which is 0 requests.
    """
    if not measured.of("requests") and not measured.counts_requests:
        return None
    role = measured.windows.group_by
    found = {name: measured.of(name) for name in QUANTITIES}
    # Providers are told apart process by process.
    of = measured.by_group if role in {"model", "api-key"} else measured.of
    grouped = {name: _grouped(of(name), role) for name in found}
    # A family of requests may lack a label that those of tokens, cost and durations have.
    named = dict.fromkeys(group for name in ("requests", *_MEASURES) for group in grouped[name])
    rows = [_row(group, {name: groups.get(group, []) for name, groups in grouped.items()}, found) for group in named]
    # What is known of the total alone stands without a subject, and takes off again what it adds.
    rows = [row for row in rows if row.requests or row.group != UNRECORDED]
    own = summed(one for one in grouped["requests"].get(UNRECORDED, ()) if not one.shared)
    rows = [row.with_outcomes(own, row.unobserved) if own and row.group == UNRECORDED else row for row in rows]
    rows = [row for row in rows if row.group in grouped["requests"] or _measured(row)]
    return Totals(
        group_by=role,
        rows=_largest_first(rows),
        total=_row(EVERYTHING, found, found) if found["requests"] else _nothing(),
        source=msg("metrics"),
        basis="lifetime" if measured.counted_since_ms is None else "window",
        since=started(measured),
        exactness="exact" if of("requests") == found["requests"] else "about",
        input_includes_cached=_includes_cached(measured),
    )


def windowed(measured: Measured) -> Totals | None:
    """The window from the query `traffic`; None if it did not run."""
    records = measured.table("traffic", TrafficRecord)
    if records is None:
        return None
    records = tuple(one for one in records if one.target is None)
    title = measured.title("traffic")
    populations = _populations(measured)
    role = measured.windows.group_by
    rows = [_row_of(record, populations, title, role) for record in records if not record.total]
    totals = [_row_of(record, populations, title, role) for record in records if record.total]
    return Totals(
        group_by=role,
        rows=_largest_first(rows),
        total=totals[0] if totals else _nothing(),
        source=title,
        basis="window",
        since=timestamp.text(measured.windows.since_ms),
        input_includes_cached=_includes_cached(measured),
    )


def by_target(measured: Measured) -> dict[str, TrafficRow]:
    """All traffic of each process of several that have a database of their own."""
    records = measured.table("traffic", TrafficRecord)
    if records is None:
        return {}
    title, populations = measured.title("traffic"), _populations(measured)
    return {one.target: _row_of(one, populations, title, EVERYTHING) for one in records if one.target is not None}


def together(window: Totals | None, totals: Totals | None) -> Traffic | None:
    """The window's traffic with the lifetime totals inside it, or these alone."""
    found = window or totals
    return Traffic(**structs.asdict(found), lifetime=totals if window else None) if found else None


def completed(rows: Totals, measured: Measured) -> Totals:
    """The traffic of rows, with the figures that only the scrape has of the same groups."""
    found = {name: measured.of(name) for name in QUANTITIES}
    grouped = {name: _grouped(indicators, rows.group_by) for name, indicators in found.items()}

    def with_scraped(own: TrafficRow, of: Found) -> TrafficRow:
        scraped = _row(own.group, of, found)
        tokens = Tokens.of({**scraped.tokens.recorded, **own.tokens.recorded})
        return structs.replace(
            own, tokens=tokens, **{one: getattr(scraped, one) for one in _FILLED if _lacks(own, one)}
        )

    # What either source calls "not recorded" are not the same requests.
    groups = [
        {name: its.get(row.group, []) if row.group != UNRECORDED else [] for name, its in grouped.items()}
        for row in rows.rows
    ]
    parts = tuple(with_scraped(row, of) for row, of in zip(rows.rows, groups, strict=True))
    return structs.replace(rows, rows=parts, total=with_scraped(rows.total, found))


#: What a row of either source may lack, beside tokens of a type.
_FILLED = (
    "latency",
    *(one.field for one in OTHER_DURATIONS),
    *(one.field for one in ROW_FIGURES),
)


def _lacks(row: TrafficRow, field: str) -> bool:
    """Rows without a success have no latency, where a scrape may time how fast all of them failed."""
    if field == "latency":
        return row.latency.source == "none" and (row.outcomes is None or row.outcomes.success > 0)
    return getattr(row, field) is None


def _includes_cached(measured: Measured) -> Trusted | None:
    included = measured.gateway.input_includes_cached if measured.gateway else None
    return None if included is None else "yes" if included else "no"


def _largest_first(rows: list[TrafficRow]) -> tuple[TrafficRow, ...]:
    return tuple(sorted(rows, key=lambda row: (-(row.requests or 0), row.group)))


def started(measured: Measured) -> str | None:
    """When the counters read zero: as the process says, else as its own snapshots show, else unknown.

    What was counted in a window began with it.
    """
    if measured.counted_since_ms is not None:
        return timestamp.text(measured.counted_since_ms)
    found = measured.of("process-start")
    start = QUANTITIES["process-start"].together([one.value for one in found]) if found else nan
    if isfinite(start):  # several processes that differ have counted since no one time
        return timestamp.text(start * 1000)
    for row in measured.table("started", StartedRecord) or ():
        return None if row.since_ms is None else timestamp.text(row.since_ms)
    return None


def with_outcomes(traffic: AnyTotals, found: Outcomes | None) -> AnyTotals:
    """The traffic with the outcomes of each group, as far as `found` has them."""
    if found is None:
        return traffic
    role, total = traffic.group_by, found.total()
    named = {row.group for row in traffic.rows}
    groups = [one for one in found.subjects if one.subject.keys() == {role} and one.subject[role] in named]
    unnamed = structs.replace(
        total,
        outcomes=reduce(OutcomeCounts.less, (one.outcomes for one in groups), total.outcomes),
        unobserved=max(0, total.unobserved - sum(one.unobserved for one in groups)),
    )
    own = {one.subject[role]: one for one in groups} | {UNRECORDED: unnamed, EVERYTHING: total}
    # What is left of the total may be of the others, and only its sum is known: the row keeps what it counts itself.
    kept = {row.group for row in traffic.rows if row.group == UNRECORDED and _exceeds(unnamed, row)}
    rows = [row if row.group in kept else _ended(row, own.get(row.group)) for row in traffic.rows]
    whole = _ended(traffic.total, total)
    if found.successes_only == "yes":  # a ratio of failures that are never recorded would be 0 for ever
        rows, whole = [structs.replace(row, error_ratio=None) for row in rows], structs.replace(whole, error_ratio=None)
    return structs.replace(traffic, rows=tuple(rows), total=whole)


def _exceeds(one: SubjectOutcomes, row: TrafficRow) -> bool:
    """Whether more ended than the row has requests, and the row knows of its own how they ended."""
    return row.outcomes is not None and one.outcomes.observed + one.unobserved > (row.requests or 0)


def _ended(row: TrafficRow, one: SubjectOutcomes | None) -> TrafficRow:
    """None instead of zeros where requests were counted and no outcome was observed."""
    if one is None:
        return row
    observed = one.outcomes.observed or not one.unobserved
    return row.with_outcomes(one.outcomes if observed else None, one.unobserved)


def _populations(measured: Measured) -> dict[str, str]:
    """Which requests have a duration in the rows, by latency family: what the definition says of them.

    In the event relation it is else the successes; of a query of the gateway's own its title says it. What the scrape
    counts is said of the scrape alone.
    """
    own = measured.gateway.populations if measured.gateway else {}
    if measured.has_relation:
        return {one.name: own.get(one.name) or msg("successes") for one in DURATIONS}
    return dict(own)


def _row(group: str, found: Found, everywhere: Found) -> TrafficRow:
    """One group of what was `found` in it.

    What only some gateways record is in every row if it is anywhere in the scrape, and in none otherwise.
    """
    row = TrafficRow(
        group=group,
        requests=_total(found["requests"]),
        tokens=_tokens(found["tokens"]),
        latency=from_indicators(found["latency"], QUANTITIES["latency"]),
    )
    durations = {one.field: from_indicators(found[one.name], one) for one in OTHER_DURATIONS if everywhere[one.name]}
    figures = {one.field: _figure(found[one.name], one) for one in ROW_FIGURES if found[one.name]}
    return structs.replace(row, **durations, **figures)


def _tokens(found: Sequence[Indicator]) -> Tokens:
    return Tokens.of(
        {name: _total([one for one in found if one.roles.get("token-type") == name]) for name in TOKEN_TYPES}
    )


def _measured(row: TrafficRow) -> bool:
    """Whether anything was counted or timed: families name a group before its first request."""
    return any((*row.tokens.recorded.values(), *row.figures.values(), *(one.count for one in row.durations.values())))


def _grouped(found: Sequence[Indicator], role: str) -> dict[str, list[Indicator]]:
    """By the value of `role`; "all" is one group."""
    groups: dict[str, list[Indicator]] = {}
    for one in found:
        name = EVERYTHING if role == EVERYTHING else one.roles.get(role, UNRECORDED)
        groups.setdefault(name, []).append(one)
    return groups


def _total(found: Sequence[Indicator]) -> int | None:
    """Sum, or None for no series: a group without a token counter did not use 0 tokens."""
    return round(sum(one.value for one in found)) if found else None


def _figure(found: Sequence[Indicator], quantity: Quantity) -> float | None:
    """All series together as the quantity adds up; None if they make no figure."""
    total = quantity.together([one.value for one in found])
    return _whole(total, quantity) if isfinite(total) else None


def _whole(figure: float | None, quantity: Quantity) -> float | None:
    """What is counted is a whole number."""
    return round(figure) if figure is not None and quantity.unit.startswith("{") else figure


def _row_of(record: TrafficRecord, populations: Mapping[str, str], title: str, role: str) -> TrafficRow:
    columns = record.durations
    latencies = {name: from_columns(its, populations.get(name) or title) for name, its in columns.items()}
    row = TrafficRow(
        group=EVERYTHING if record.total else _recorded(record.group, role),
        requests=record.requests,
        tokens=Tokens.of({name: getattr(record, one.column) for name, one in TOKEN_TYPES.items()}),
        latency=latencies["latency"],
    )
    others = {one.field: latencies[one.name] for one in OTHER_DURATIONS if columns[one.name].observed}
    return structs.replace(row, **others, **{one.field: _whole(getattr(record, one.field), one) for one in ROW_FIGURES})


def _recorded(group: str | None, role: str) -> str:
    """The group of a row; the name of a key may be the key itself."""
    if not group:
        return UNRECORDED
    return alias(group) if role == "api-key" else group


def _nothing() -> TrafficRow:
    """A window without a row: requests were 0, everything else was not observed."""
    return TrafficRow(
        group=EVERYTHING,
        requests=0,
        latency=Latency(count=0, reason=msg("no request in the window")),
    )
