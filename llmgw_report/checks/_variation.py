"""Estimates how much a figure varies from one stretch of time to the next, beyond what chance alone would do.

Requests are not independent: an incident fails many of them at once, and a provider is slow for hours. Two windows of
one unchanged process therefore differ more than two samples of single requests would. What the trends of both reports
hold before the current window is cut into blocks as long as the window, and the blocks are compared with each other.
Errors that keep together inside the window are an incident as well, be it the first one. Where no trend shows the
variation, it is taken to be that of a gateway with short incidents, whose providers are slow for hours.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import erfc, log, log1p, sqrt

from msgspec import Struct

from llmgw_report.checks._statistics import normal_point
from llmgw_report.model import timestamp
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import TrendPoint

#: Fewer blocks than this do not show how much blocks vary.
FEWEST_BLOCKS = 4
#: Below the smallest probability whose quantile is a number.
SMALLEST_PROBABILITY = 1e-300


class Variation(Struct, frozen=True):
    """`factor`: variance of the figure over the one that chance alone would cause, at least 1; known from `blocks`."""

    factor: float
    blocks: int

    def widened(self, p_value: float) -> float:
        """The p-value of a test that took the requests to be independent, had it known of the variation."""
        if p_value >= 1:
            return 1.0
        normal = normal_point(max(p_value, SMALLEST_PROBABILITY))
        return max(p_value, student_tail(normal / sqrt(self.factor), self.blocks - 1))


def student_tail(t: float, freedom: int) -> float:
    """Upper tail of Student's distribution: an estimated variation is less certain than a known one.

    Source: D. L. Wallace, "Bounds on normal approximations to Student's and the chi-square distributions", 1959.
    """
    if t <= 0:
        return 1.0 - student_tail(-t, freedom) if t else 0.5
    normal = sqrt(freedom * log1p(t * t / freedom)) * (8 * freedom + 1) / (8 * freedom + 3)
    return erfc(normal / sqrt(2)) / 2


def variation_of_errors(snapshot: Snapshot) -> Variation | None:
    """Pearson's chi-square of the blocks' error counts over its degrees of freedom; None without enough blocks."""
    blocks = [
        (sum(one.requests for one in block), sum(_errors(one) or 0 for one in block))
        for block in _blocks(snapshot)
        if all(_errors(one) is not None for one in block)
    ]
    # Log rows of errors may be more than the requests that caused them.
    filled = [(n, min(errors, n)) for n, errors in blocks if n]
    if len(filled) < FEWEST_BLOCKS:
        return None
    within = [(one.requests, min(_errors(one) or 0, one.requests)) for one in _window(snapshot) if one.requests]
    return Variation(max(1.0, _overdispersion(filled), _overdispersion(within)), len(filled))


def _overdispersion(counts: Sequence[tuple[int, int]]) -> float:
    """Chi-square over its degrees of freedom, of parts of `n` requests with so many errors; 1 if nothing differs."""
    ratio = sum(errors for _, errors in counts) / sum(n for n, _ in counts) if counts else 0.0
    if not 0 < ratio < 1 or len(counts) == 1:
        return 1.0
    squares = sum((errors - n * ratio) ** 2 / (n * ratio * (1 - ratio)) for n, errors in counts)
    return squares / (len(counts) - 1)


#: Seconds of a window in which everything may fail although the process is as it was: two short incidents.
USUAL_INCIDENT_SECONDS = 240.0


def usual_errors(snapshot: Snapshot) -> float:
    """Growth of an error ratio since the earlier report that incidents may cause, where no trend shows them."""
    earlier = timestamp.milliseconds(snapshot.baseline.at) if snapshot.baseline else None
    now = timestamp.milliseconds(snapshot.at)
    seconds = (now - earlier) / 1000 if now is not None and earlier is not None else 0.0
    return min(1.0, USUAL_INCIDENT_SECONDS / seconds) if seconds > 0 else 1.0


#: Standard deviation of the logarithm of a group's mean duration over that of an earlier hour, if nothing changed.
USUAL_DRIFT = 0.25
#: Standard deviation over mean of single durations.
USUAL_SPREAD = 1.0


def usual_growth_p_value(now: float, before: float, requests: tuple[int, int], parts: Sequence[int] = (1,)) -> float:
    """Probability of so much growth of a mean duration, where no trend shows how much it varies.

    The groups of `parts` requests vary each for itself, so that their sum varies less; the means of few requests differ
    by chance as well.
    """
    if now <= before or before <= 0:
        return 1.0
    drift = USUAL_DRIFT**2 * sum(n * n for n in parts) / sum(parts) ** 2
    chance = sum(USUAL_SPREAD**2 / n for n in requests)
    return erfc(log(now / before) / sqrt(drift + chance) / sqrt(2)) / 2


def mean_growth_p_value(now: float, before: float, snapshot: Snapshot) -> float | None:
    """Probability of so much growth of a mean duration between two blocks; None without enough blocks."""
    means = list(_mean_durations(snapshot))
    if len(means) < FEWEST_BLOCKS:
        return None
    centre = sum(means) / len(means)
    deviation = sqrt(2 * sum((one - centre) * (one - centre) for one in means) / (len(means) - 1))
    if not deviation:
        return 0.0 if now > before else 1.0
    return student_tail((now - before) / deviation, len(means) - 1)


def _mean_durations(snapshot: Snapshot) -> Iterator[float]:
    for block in _blocks(snapshot):
        timed = [(one.timed, one.mean_seconds) for one in block if one.timed and one.mean_seconds is not None]
        if n := sum(count for count, _ in timed):
            yield sum(count * mean for count, mean in timed) / n


def _errors(point: TrendPoint) -> int | None:
    return point.error_rows if point.errors is None else point.errors


def clumping(counts: Sequence[int]) -> float:
    """How many requests come together, of counts of successive steps; at least 1, which is by chance alone.

    Neighbours are compared, so that busy hours and quiet nights are no clumps (von Neumann's successive differences).
    """
    total = sum(counts)
    if not total or len(counts) == 1:
        return 1.0
    variance = sum((later - one) ** 2 for one, later in pairwise(counts)) / 2 / (len(counts) - 1)
    return max(1.0, variance * len(counts) / total)


def _window(snapshot: Snapshot) -> Sequence[TrendPoint]:
    """Points of the current window."""
    trend = snapshot.sections.trend
    size = round(snapshot.window.seconds / trend.bucket_seconds) if trend and trend.bucket_seconds else 0
    return trend.points[-size:] if trend and size else ()


def _blocks(snapshot: Snapshot) -> Iterator[Sequence[TrendPoint]]:
    """Points of both trends before the current window, in blocks of its length; none unless both reports have a trend.

    The current window is left out: a regression would hide behind the variation that it causes.
    """
    trend = snapshot.sections.trend
    earlier = snapshot.baseline and snapshot.baseline.sections and snapshot.baseline.sections.trend
    if not trend or not earlier or not trend.points or trend.bucket_seconds != earlier.bucket_seconds:
        return
    size = round(snapshot.window.seconds / trend.bucket_seconds)
    if size < 1:
        return
    older = [one for one in earlier.points if timestamp.order(one.time) < timestamp.order(trend.points[0].time)]
    for points in (older, trend.points[:-size]):
        ends = range(len(points), -1, -size)
        yield from (points[start:end] for end, start in pairwise(ends))
