"""Intervals and tests of ratios, and how many more requests would decide.

Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927. The
textbook interval p ± z·sqrt(p(1-p)/n) has no width at 0 of 20, which would prove a perfect gateway.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import ceil, erfc, exp, lgamma, log, log1p, sqrt

from llmgw_report.model.finding import Status

#: Two-sided normal quantiles: 95% to pass or warn, 99% to fail.
Z95, Z99 = 1.959963984540054, 2.5758293035489004
#: One-sided error of those intervals.
ONE_SIDED_95, ONE_SIDED_99 = 0.025, 0.005
NEGLIGIBLE = 1e-16
#: From this variance on the exact test agrees with the normal approximation.
LARGE_VARIANCE = 1000
#: Beyond this many requests the logarithms of factorials are too coarse for a difference of them.
LARGEST_EXACT_N = 10**9
#: Halvings of an interval: its end is then exact to the last digit shown. Of a short one fewer are enough.
BISECTION_STEPS, _STEPS_OF_SHORT = 50, 32
#: Beyond its Wilson limit no exact one lies but of the smallest samples.
_FAR_BEYOND = 5.0
#: Beyond it the normal distribution has no probability that a float can hold.
_FARTHEST_POINT = 40.0
#: No verdict rests on fewer requests, whatever came of them.
FEWEST_REQUESTS = 5
#: A total, its only provider and the only model of that have one limit and lack as many requests: to find either takes
#: thirty steps.
_REMEMBERED = 256


def wilson(hits: int, n: int, z: float = Z95) -> tuple[float, float]:
    """Lower and upper end of the Wilson score interval of `hits` of `n`; (0, 1) for n = 0."""
    if n == 0:
        return 0.0, 1.0
    ratio, square = hits / n, z * z
    centre = (ratio + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * sqrt(ratio * (1 - ratio) / n + square / (4 * n * n))
    # Rounding would leave 0 hits with a lower bound of 1e-18 and all hits with one above 1.
    return (0.0 if hits == 0 else max(0.0, centre - half)), (1.0 if hits == n else min(1.0, centre + half))


def normal_point(tail: float) -> float:
    """Beyond which the standard normal distribution has the probability `tail`; `statistics` is slow to import."""
    low, high = -_FARTHEST_POINT, _FARTHEST_POINT
    for _ in range(BISECTION_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if erfc(middle / sqrt(2)) / 2 > tail else (low, middle)
    return high


@lru_cache(_REMEMBERED)
def upper_limit(hits: int, n: int, level: float = 0.05) -> float:
    """One-sided exact upper confidence limit of a ratio: where so few hits have the probability `level`.

    Source: C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits", 1934. With many hits the
    one-sided Wilson limit, which agrees with it.
    """
    if hits >= n:
        return 1.0
    if hits > LARGE_VARIANCE:
        return wilson(hits, n, normal_point(level))[1]
    if n > LARGEST_EXACT_N:  # few hits of very many: only their number matters
        return upper_limit(hits, LARGEST_EXACT_N, level) * LARGEST_EXACT_N / n
    low, high, steps = hits / n, wilson(hits, n, _FAR_BEYOND)[1], _STEPS_OF_SHORT
    if high == 1.0 or _binomial_through(hits, n, high) > level:
        high, steps = 1.0, BISECTION_STEPS
    for _ in range(steps):
        middle = (low + high) / 2
        low, high = (middle, high) if _binomial_through(hits, n, middle) > level else (low, middle)
    return high


def _binomial_through(hits: int, n: int, ratio: float) -> float:
    """Probability of `hits` or fewer of `n`, for fewer than are expected."""
    return binomial_tail(n - hits, n, 1 - ratio)


def growth_p_value(hits: int, n: int, old_hits: int, old_n: int) -> float:
    """Probability of so many of the hits of two samples in the first one, if both had the same true ratio.

    Fisher's exact test, given the sum of the hits: it holds its level however unequal the samples are. Inverting an
    interval of the difference does not: with 20 requests against 100,000 it is wrong 20 times as often as it claims.
    """
    total, found = n + old_n, hits + old_hits
    if not n or not old_n or hits / n <= old_hits / old_n:
        return 1.0
    expected = n * (found / total)
    variance = expected * (1 - found / total) * (old_n / total)
    if variance > LARGE_VARIANCE:
        return erfc((hits - 0.5 - expected) / sqrt(2 * variance)) / 2
    if total > LARGEST_EXACT_N:
        tries, ratio = min(n, found), max(n, found) / total
        # Of very many requests nearly all failed before and now: nothing that could be told apart.
        return 1.0 if ratio >= 1 or tries > LARGEST_EXACT_N else binomial_tail(hits, tries, ratio)
    term = exp(_ways(n, hits) + _ways(old_n, old_hits) - _ways(total, found))
    tail = 0.0
    for count in range(hits, min(n, found) + 1):
        tail += term
        term *= (n - count) / (count + 1) * (found - count) / (old_n - found + count + 1)
        if term < tail * NEGLIGIBLE:
            break
    return min(1.0, tail)


def _ways(n: int, chosen: int) -> float:
    """Logarithm of the number of ways to choose so many of `n`."""
    return lgamma(n + 1) - lgamma(chosen + 1) - lgamma(n - chosen + 1)


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


def proves_above(hits: int, n: int, limit: float, status: Status = "fail") -> bool:
    """Whether as many hits prove a ratio above `limit`, with the confidence that this status requires."""
    return p_value(hits, n, limit) <= (ONE_SIDED_99 if status == "fail" else ONE_SIDED_95)


def binomial_tail(hits: int, n: int, ratio: float) -> float:
    """Probability of `hits` or more of `n`, for more than are expected and a ratio between 0 and 1."""
    if hits > n:
        return 0.0
    term = exp(_ways(n, hits) + hits * log(ratio) + (n - hits) * log1p(-ratio))
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


def wilson_upper(hits: int, n: int) -> float:
    """Upper end of the 95% interval: below a threshold it proves the ratio to be."""
    return wilson(hits, n)[1]


@lru_cache(_REMEMBERED)
def more_needed(
    hits: int, n: int, limit: float, level: float = ONE_SIDED_95, upper: Callable[[int, int], float] = wilson_upper
) -> int | None:
    """How many more requests, at the current ratio, prove it above `limit` at that level or `upper` below it.

    None where the ratio is too close to the limit for a billion requests to decide.
    """
    low, high = n, 10**9
    ratio = hits / n if n else 0.0

    def settled(total: int) -> bool:
        seen = round(ratio * total)
        return p_value(seen, total, limit) <= level or upper(seen, total) < limit

    if not settled(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if settled(middle) else (middle + 1, high)
    return max(1, ceil(low) - n)
