"""Whether one sample lies higher than another, whatever its shape: by ranks, and by the shares beyond each bound.

Source: H. B. Mann and D. R. Whitney, "On a test of whether one of two random variables is stochastically larger
than the other", 1947. Durations are known by bucket only; those of one bucket are ties, for which the variance
is corrected as in E. L. Lehmann, "Nonparametrics", 1975.
"""

from collections.abc import Iterator, Sequence
from math import erfc, sqrt

from llmgw_report.checks._comparison import chance, share
from llmgw_report.model.traffic import Latency

#: How many of now, and of before, are in one bucket.
Bin = tuple[int, int]


def bins(now: Latency, before: Latency) -> tuple[Bin, ...]:
    """The buckets between the bounds that either has, the lowest first; a sketch leaves out bounds without any.

    None but infinity for two histograms of different bounds: each would be silent at those of the other.
    """
    sketches = now.source == before.source == "rows"
    bounds = _bounds(now) | _bounds(before) if sketches else _bounds(now) & _bounds(before)
    through = [(_through(now, bound), _through(before, bound)) for bound in sorted(bounds)]
    lower = [(0, 0), *through[:-1]]
    return tuple((a - c, b - d) for (a, b), (c, d) in zip(through, lower, strict=True))


def higher(found: Sequence[Bin]) -> float:
    """How likely chance alone puts `now` so far above `before`: of two tests the better one, at twice its chance.

    Ranks see a shift of all, and hardly a tail that a few requests make; the shares beyond the bounds see that.
    """
    tails = list(_beyond(found))
    return min(1.0, 2 * min(rank_sum(found), min(tails, default=1.0) * max(1, len(tails))))


def rank_sum(found: Sequence[Bin]) -> float:
    """One-sided chance of the Mann-Whitney test, by its normal approximation with continuity correction."""
    n, m = sum(now for now, _ in found), sum(before for _, before in found)
    total, below, wins, ties = n + m, 0, 0.0, 0
    for now, before in found:
        wins += now * (below + before / 2)
        below += before
        ties += (now + before) ** 3 - (now + before)
    variance = n * m / 12 * (total + 1 - ties / (total * (total - 1))) if total > 1 else 0.0
    return erfc((wins - n * m / 2 - 0.5) / sqrt(variance) / sqrt(2)) / 2 if variance > 0 else 1.0


def _beyond(found: Sequence[Bin]) -> Iterator[float]:
    """Per bound, the chance of so many more requests beyond it."""
    n, m = sum(now for now, _ in found), sum(before for _, before in found)
    now = before = 0
    for more, old in found[:-1]:
        now, before = now + more, before + old
        yield chance(share(n - now, n), share(m - before, m))


def _bounds(latency: Latency) -> set[float]:
    return {float("inf") if one.up_to_seconds is None else one.up_to_seconds for one in latency.buckets}


def _through(latency: Latency, bound: float) -> int:
    """Cumulative, so the nearest bound up to it counts as many."""
    return max(
        (one.count for one in latency.buckets if (one.up_to_seconds or float("inf")) <= bound or bound == float("inf")),
        default=0,
    )
