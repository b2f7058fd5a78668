"""Totals across restarts: those of the process that answers now, with those of the processes before it added.

Counters that go on as if no process had ended subtract like those of one process.
"""

from collections.abc import Iterable, Sequence
from math import inf

from msgspec import structs

from llmgw_report.model.indicator import Buckets, Indicator
from llmgw_report.model.outcomes import OutcomeCell, OutcomeCounts, Outcomes, subject_key
from llmgw_report.model.quantities import DURATIONS, ROW_FIGURES, TOKEN_TYPES, Quantity
from llmgw_report.model.sections import Latency, Tokens, Totals, Traffic, TrafficRow
from llmgw_report.pipeline.latency import from_indicators


def outcomes(now: Outcomes | None, ends: Iterable[Outcomes | None]) -> Outcomes | None:
    """The outcomes of every subject, with those at the end of earlier processes."""
    if now is None:
        return None
    subjects = {subject_key(one.subject): one for one in now.subjects}
    cells = {_names(one): one for one in now.cells}
    for end in filter(None, ends):
        for one in end.subjects:
            mine = subjects.get(subject_key(one.subject))
            added = (
                one
                if mine is None
                else structs.replace(
                    mine,
                    outcomes=mine.outcomes.plus(one.outcomes),
                    unobserved=mine.unobserved + one.unobserved,
                    untimed=mine.untimed + one.untimed,
                )
            )
            subjects[subject_key(one.subject)] = added
        for cell in end.cells:
            old = cells.get(_names(cell))
            both = cell.outcomes.plus(old.outcomes if old else OutcomeCounts())
            cells[_names(cell)] = structs.replace(cell, outcomes=both)
    return structs.replace(now, subjects=tuple(subjects.values()), cells=tuple(cells.values()))


def _names(one: OutcomeCell) -> tuple[str | None, ...]:
    return one.provider, one.instance, one.model, one.api_key


def totals(now: Totals | None, ends: Iterable[Totals | None]) -> Totals | None:
    """The traffic of every group, with that at the end of earlier processes."""
    if now is None:
        return None
    rows, total, same = {row.group: row for row in now.rows}, now.total, True
    for end in filter(None, ends):
        same = same and end.group_by == now.group_by
        total = _row(total, end.total)
        for row in end.rows:
            rows[row.group] = _row(rows[row.group], row) if row.group in rows else row
    bare = {name: getattr(now, name) for name in Totals.__struct_fields__}
    return Totals(**bare | {"rows": tuple(rows.values()) if same else (), "total": total})


def lifetime(one: Traffic | Totals | None) -> Totals | None:
    """The totals of a scrape alone, whatever stands beside them."""
    return totals(one, ()) if one and one.basis == "lifetime" else None


def _row(now: TrafficRow, end: TrafficRow) -> TrafficRow:
    counts = {name: _sum(getattr(now, name), getattr(end, name)) for name in _COUNTED}
    ended = now.outcomes.plus(end.outcomes) if now.outcomes and end.outcomes else now.outcomes or end.outcomes
    tokens = {name: _sum(now.tokens.recorded.get(name), end.tokens.recorded.get(name)) for name in TOKEN_TYPES}
    durations = {one.field: _latency(getattr(now, one.field), getattr(end, one.field), one) for one in DURATIONS}
    row = now.with_outcomes(ended, _sum(now.unobserved, end.unobserved))
    return structs.replace(row, tokens=Tokens.of(tokens), **counts, **durations)


_COUNTED = ("requests", *(one.field for one in ROW_FIGURES if one.kind == "counter"))


def _sum(one: int | None, other: int | None) -> int | None:
    return one if other is None else other if one is None else one + other


def _latency(now: Latency | None, end: Latency | None, quantity: Quantity) -> Latency | None:
    parts = [one for one in (now, end) if one and one.count]
    if len(parts) < len([one for one in (now, end) if one is not None]) or len(parts) < 2:  # noqa: PLR2004 - a pair
        return parts[0] if parts else now or end
    return from_indicators([_indicator(one, quantity) for one in parts], quantity)


def _indicator(one: Latency, quantity: Quantity) -> Indicator:
    count = one.count or 0
    return Indicator(
        quantity=quantity.name,
        family="",
        value=(one.mean_seconds or 0.0) * count,
        roles={},
        count=count,
        buckets=_buckets(one),
        population=one.population,
    )


def _buckets(one: Latency) -> Buckets | None:
    if not one.buckets:
        return None
    bounds: Sequence[float] = [inf if each.up_to_seconds is None else each.up_to_seconds for each in one.buckets]
    return Buckets(bounds=tuple(bounds), counts=tuple(each.count for each in one.buckets))
