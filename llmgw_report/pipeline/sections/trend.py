"""Requests per bucket, from rows: the only witness with a time for each request."""

from llmgw_report.gateways.rows import TrendRow
from llmgw_report.model import timestamp
from llmgw_report.model.sections import Trend, TrendPoint
from llmgw_report.pipeline.measure import Measured


def trend(measured: Measured) -> Trend | None:
    """Every bucket of the trend window, the empty ones as 0; None if no rows could be read."""
    rows = measured.table("trend", TrendRow)
    if rows is None:
        return None
    span = measured.windows
    counted = {row.bucket: row for row in rows}
    # A bucket without a row is empty in every column that other rows fill.
    none = TrendRow(bucket=0, requests=0, errors=_zero(rows, "errors"), error_rows=_zero(rows, "error_rows"))
    buckets = -(-(span.until_ms - span.trend_since_ms) // span.bucket_ms)
    return Trend(
        source=measured.title("trend"),
        bucket_seconds=span.bucket_ms / 1000,
        points=tuple(_point(span.trend_since_ms + i * span.bucket_ms, counted.get(i, none)) for i in range(buckets)),
        trusted="yes",
    )


def _point(since_ms: int, row: TrendRow) -> TrendPoint:
    return TrendPoint(
        time=timestamp.text(since_ms), requests=row.requests, errors=row.errors, error_rows=row.error_rows
    )


def _zero(rows: tuple[TrendRow, ...], column: str) -> int | None:
    return 0 if any(getattr(row, column) is not None for row in rows) else None
