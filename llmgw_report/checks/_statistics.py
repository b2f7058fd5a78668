"""The Wilson score interval of a share, and how many more requests would settle a question.

Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927. The
textbook interval p ± z·sqrt(p(1-p)/n) has no width at 0 of 20, which would prove a perfect gateway.
"""

from collections.abc import Sequence
from enum import Enum
from math import ceil, erfc, exp, lgamma, log, log1p, sqrt

from llmgw_report.model.sections import BucketCount, Latency

#: Two-sided normal quantiles. 95 % to pass or warn, 99 % to fail.
Z95, Z99 = 1.959963984540054, 2.5758293035489004
#: What one side of those intervals leaves out.
ONE_SIDED_95, ONE_SIDED_99 = 0.025, 0.005
NEGLIGIBLE = 1e-16
#: From this variance on both tests say the same.
MANY = 1000


def wilson(hits: int, n: int, z: float = Z95) -> tuple[float, float]:
    """Lower and upper bound of the share of which `hits` of `n` were seen; (0, 1) for n = 0."""
    if n == 0:
        return 0.0, 1.0
    share, square = hits / n, z * z
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * sqrt(share * (1 - share) / n + square / (4 * n * n))
    # Rounding would leave 0 hits with a lower bound of 1e-18 and all hits with one above 1.
    return (0.0 if hits == 0 else max(0.0, centre - half)), (1.0 if hits == n else min(1.0, centre + half))


def p_value(hits: int, n: int, limit: float) -> float:
    """Chance of as many hits or more if the true share were `limit`: of two tests the one that is harder to pass.

    The test that Wilson's interval inverts, so that the interval which is shown agrees, and the exact binomial one
    with half of the chance of just as many (mid-p): where few hits are expected, the former calls 2 of 50 too many
    for 1 %, which chance does once in eleven.
    """
    if not n or hits / n <= limit:
        return 1.0
    spread = sqrt(limit * (1 - limit) / n)
    if not spread:
        return 0.0
    if n * limit * (1 - limit) > MANY:
        return erfc((hits / n - limit) / spread / sqrt(2)) / 2
    exact = (binomial_tail(hits, n, limit) + binomial_tail(hits + 1, n, limit)) / 2
    return max(erfc((hits / n - limit) / spread / sqrt(2)) / 2, exact)


def binomial_tail(hits: int, n: int, share: float) -> float:
    """Chance of `hits` or more of `n`, for more than are expected and a share between 0 and 1."""
    if hits > n:
        return 0.0
    term = exp(lgamma(n + 1) - lgamma(hits + 1) - lgamma(n - hits + 1) + hits * log(share) + (n - hits) * log1p(-share))
    total = 0.0
    for count in range(hits, n + 1):
        total += term
        term *= (n - count) / (count + 1) * share / (1 - share)
        if term < total * NEGLIGIBLE:
            break
    return min(1.0, total)


def holm(p_values: Sequence[float], level: float) -> list[bool]:
    """Which of several hypotheses are rejected so that all of them together err with chance `level` at most.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure", 1979. Testing each of 30
    instances at 2.5 % would call a healthy one bad in every second report.
    """
    rejected = [False] * len(p_values)
    for tried, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        if p_values[place] > level / (len(p_values) - tried):
            break
        rejected[place] = True
    return rejected


def exceeding(p_values: Sequence[float | None], level: float) -> list[bool]:
    """The same, where what has no limit has no p-value: it is not rejected, and costs the others nothing."""
    asked = [place for place, p in enumerate(p_values) if p is not None]
    rejected = dict(zip(asked, holm([p for p in p_values if p is not None], level), strict=True))
    return [rejected.get(place, False) for place in range(len(p_values))]


def more_needed(hits: int, n: int, limit: float, level: float = ONE_SIDED_95) -> int | None:
    """How many more requests, at the present share, until it is above `limit` at that level, or 95 % bounds below it.

    None where the share is too near the limit for any number up to a billion to tell.
    """
    low, high = n, 10**9
    share = hits / n if n else 0.0

    def settled(total: int) -> bool:
        seen = round(share * total)
        return p_value(seen, total, limit) <= level or wilson(seen, total)[1] < limit

    if not settled(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if settled(middle) else (middle + 1, high)
    return max(1, ceil(low) - n)


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
        low = _either(latency.p99.low_seconds, latency.p99.seconds)
        return 0.0 if low > limit else 1.0
    n = latency.buckets[-1].count
    after = min((one for one in latency.buckets if _bound(one) >= limit), key=_bound)
    by_buckets = p_value(n - after.count, n, BEYOND)
    ordered = latency.p99.low_seconds is not None and latency.p99.low_seconds > limit
    return min(by_buckets, ONE_SIDED_95) if ordered else by_buckets


def highest(latency: Latency) -> float:
    """The upper end of its 95 % interval, at the bound above it where there are only buckets; may be infinite."""
    ends = [float("inf")]
    if latency.p99.high_seconds is not None or not latency.buckets:
        ends.append(_either(latency.p99.high_seconds, latency.p99.seconds))
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
    if not latency.buckets or latency.p99.low_seconds is not None:
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
