"""Counts the requests that took longer than a limit: a p99 above it means that more than one in a hundred did.

At the end of a bucket the count is exact, and elsewhere the bucket contains it. A value of known rank, which sorted
rows have, limits it as well. The quantiles of a summary count nothing.
"""

from collections.abc import Iterator
from enum import Enum
from math import ceil, inf, sqrt

from msgspec import Struct

from llmgw_report.checks._statistics import p_value, upper_limit
from llmgw_report.model.quantities import PERCENTILES
from llmgw_report.model.sections import Latency

#: The ratio of requests that may take longer than the p99.
BEYOND_P99 = 0.01


class Slower(Struct, frozen=True):
    """Of `n` requests, at least and at most so many took longer than a limit."""

    at_least: int
    at_most: int
    n: int


class Undecided(Enum):
    """Why a p99 is not known to lie below a threshold."""

    BUCKET = "bucket resolution: the threshold lies inside the bucket that contains the p99"
    TOO_FEW = "too few requests: the threshold lies inside the 95% interval"


def slower_than(latency: Latency, limit: float) -> Slower:
    """What buckets and ranks reveal of the requests beyond a limit; 0 to all of them where there are neither."""
    n = observations(latency)
    least, most = 0, n
    for bound, through in _bounds(latency):
        least = max(least, n - through) if bound >= limit else least
        most = min(most, n - through) if bound <= limit else most
    for seconds, rank in _ranks(latency, n):
        least = max(least, n - rank + 1) if seconds > limit else least
        most = min(most, n - rank) if seconds <= limit else most
    return Slower(least, most, n)


def observations(latency: Latency) -> int:
    """The size of the sample; 0 for a summary, whose quantiles are of an unknown number of requests."""
    if latency.buckets:
        return latency.buckets[-1].count
    return (latency.count or 0) if latency.source == "rows" else 0


def p99_p_value(latency: Latency, limit: float) -> float:
    """Probability of so many slower requests by chance, if the p99 were the limit."""
    slower = slower_than(latency, limit)
    return p_value(slower.at_least, slower.n, BEYOND_P99)


def p99_upper(latency: Latency) -> float:
    """The 95% upper confidence limit of the p99, at a duration whose count is known; may be infinite."""
    known = {bound for bound, _ in _bounds(latency)} | {
        seconds for seconds, _ in _ranks(latency, observations(latency))
    }
    for seconds in sorted(known):
        slower = slower_than(latency, seconds)
        if upper_limit(slower.at_most, slower.n) < BEYOND_P99:
            return seconds
    return inf


def undecided(latency: Latency, limit: float) -> Undecided:
    """Why the p99 is neither above nor below the limit."""
    slower = slower_than(latency, limit)
    inside = slower.at_least <= BEYOND_P99 * slower.n < slower.at_most
    return Undecided.BUCKET if inside and latency.source != "rows" else Undecided.TOO_FEW


def _bounds(latency: Latency) -> Iterator[tuple[float, int]]:
    """Upper ends of the buckets, and how many requests took no longer."""
    for one in latency.buckets:
        yield (inf if one.up_to_seconds is None else one.up_to_seconds), one.count


def _ranks(latency: Latency, n: int) -> Iterator[tuple[float, int]]:
    """Durations of rows, and their places among the sorted ones; only these are observed and not interpolated."""
    if latency.source != "rows":
        return
    around, half = (1 - BEYOND_P99) * n, sqrt(BEYOND_P99 * (1 - BEYOND_P99) * n) * 1.96
    places = {name: (one.seconds, ceil(PERCENTILES[name].ratio * n)) for name, one in latency.percentiles.items()}
    places["low"] = latency.p99.low_seconds, max(1, int(around - half))
    places["high"] = latency.p99.high_seconds, min(n, int(around + half) + 2)
    for seconds, rank in places.values():
        if seconds is not None:
            yield seconds, rank
