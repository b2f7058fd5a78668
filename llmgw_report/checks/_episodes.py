"""Failures over time: whether an outage has ended, came back, or is going on now, and since when."""

from collections.abc import Collection, Sequence
from itertools import takewhile
from math import ceil

from msgspec import structs

from llmgw_report.checks._statistics import Z95, binomial_tail, wilson
from llmgw_report.model import timestamp
from llmgw_report.model.outcomes import Run, Side, SubjectOutcomes
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import TrendPoint

#: Below so many requests no subject fails, by any check.
FEWEST_REQUESTS = 5
SERVICE: tuple[Side, ...] = ("service",)
FAILURES: tuple[Side, ...] = ("service", "unattributed")
#: Chance of error at which an episode counts as an outage of its own.
_EPISODE_LEVEL = 0.01


def newest_failures(one: SubjectOutcomes, sides: Collection[Side] = SERVICE) -> Run | None:
    """The failures on these sides since the last request that ended otherwise, if their times are known.

    A request of that time that may have succeeded without a trace may be that success.
    """
    newest = list(takewhile(lambda run: run.side in sides, reversed(one.runs)))
    unobserved = one.last_unobserved
    if not newest or (unobserved and timestamp.order(unobserved) >= timestamp.order(newest[-1].since)):
        return None
    return structs.replace(newest[-1], count=sum(run.count for run in newest), until=newest[0].until)


def ended(one: SubjectOutcomes, covering: Sequence[SubjectOutcomes], sides: Collection[Side], threshold: float) -> bool:
    """Whether what failed is over.

    The newest requests, as many as it takes, prove the ratio below `threshold` again (0 of 73 for 5%). A finer
    subject is over with a coarser one of `covering` if it has a success and no failure since. A failure without a
    time may be the newest, and an outage that came back is not over.
    """
    runs = one.runs if not _untimed(one, sides) or not (one.runs or not covering) else ()
    if _recurring(runs, sides, threshold):
        return False
    if wilson(0, _clean(runs, sides), Z95)[1] <= threshold:
        return True
    return any(_over_with(one, runs, other, sides) for other in covering)


def began(one: SubjectOutcomes, sides: Collection[Side]) -> tuple[str | None, str | None]:
    """Times of the first and the last failure; None where the source does not resolve the time of each."""
    failed = [] if _untimed(one, sides) else [run for run in one.runs if run.side in sides]
    return (failed[0].since, failed[-1].until) if failed else (None, None)


def onset(one: SubjectOutcomes, sides: Collection[Side], threshold: float) -> str | None:
    """The first failure of what goes on; None where the requests before it do not prove that all was well.

    Back from the newest request, as `onset_by_trend` does: the first failure of all may be one that any service has.
    """
    start, failed, n = None, 0, 0
    for run in reversed(one.runs):
        if run.side in sides:
            failed, n = failed + run.count, n + run.count
            if failed > threshold * n:
                start, failed, n = run.since, 0, 0
        # The oldest runs of many are merged by side, and then a run of successes goes on after that failure.
        elif start is None or timestamp.order(run.until) <= timestamp.order(start):
            n += run.count
        if start and n and wilson(failed, n, Z95)[1] <= threshold:
            return start
    return None


def onset_by_trend(snapshot: Snapshot, threshold: float) -> str | None:
    """The time of the bucket with which failures above the threshold began; None where the trend does not show it.

    Back from the newest of them, up to a stretch that proves the ratio below the threshold. Where the trend begins
    first, or does not record failures, the beginning is not known.
    """
    trend = snapshot.sections.trend
    start, clean = None, list[TrendPoint]()
    for point in reversed(trend.points if trend else ()):
        failed = _failed(point)
        if failed is None:
            return None
        if point.requests and failed > threshold * point.requests:
            start, clean = point.time, []
            continue
        clean.append(point)
        if start and _is_proven(clean, threshold):
            return start
    return None


def _failed(point: TrendPoint) -> int | None:
    """Failed requests, or the rows of errors where a log has nothing else; a request may write several."""
    if point.errors is not None:
        return point.errors
    return None if point.error_rows is None else min(point.error_rows, point.requests)


def _is_proven(points: Sequence[TrendPoint], threshold: float) -> bool:
    failed, n = sum(_failed(one) or 0 for one in points), sum(one.requests for one in points)
    return n > 0 and wilson(failed, n, Z95)[1] <= threshold


def _untimed(one: SubjectOutcomes, sides: Collection[Side]) -> bool:
    failed = sum(one.outcomes.side(side) for side in sides)
    return failed > sum(run.count for run in one.runs if run.side in sides)


def _clean(runs: Sequence[Run], sides: Collection[Side]) -> int:
    """How many of the newest requests ended well."""
    n = 0
    for run in reversed(runs):
        if run.side in sides:
            break
        n += run.count
    return n


def _over_with(one: SubjectOutcomes, runs: Sequence[Run], other: SubjectOutcomes, sides: Collection[Side]) -> bool:
    last = began(other, sides)[1]
    if last is None or one.subject == other.subject:
        return False
    since = [run for run in runs if timestamp.order(run.until) > timestamp.order(last)]
    return not any(run.side in sides for run in since) and (not runs or any(run.side == "success" for run in since))


def _recurring(runs: Sequence[Run], sides: Collection[Side], threshold: float) -> bool:
    """Whether failures fall into several episodes, parted by stretches that prove the ratio below the threshold.

    Each has to have enough failures and to be above the threshold by itself. What failed in one moment is one: the
    order of its requests is unknown, and the stretches between their failures are made up.
    """
    enough = ceil(Z95**2 * (1 - threshold) / threshold)
    episodes = failed = n = clean = 0
    last = ""
    for run in runs:
        if run.side not in sides:
            clean += run.count
            continue
        if clean >= enough and run.since != last:
            episodes += _is_outage(failed, n, threshold)
            failed = n = clean = 0
        failed, n, clean, last = failed + run.count, n + clean + run.count, 0, run.until
    return episodes + _is_outage(failed, n, threshold) > 1


def _is_outage(failed: int, n: int, threshold: float) -> bool:
    enough = failed >= FEWEST_REQUESTS and failed / n > threshold
    return enough and binomial_tail(failed, n, threshold) <= _EPISODE_LEVEL
