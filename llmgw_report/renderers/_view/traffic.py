"""Traffic per group: requests, tokens, errors, and latency with its source, its population and its n."""

from collections.abc import Callable, Sequence

from llmgw_report.model.report import Report
from llmgw_report.model.sections import Bucket, GroupBy, Latency, Traffic, TrafficRow
from llmgw_report.renderers._view._absence import absences, empty
from llmgw_report.renderers._view._cells import cut, left, right
from llmgw_report.renderers._view.blocks import Block, Cell, Section, Table
from llmgw_report.units import count, moment, ratio, seconds

_GROUPS: dict[GroupBy, str] = {"api-key": "API key", "provider": "Provider", "model": "Model", "all": "Group"}


def section(report: Report) -> Section:
    """Traffic, or why it is not known."""
    return Section("Traffic", "traffic", _blocks(report))


def _blocks(report: Report) -> tuple[Block, ...]:
    found = [traffic for traffic in (report.sections.traffic, report.sections.traffic_window) if traffic]
    if not found:
        return (empty(report, ("traffic",), "metrics", "No traffic was recorded."),)
    return tuple(block for traffic in found for block in _of(report, traffic))


def _of(report: Report, traffic: Traffic) -> tuple[Block, ...]:
    rows, cut_rows = cut(traffic.rows, "groups")
    group = _GROUPS[traffic.group_by]
    when = f"in the last {seconds(report.window.seconds)}" if traffic.basis == "window" else "over the lifetime"
    gaps, latency_gaps = _gaps(report, "traffic", "requests", "tokens", "errors"), _gaps(report, "latency of")
    return (
        _volume(f"Requests, tokens and errors {when}", traffic, group, rows, (*cut_rows, *gaps)),
        _latency(f"Latency {when}", traffic, group, rows, (*cut_rows, *latency_gaps)),
    )


def _volume(caption: str, traffic: Traffic, group: str, rows: Sequence[TrafficRow], notes: tuple[str, ...]) -> Table:
    tokens, errors = ("Input tokens", "Output tokens"), ("Errors", "Client errors", "Server errors", "Error ratio")
    return Table(
        caption,
        (*left(group), *right("Requests", *tokens, *errors)),
        tuple(_volume_row(row) for row in rows),
        _volume_row(traffic.total, "Total"),
        (_basis(traffic), *notes),
    )


def _volume_row(row: TrafficRow, group: str | None = None) -> tuple[Cell, ...]:
    counts = (row.requests, row.input_tokens, row.output_tokens, row.errors, row.client_errors, row.server_errors)
    return (group or row.group, *(count(value) for value in counts), _error_ratio(row))


def _error_ratio(row: TrafficRow) -> str:
    share = ratio(row.error_ratio)
    return share if row.error_base is None or row.error_ratio is None else f"{share} of {count(row.error_base)}"


def _basis(traffic: Traffic) -> str:
    if traffic.basis == "window":
        return f"Counted in the window; source: {traffic.source}."
    since = f"since {moment(traffic.since)}" if traffic.since else "since an unknown time"
    return f"Lifetime totals {since}, not of the window; source: {traffic.source}."


def _gaps(report: Report, *quantities: str) -> tuple[str, ...]:
    return tuple(f"Absent: {name}: {reason.rstrip('.')}." for name, reason in absences(report, *quantities).items())


def _latency(caption: str, traffic: Traffic, group: str, rows: Sequence[TrafficRow], notes: tuple[str, ...]) -> Table:
    named = [*((row.group, row.latency) for row in rows), ("Total", traffic.total.latency)]
    return Table(
        caption,
        (*left(group), *right("p50", "p90", "p99", "Mean", "n")),
        tuple(_latency_row(row.group, row.latency) for row in rows),
        _latency_row("Total", traffic.total.latency),
        (*notes, *_latency_notes(named)),
    )


def _latency_row(group: str, latency: Latency) -> tuple[Cell, ...]:
    return (
        group,
        _percentile(latency.p50_seconds, latency.p50_bucket),
        _percentile(latency.p90_seconds, latency.p90_bucket),
        _percentile(latency.p99_seconds, latency.p99_bucket),
        seconds(latency.mean_seconds),
        count(latency.count),
    )


def _percentile(value: float | None, bucket: Bucket | None) -> str:
    """The bucket stands beside a percentile from a histogram: it is all that the histogram really knows."""
    if bucket is None:
        return seconds(value)
    above = seconds(bucket.above_seconds)
    if bucket.up_to_seconds is None:
        return f"over {above}"
    return f"{seconds(value)} ({above} to {seconds(bucket.up_to_seconds)})"


def _latency_notes(rows: list[tuple[str, Latency]]) -> tuple[str, ...]:
    return (
        *_by_group(rows, _origin),
        *_by_group(rows, lambda latency: f"absent (–): {latency.reason}" if latency.reason else ""),
    )


def _origin(latency: Latency) -> str:
    population = f"; population: {latency.population}" if latency.population else ""
    worst = f"; percentiles are the largest of {latency.worst_of} series" if (latency.worst_of or 0) > 1 else ""
    has_bucket = latency.p50_bucket or latency.p90_bucket or latency.p99_bucket
    inside = "; interpolated inside the bucket in brackets" if has_bucket else ""
    return f"source: {latency.source}{population}{worst}{inside}"


def _by_group(rows: list[tuple[str, Latency]], say: Callable[[Latency], str]) -> tuple[str, ...]:
    """What is said of latency, once for all groups of which it is said."""
    groups: dict[str, list[str]] = {}
    for group, latency in rows:
        groups.setdefault(say(latency), []).append(group)
    groups.pop("", None)
    sentences = {said.rstrip("."): names for said, names in groups.items()}
    if len(groups) == 1 and len(rows) == sum(map(len, groups.values())):
        return tuple(f"{said[0].upper()}{said[1:]}." for said in sentences)
    return tuple(f"{_names(names)}: {said}." for said, names in sentences.items())


def _names(names: list[str], most: int = 5) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
