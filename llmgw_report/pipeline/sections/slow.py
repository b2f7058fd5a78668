"""Requests over the slow limit, with the child span that took longest."""

from llmgw_report.gateways.rows import SlowRow, WindowRow
from llmgw_report.model import instant
from llmgw_report.model.sections import SlowRequest, WindowRows
from llmgw_report.pipeline.measured import Measured


def slow_requests(measured: Measured) -> tuple[SlowRequest, ...]:
    """The slowest of the window, at most `top`."""
    return tuple(_request(row) for row in measured.table("slow_requests", SlowRow) or ())


def slow_count(measured: Measured) -> int | None:
    """How many there are in all; None if the database cannot tell."""
    rows = measured.table("slow_requests", SlowRow)
    return None if rows is None else rows[0].matches if rows else 0


def window_rows(measured: Measured) -> WindowRows:
    """How many rows could have shown something at all."""
    rows = measured.table("window", WindowRow)
    return WindowRows(log_rows=rows[0].log_rows, timed_requests=rows[0].timed_requests) if rows else WindowRows()


def _request(row: SlowRow) -> SlowRequest:
    seconds = row.slowest_span_seconds
    return SlowRequest(
        request_id=row.request_id,
        time=instant.text(row.time_ms),
        duration_seconds=row.duration_seconds,
        slowest_span=row.slowest_span,
        slowest_span_ratio=seconds / row.duration_seconds if seconds is not None else None,
        provider=row.provider,
        model=row.model,
        slowest_span_seconds=seconds,
    )
