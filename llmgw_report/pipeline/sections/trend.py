"""Requests per bucket with how many failed and how long they took: from rows, else from what a server counted."""

from collections.abc import Iterable, Sequence

from llmgw_report.gateways.rows import TrendRecord
from llmgw_report.messages import msg
from llmgw_report.model import timestamp
from llmgw_report.model.sections import Trend, TrendPoint
from llmgw_report.pipeline.latency import from_sketch
from llmgw_report.pipeline.measure import Measured

#: What percentiles are interpolated in: those of counters, and those of rows.
HISTOGRAM = msg("the buckets of a histogram")
_SKETCH = msg("a sketch of the durations of successes, ten buckets per power of ten")


def trend(measured: Measured) -> Trend | None:
    """Every bucket of the trend window, the empty ones as 0; None if no rows could be read."""
    rows, windows = measured.table("trend", TrendRecord), measured.windows
    if rows is None and measured.per_bucket:
        return _counted(measured)
    if rows is None:
        return None
    counted = {row.bucket: row for row in rows}
    # A bucket without a row is empty in every column that other rows fill.
    none = TrendRecord(bucket=0, requests=0, errors=_zero(rows, "errors"), error_rows=_zero(rows, "error_rows"))
    buckets = -(-(windows.until_ms - windows.trend_since_ms) // windows.bucket_ms)
    points = tuple(_point(windows.trend_since_ms + i * windows.bucket_ms, counted.get(i, none)) for i in range(buckets))
    return Trend(
        source=measured.title("trend"),
        bucket_seconds=windows.bucket_ms / 1000,
        points=points,
        trusted="yes",
        latency_source=latency_source(points, _SKETCH),
    )


def _counted(measured: Measured) -> Trend:
    """The trend of a server, which counts requests when they end."""
    windows = measured.windows
    known = next((place for place, one in enumerate(measured.per_bucket) if one.known), len(measured.per_bucket))
    points = tuple(
        TrendPoint(
            time=timestamp.text(windows.trend_since_ms + i * windows.bucket_ms),
            requests=one.requests,
            errors=one.outcomes.service + one.outcomes.unattributed,
        ).with_latency(one.latency)
        for i, one in enumerate(measured.per_bucket)
        if i >= known  # what a server does not reach back to is not 0
    )
    return Trend(
        source=msg("metrics"),
        bucket_seconds=windows.bucket_ms / 1000,
        points=points,
        trusted="yes",
        latency_source=latency_source(points, HISTOGRAM),
    )


def latency_source(points: Iterable[TrendPoint], source: str) -> str | None:
    """What percentiles of the points are interpolated in; None where they have none."""
    return source if any(point.percentiles for point in points) else None


def _point(since_ms: int, row: TrendRecord) -> TrendPoint:
    point = TrendPoint(
        time=timestamp.text(since_ms),
        requests=row.requests,
        errors=row.errors,
        error_rows=row.error_rows,
        timed=row.timed,
        mean_seconds=row.mean_seconds,
    )
    return point.with_latency(from_sketch(row.buckets)) if row.buckets else point


def _zero(rows: Sequence[TrendRecord], column: str) -> int | None:
    return 0 if any(getattr(row, column) is not None for row in rows) else None
