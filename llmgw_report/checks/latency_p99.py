"""Duration of the slowest hundredth of requests.

Measured: the 99th percentile of request duration, in total; from a histogram the bucket that holds it, from
rows the nearest rank, from summaries the worst series. Unit: s.

Why it matters: one request in a hundred waits at least this long; with several calls per page most users meet it.

What to do: see which group of the traffic table is slowest and compare its n; then the slow requests with
their spans.

How it can be wrong: failures and streams may be missing from it, see the coverage table; a summary tells only
its last minute.
"""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._finding import finding, skip, unknown
from llmgw_report.model.finding import Category, Finding
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import Latency
from llmgw_report.model.status import Status
from llmgw_report.model.threshold import Threshold

CATEGORY: Category = "latency"
DEFAULT = Threshold(warn=10.0, fail=30.0)
NEVER = float("inf")


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """The total's p99; a limit inside the bucket that holds it cannot be judged."""
    traffic = snapshot.sections.traffic
    if traffic is None:
        yield from skip("no requests were counted")
        return
    latency = traffic.total.latency
    if latency.p99_seconds is None and latency.p99_bucket is None:
        yield from unknown(latency.reason or "no 99th percentile", n=latency.count)
        return
    low, high = _range(latency)
    status, limit = _verdict(low, high, threshold)
    reason = "the limit lies inside the bucket that holds it" if status == "unknown" else None
    seen = f"p99 {_text(low, high)} over {units.count(latency.count)} requests ({latency.population}, {latency.source})"
    yield finding(status, seen, observed=low, operator="above", limit=limit, unit="s", n=latency.count, reason=reason)


def _range(latency: Latency) -> tuple[float, float]:
    bucket = latency.p99_bucket
    if bucket:
        return bucket.above_seconds, NEVER if bucket.up_to_seconds is None else bucket.up_to_seconds
    value = latency.p99_seconds or 0.0
    return value, value


def _verdict(low: float, high: float, threshold: Threshold) -> tuple[Status, float | None]:
    """A bucket above a limit is over it, one that ends at it is not; across it nobody can tell."""
    bounds: tuple[tuple[Status, float | None], ...] = (("fail", threshold.fail), ("warn", threshold.warn))
    for status, limit in bounds:
        if limit is not None and (low >= limit if high > low else low > limit):
            return status, limit
        if limit is not None and high > limit:
            return "unknown", limit
    return "pass", threshold.warn if threshold.warn is not None else threshold.fail


def _text(low: float, high: float) -> str:
    if high == NEVER:
        return f"above {units.seconds(low)}"
    return units.seconds(low) if low == high else f"between {units.seconds(low)} and {units.seconds(high)}"
