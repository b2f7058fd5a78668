"""The counters of one scrape that a later run subtracts: as `--history` keeps them, and as the document lists them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from llmgw_report.model.outcomes import DIMENSIONS, OutcomeCell, OutcomeCounts, Outcomes, subject_key
from llmgw_report.model.quantities import ROW_FIGURES
from llmgw_report.model.report import CounterValue, Snapshot
from llmgw_report.model.sections import InstanceRow, Latency, Sections, Totals, TrafficRow
from llmgw_report.pipeline import carry

if TYPE_CHECKING:
    from llmgw_report.history.runs import Reading

Named = tuple[str, dict[str, str], float]
"""A quantity, its labels and its value."""

_COUNTED = tuple(one for one in ROW_FIGURES if one.kind == "counter")


def kept(sections: Sections) -> "Reading":
    """The totals of the scrape, by every subject that is evaluated."""
    from llmgw_report.history.runs import Reading  # most runs remember nothing

    traffic, outcomes, instances = _totals(sections)
    return Reading(traffic=traffic, outcomes=outcomes, instances=instances)


def _totals(sections: Sections) -> tuple[Totals | None, Outcomes | None, tuple[InstanceRow, ...]]:
    instances = tuple(one for one in sections.instances if one.source == "metrics")
    return carry.lifetime(sections.lifetime_traffic), sections.lifetime_outcomes, instances


def listed(snapshot: Snapshot) -> tuple[CounterValue, ...]:
    """The same, a line each; none of a server, which says what was counted in a window."""
    if not any(one.kind == "metrics" and one.status == "ok" for one in snapshot.inputs):
        return ()
    found = _every(*_totals(snapshot.sections))
    return tuple(CounterValue(quantity=quantity, labels=labels, value=value) for quantity, labels, value in found)


def _every(traffic: Totals | None, outcomes: Outcomes | None, instances: Iterable[InstanceRow]) -> Iterator[Named]:
    if traffic:
        yield from _traffic(traffic)
    if outcomes:
        yield from _outcomes(outcomes)
    for row in instances:
        yield from _instance(row)


def _traffic(totals: Totals) -> Iterator[Named]:
    yield from _row(totals.total, {})
    if totals.group_by != "all":
        for row in totals.rows:
            yield from _row(row, {totals.group_by: row.group})


def _row(row: TrafficRow, labels: dict[str, str]) -> Iterator[Named]:
    if row.requests is not None:
        yield "requests", labels, row.requests
    for name, value in row.tokens.recorded.items():
        yield "tokens", labels | {"token-type": name}, value
    for one in _COUNTED:
        if one.field in row.figures:
            yield one.name, labels, row.figures[one.field]
    for name, latency in row.durations.items():
        yield from _distribution(name, latency, labels)


def _distribution(name: str, latency: Latency, labels: dict[str, str]) -> Iterator[Named]:
    """Its parts by the names that the exposition format has for them."""
    if latency.count is None:
        return
    yield f"{name}-count", labels, latency.count
    if latency.mean_seconds is not None:
        yield f"{name}-sum", labels, latency.mean_seconds * latency.count
    for one in latency.buckets:
        limit = "+Inf" if one.up_to_seconds is None else f"{one.up_to_seconds!r}".removesuffix(".0")
        yield f"{name}-bucket", labels | {"le": limit}, one.count


def _outcomes(found: Outcomes) -> Iterator[Named]:
    for one in found.subjects:
        yield from _ended(one.counted, one.subject, one.outcomes)
        if one.unobserved:
            yield one.counted, one.subject | {"outcome": "unobserved"}, one.unobserved
    subjects = {subject_key(one.subject) for one in found.subjects}
    for cell in found.cells:
        names = _names(cell)
        if subject_key(names) not in subjects:
            yield from _ended(found.total().counted, names, cell.outcomes)


def _names(cell: OutcomeCell) -> dict[str, str]:
    named = ((name, getattr(cell, name.replace("-", "_"))) for name in DIMENSIONS)
    return {name: value for name, value in named if value is not None}


def _ended(quantity: str, labels: Mapping[str, str], outcomes: OutcomeCounts) -> Iterator[Named]:
    for outcome, n in outcomes.recorded.items():
        yield quantity, {**labels, "outcome": outcome}, n


def _instance(row: InstanceRow) -> Iterator[Named]:
    for status, n in row.by_status.items():
        yield "attempts", {"provider": row.provider, "instance": row.instance, "status": status}, n
