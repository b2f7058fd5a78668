"""Latency per group, with its source, its population and its n."""

from collections.abc import Sequence

from llmgw_report.model.traffic import Bucket, Latency, Traffic, TrafficRow
from llmgw_report.renderers._view._cells import left, right
from llmgw_report.renderers._view._groups import by_group
from llmgw_report.renderers._view.blocks import Cell, Table
from llmgw_report.units import count, seconds


def table(caption: str, traffic: Traffic, group: str, rows: Sequence[TrafficRow], notes: tuple[str, ...]) -> Table:
    """Latency of `rows` and of the total; `notes` come before those on source, population and what is absent."""
    named = [*((row.group, row.latency) for row in rows), ("Total", traffic.total.latency)]
    return Table(
        caption,
        (*left(group), *right("p50", "p90", "p99", "Mean", "n")),
        tuple(_row(row.group, row.latency) for row in rows),
        _row("Total", traffic.total.latency),
        (*notes, *_notes(named)),
    )


def _row(group: str, latency: Latency) -> tuple[Cell, ...]:
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


def _notes(rows: list[tuple[str, Latency]]) -> tuple[str, ...]:
    return (
        *by_group((group, _origin(latency)) for group, latency in rows),
        *by_group((group, _absence(latency)) for group, latency in rows),
    )


def _absence(latency: Latency) -> str:
    return f"absent (–): {latency.reason}" if latency.reason else ""


def _origin(latency: Latency) -> str:
    if latency.source == "none":
        return ""
    population = f"; population: {latency.population}" if latency.population else ""
    worst = f"; percentiles are the largest of {latency.worst_of} series" if (latency.worst_of or 0) > 1 else ""
    has_bucket = latency.p50_bucket or latency.p90_bucket or latency.p99_bucket
    inside = "; interpolated inside the bucket in brackets" if has_bucket else ""
    return f"source: {latency.source}{population}{worst}{inside}"
