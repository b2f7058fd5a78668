"""When failures began that were there already at the beginning of the window, by the trend before it."""

from collections.abc import Sequence

from llmgw_report.checks._statistics import Z95, wilson
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import TrendPoint


def before_window(snapshot: Snapshot, threshold: float) -> str | None:
    """The time of the bucket with which failures above the threshold began; None where the trend does not show it.

    Back from the window, up to a stretch that proves the ratio below the threshold. Where the trend begins first, or
    does not record failures, the beginning is not known.
    """
    trend = snapshot.sections.trend
    earlier = [one for one in trend.points if one.time < snapshot.window.since] if trend else []
    began, clean = None, list[TrendPoint]()
    for point in reversed(earlier):
        failed = _failed(point)
        if failed is None:
            return None
        if point.requests and failed > threshold * point.requests:
            began, clean = point.time, []
            continue
        clean.append(point)
        if _is_proven(clean, threshold):
            return began
    return None


def _failed(point: TrendPoint) -> int | None:
    """Failed requests, or the rows of errors where a log has nothing else; a request may write several."""
    if point.errors is not None:
        return point.errors
    return None if point.error_rows is None else min(point.error_rows, point.requests)


def _is_proven(points: Sequence[TrendPoint], threshold: float) -> bool:
    failed, n = sum(_failed(one) or 0 for one in points), sum(one.requests for one in points)
    return n > 0 and wilson(failed, n, Z95)[1] <= threshold
