"""The Wilson score interval of a share, and how many more requests would settle a question.

Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927. The
textbook interval p ± z·sqrt(p(1-p)/n) has no width at 0 of 20, which would prove a perfect gateway.
"""

from collections.abc import Sequence
from math import ceil, erfc, sqrt

#: Two-sided normal quantiles. 95 % to pass or warn, 99 % to fail.
Z95, Z99 = 1.959963984540054, 2.5758293035489004
#: What one side of those intervals leaves out.
ONE_SIDED_95, ONE_SIDED_99 = 0.025, 0.005


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
    """Chance of as many hits or more if the true share were `limit`: the test that Wilson's interval inverts."""
    spread = sqrt(limit * (1 - limit) / n) if n else 0.0
    if not spread:
        return 1.0 if not n or hits / n <= limit else 0.0
    return erfc((hits / n - limit) / spread / sqrt(2)) / 2


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


def more_needed(hits: int, n: int, limit: float) -> int | None:
    """How many more requests, at the present share, until 95 % bounds lie on one side of `limit`.

    None where the share is too near the limit for any number up to a billion to tell.
    """
    low, high = n, 10**9
    share = hits / n if n else 0.0

    def settled(total: int) -> bool:
        lower, upper = wilson(round(share * total), total)
        return lower > limit or upper < limit

    if not settled(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if settled(middle) else (middle + 1, high)
    return max(1, ceil(low) - n)
