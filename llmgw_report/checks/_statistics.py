"""Intervals and tests of ratios and quantiles, and how many more requests would decide.

Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927. The
textbook interval p ± z·sqrt(p(1-p)/n) has no width at 0 of 20, which would prove a perfect gateway.
"""

from collections.abc import Sequence
from enum import Enum
from math import ceil, erfc, exp, lgamma, log, log1p, sqrt

from llmgw_report.model.sections import BucketCount, Latency

#: Two-sided normal quantiles: 95% to pass or warn, 99% to fail.
Z95, Z99 = 1.959963984540054, 2.5758293035489004
#: One-sided error of those intervals.
ONE_SIDED_95, ONE_SIDED_99 = 0.025, 0.005
NEGLIGIBLE = 1e-16
#: From this variance on the exact test agrees with the normal approximation.
LARGE_VARIANCE = 1000


def wilson(hits: int, n: int, z: float = Z95) -> tuple[float, float]:
    """Lower and upper end of the Wilson score interval of `hits` of `n`; (0, 1) for n = 0."""
    if n == 0:
        return 0.0, 1.0
    ratio, square = hits / n, z * z
    centre = (ratio + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * sqrt(ratio * (1 - ratio) / n + square / (4 * n * n))
    # Rounding would leave 0 hits with a lower bound of 1e-18 and all hits with one above 1.
    return (0.0 if hits == 0 else max(0.0, centre - half)), (1.0 if hits == n else min(1.0, centre + half))


def p_value(hits: int, n: int, limit: float) -> float:
    """Probability of as many hits or more if the true ratio were `limit`: the larger one of two tests.

    One is the score test, which Wilson's interval inverts, so that it agrees with the interval that is shown. The other
    is the exact binomial test with mid-p: where few hits are expected the score test alone would find 2 of 50 too many
    for 1%, which happens by chance once in eleven.
    """
    if not n or hits / n <= limit:
        return 1.0
    spread = sqrt(limit * (1 - limit) / n)
    if not spread:
        return 0.0
    if n * limit * (1 - limit) > LARGE_VARIANCE:
        return erfc((hits / n - limit) / spread / sqrt(2)) / 2
    exact = (binomial_tail(hits, n, limit) + binomial_tail(hits + 1, n, limit)) / 2
    return max(erfc((hits / n - limit) / spread / sqrt(2)) / 2, exact)


def binomial_tail(hits: int, n: int, ratio: float) -> float:
    """Probability of `hits` or more of `n`, for more than are expected and a ratio between 0 and 1."""
    if hits > n:
        return 0.0
    term = exp(lgamma(n + 1) - lgamma(hits + 1) - lgamma(n - hits + 1) + hits * log(ratio) + (n - hits) * log1p(-ratio))
    total = 0.0
    for count in range(hits, n + 1):
        total += term
        term *= (n - count) / (count + 1) * ratio / (1 - ratio)
        if term < total * NEGLIGIBLE:
            break
    return min(1.0, total)


def holm(p_values: Sequence[float], level: float) -> list[bool]:
    """Which of several hypotheses are rejected, with a family-wise error rate of at most `level`.

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
    """`holm` where a hypothesis without a threshold has no p-value: it is not rejected and not counted."""
    asked = [place for place, p in enumerate(p_values) if p is not None]
    rejected = dict(zip(asked, holm([p for p in p_values if p is not None], level), strict=True))
    return [rejected.get(place, False) for place in range(len(p_values))]


def more_needed(hits: int, n: int, limit: float, level: float = ONE_SIDED_95) -> int | None:
    """How many more requests, at the current ratio, prove it above `limit` at that level or below it at 95%.

    None where the ratio is too close to the limit for a billion requests to decide.
    """
    low, high = n, 10**9
    ratio = hits / n if n else 0.0

    def settled(total: int) -> bool:
        seen = round(ratio * total)
        return p_value(seen, total, limit) <= level or wilson(seen, total)[1] < limit

    if not settled(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if settled(middle) else (middle + 1, high)
    return max(1, ceil(low) - n)


#: The ratio of requests that may take longer than the p99.
BEYOND_P99 = 0.01


class Undecided(Enum):
    """Why a p99 is not known to lie below a threshold."""

    BUCKET = "bucket resolution: the threshold lies inside the bucket that contains the p99"
    TOO_FEW = "too few requests: the threshold lies inside the 95% interval"


def p99_p_value(latency: Latency, limit: float) -> float:
    """Probability of a p99 so far above the limit by chance; 0 or 1 for a summary, which has only the value.

    At a bucket's bound the count is exact; a value interpolated between two bounds is an estimate.
    """
    if not latency.buckets:
        low = _either(latency.p99.low_seconds, latency.p99.seconds)
        return 0.0 if low > limit else 1.0
    n = latency.buckets[-1].count
    after = min((one for one in latency.buckets if _bound(one) >= limit), key=_bound)
    by_buckets = p_value(n - after.count, n, BEYOND_P99)
    ordered = latency.p99.low_seconds is not None and latency.p99.low_seconds > limit
    return min(by_buckets, ONE_SIDED_95) if ordered else by_buckets


def p99_upper(latency: Latency) -> float:
    """Upper end of the 95% interval of the p99, rounded up to a bound where there are only buckets; may be infinite."""
    ends = [float("inf")]
    if latency.p99.high_seconds is not None or not latency.buckets:
        ends.append(_either(latency.p99.high_seconds, latency.p99.seconds))
    if latency.buckets:
        n = latency.buckets[-1].count
        ends += [_bound(one) for one in latency.buckets if wilson(n - one.count, n)[1] < BEYOND_P99]
    return min(ends)


def slower_than(latency: Latency, limit: float) -> tuple[int, int] | None:
    """How many requests took longer than the highest bound up to the limit, of how many; None without such a bound."""
    before = max((one for one in latency.buckets if _bound(one) <= limit), key=_bound, default=None)
    return (latency.buckets[-1].count - before.count, latency.buckets[-1].count) if before else None


def undecided(latency: Latency, limit: float) -> Undecided:
    """Why the p99 is neither above nor below the limit."""
    if not latency.buckets or latency.p99.low_seconds is not None:
        return Undecided.TOO_FEW
    n = latency.buckets[-1].count
    before = max((one for one in latency.buckets if _bound(one) <= limit), key=_bound, default=None)
    after = min((one for one in latency.buckets if _bound(one) >= limit), key=_bound)
    holds = (before.count if before else 0) < (1 - BEYOND_P99) * n <= after.count
    return Undecided.BUCKET if holds and before is not after else Undecided.TOO_FEW


def _either(first: float | None, second: float | None) -> float:
    return first if first is not None else second or 0.0


def _bound(bucket: BucketCount) -> float:
    return float("inf") if bucket.up_to_seconds is None else bucket.up_to_seconds
