"""On which side of a limit the 99th percentile lies, as far as the data can tell."""

from enum import Enum

from llmgw_report.checks._interval import ONE_SIDED_95, p_value, wilson
from llmgw_report.model.traffic import BucketCount, Latency

#: The share of requests that may take longer.
BEYOND = 0.01


class Range(Enum):
    """Why it is not known to lie below a limit."""

    BETWEEN_BOUNDS = "bucket resolution: the limit lies inside the bucket that holds it"
    TOO_FEW = "too few requests: the limit lies inside the 95 % interval"


def chance(latency: Latency, limit: float) -> float:
    """How likely chance alone puts it so far above the limit; a summary's value is all there is, and no chance.

    At a bound the share of requests is exact; a value interpolated between two bounds is a guess.
    """
    if not latency.buckets:
        low = _either(latency.p99_low_seconds, latency.p99_seconds)
        return 0.0 if low > limit else 1.0
    n = latency.buckets[-1].count
    after = min((one for one in latency.buckets if _bound(one) >= limit), key=_bound)
    by_buckets = p_value(n - after.count, n, BEYOND)
    ordered = latency.p99_low_seconds is not None and latency.p99_low_seconds > limit
    return min(by_buckets, ONE_SIDED_95) if ordered else by_buckets


def highest(latency: Latency) -> float:
    """The upper end of its 95 % interval, at the bound above it where there are only buckets; may be infinite."""
    ends = [float("inf")]
    if latency.p99_high_seconds is not None or not latency.buckets:
        ends.append(_either(latency.p99_high_seconds, latency.p99_seconds))
    if latency.buckets:
        n = latency.buckets[-1].count
        ends += [_bound(one) for one in latency.buckets if wilson(n - one.count, n)[1] < BEYOND]
    return min(ends)


def beyond(latency: Latency, limit: float) -> tuple[int, int] | None:
    """How many requests took longer than the nearest bound up to the limit, of how many; None without one."""
    before = max((one for one in latency.buckets if _bound(one) <= limit), key=_bound, default=None)
    return (latency.buckets[-1].count - before.count, latency.buckets[-1].count) if before else None


def why(latency: Latency, limit: float) -> Range:
    """What keeps it from being decided."""
    if not latency.buckets or latency.p99_low_seconds is not None:
        return Range.TOO_FEW
    n = latency.buckets[-1].count
    before = max((one for one in latency.buckets if _bound(one) <= limit), key=_bound, default=None)
    after = min((one for one in latency.buckets if _bound(one) >= limit), key=_bound)
    holds = (before.count if before else 0) < (1 - BEYOND) * n <= after.count
    return Range.BETWEEN_BOUNDS if holds and before is not after else Range.TOO_FEW


def _either(first: float | None, second: float | None) -> float:
    return first if first is not None else second or 0.0


def _bound(bucket: BucketCount) -> float:
    return float("inf") if bucket.up_to_seconds is None else bucket.up_to_seconds
