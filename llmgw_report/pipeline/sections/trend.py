"""Requests per bucket, from rows: the only witness with a time for each request."""

from llmgw_report.gateways.rows import TrendRow
from llmgw_report.model import instant
from llmgw_report.model.sections import Trend, TrendPoint
from llmgw_report.pipeline.measured import Measured


def trend(measured: Measured) -> Trend | None:
    """Every bucket of the trend window, the empty ones as 0; None if no rows could be read."""
    rows = measured.table("trend", TrendRow)
    if rows is None:
        return None
    span = measured.span
    counted = {row.bucket: row.requests for row in rows}
    buckets = -(-(span.until_ms - span.trend_since_ms) // span.bucket_ms)
    return Trend(
        source=measured.title("trend"),
        bucket_seconds=span.bucket_ms / 1000,
        points=tuple(
            TrendPoint(time=instant.text(span.trend_since_ms + i * span.bucket_ms), requests=counted.get(i, 0))
            for i in range(buckets)
        ),
        trusted="yes",
    )
