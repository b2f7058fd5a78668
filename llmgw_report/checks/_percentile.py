"""On which side of a limit the 99th percentile lies, as far as the data can tell."""

from enum import Enum

from llmgw_report.checks._interval import wilson
from llmgw_report.model.message import say
from llmgw_report.model.traffic import BucketCount, Latency

SHARE = 0.99


class Range(Enum):
    """The percentile's side of a limit; the undecided ones say why."""

    ABOVE = "above"
    BELOW = "below"
    BETWEEN_BOUNDS = say("bucket resolution: the limit lies inside the bucket that holds it")
    TOO_FEW = say("too few requests: the limit lies inside the 95 % interval")


def place(latency: Latency, limit: float) -> Range:
    """By buckets, else by order statistics, else by the value itself, which is all a summary gives."""
    if latency.buckets:
        return _by_buckets(latency.buckets, limit)
    value = latency.p99_seconds or 0.0
    low = latency.p99_low_seconds if latency.p99_low_seconds is not None else value
    high = latency.p99_high_seconds if latency.p99_high_seconds is not None else value
    if low > limit:
        return Range.ABOVE
    return Range.BELOW if high <= limit else Range.TOO_FEW


def _by_buckets(buckets: tuple[BucketCount, ...], limit: float) -> Range:
    """Above if fewer than 99 % are through even at the bound after the limit, below if more are at the one before.

    At a bound the share of requests is exact; a value interpolated between two bounds is a guess.
    """
    n = buckets[-1].count
    before = max((one for one in buckets if _bound(one) <= limit), key=_bound, default=None)
    after = min((one for one in buckets if _bound(one) >= limit), key=_bound)
    if wilson(after.count, n)[1] < SHARE and after.up_to_seconds is not None:
        return Range.ABOVE
    if before and wilson(before.count, n)[0] > SHARE:
        return Range.BELOW
    holds = (before.count if before else 0) < SHARE * n <= after.count
    return Range.BETWEEN_BOUNDS if holds and before is not after else Range.TOO_FEW


def _bound(bucket: BucketCount) -> float:
    return float("inf") if bucket.up_to_seconds is None else bucket.up_to_seconds
