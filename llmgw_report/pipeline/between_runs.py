"""The trend and the error budget of what was counted between runs of a history, and over how much of the time."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import structs

from llmgw_report.config.settings import Settings
from llmgw_report.history.loading import Loaded, WindowSum
from llmgw_report.history.runs import PastRun, Timed, by_starts, step
from llmgw_report.messages import join, msg
from llmgw_report.model import timestamp
from llmgw_report.model.outcomes import NEARLY_ALL
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import Latency, Trend, TrendPoint
from llmgw_report.pipeline.inputs import ERROR_BUDGET, TREND
from llmgw_report.pipeline.latency import added, less
from llmgw_report.pipeline.measure import Windows
from llmgw_report.pipeline.sections.budget import Span, from_runs
from llmgw_report.pipeline.sections.trend import HISTOGRAM, latency_source
from llmgw_report.units import seconds

_SOURCE = msg("metrics of earlier runs")
Steps = Sequence[tuple[int, int, int, int]]


def with_sums(  # noqa: PLR0913, PLR0917 - the runs, and this one
    snapshot: Snapshot, loaded: Loaded, windows: Windows, settings: Settings, last: PastRun, now: Timed
) -> Snapshot:
    """The snapshot with the trend and the error budget of the runs, where no rows tell them."""
    sections, gone = snapshot.sections, set()
    at_ms = now.figures.at_ms
    requests, good, bad = step(last, now.figures)
    steps = [*loaded.steps, *([] if requests is None else [(at_ms, last.at_ms, requests, bad or 0)])]
    if sections.trend is None and (trend := _trend([one for one in steps if one[0] > one[1]], windows, at_ms)):
        sections, gone = structs.replace(sections, trend=_timed(trend, [*loaded.timed, now])), {TREND}
    budget = sections.error_budget
    if settings.slo and budget and budget.basis != "window":
        took_ms = at_ms - last.at_ms
        end = WindowSum() if good is None or bad is None else WindowSum(good=good, bad=bad, counted_ms=took_ms)
        spans = {length: _span(its, end, at_ms) for length, its in loaded.counted.items()}
        found = from_runs(settings.slo, spans, _SOURCE, at_ms)
        sections, gone = structs.replace(sections, error_budget=found), {*gone, ERROR_BUDGET}
    absent = tuple(one for one in snapshot.absent if one.quantity not in gone)
    return structs.replace(snapshot, sections=sections, absent=absent)


def _span(counted: WindowSum, end: WindowSum, at_ms: int) -> Span:
    return Span(
        good=counted.good + end.good,
        bad=counted.bad + end.bad,
        counted_seconds=(counted.counted_ms + end.counted_ms) / 1000,
        seconds=(at_ms - counted.since_ms) / 1000,
    )


def _trend(steps: Steps, windows: Windows, at_ms: int) -> Trend | None:
    """Requests per bucket; what was counted between two runs is spread evenly over the time between them."""
    if not steps:
        return None
    gaps = sorted(until - since for until, since, _, _ in steps)
    # A bucket shorter than the time between runs would show a figure that nobody counted.
    width = windows.bucket_ms * max(1, -(-gaps[len(gaps) // 2] // windows.bucket_ms))
    buckets = min(-(-(at_ms - steps[0][1]) // width), -(-(windows.until_ms - windows.trend_since_ms) // width))
    start = windows.until_ms - buckets * width
    requests, errors = [0] * buckets, [0] * buckets
    for until, since, n, bad in steps:
        _spread(requests, n, (since - start) / width, (until - start) / width)
        _spread(errors, bad, (since - start) / width, (until - start) / width)
    doubts = join("; ", _doubts(gaps, width, at_ms - steps[0][1]))
    return Trend(
        source=_SOURCE,
        bucket_seconds=width / 1000,
        points=tuple(
            TrendPoint(time=timestamp.text(start + place * width), requests=requests[place], errors=errors[place])
            for place in range(buckets)
        ),
        trusted="no" if doubts else "yes",
        reason=doubts or None,
    )


def _timed(trend: Trend, timed: Sequence[Timed]) -> Trend:
    """The trend with the latency of what was counted between runs, each in the bucket that holds its middle.

    Unlike a number of requests a distribution cannot be spread over buckets: what took longer than two is in none.
    """
    width = round(1000 * trend.bucket_seconds)
    start = timestamp.milliseconds(trend.points[0].time) or 0
    parts: list[list[Latency]] = [[] for _ in trend.points]
    for before, now in pairwise(timed):
        since, until = before.figures.at_ms, now.figures.at_ms
        place = ((since + until) // 2 - start) // width
        if 0 < until - since <= 2 * width and 0 <= place < len(parts):
            parts[place].append(_between(before, now))
    points = tuple(point.with_latency(added(its)) for point, its in zip(trend.points, parts, strict=True))
    return structs.replace(trend, points=points, latency_source=latency_source(points, HISTOGRAM))


def _between(before: Timed, now: Timed) -> Latency:
    """What one process counted from one reading to the next, or since it began; nothing where that would be a guess."""
    course = by_starts(before.figures, now.figures)
    if course == "restarted":
        return now.latency
    fell = before.figures.fell(now.figures) or (now.latency.count or 0) < (before.latency.count or 0)
    return Latency() if course == "another process" or fell else less(now.latency, before.latency)


def _doubts(gaps: Sequence[int], width: int, whole_ms: int) -> Iterator[str]:
    """What is wrong with a trend of steps that took so long each, over so much time in all."""
    if gaps[-1] > 2 * width:
        apart = seconds(gaps[-1] / 1000)
        yield msg("runs were up to {time} apart, and what was counted between two is spread evenly", time=apart)
    if sum(gaps) < NEARLY_ALL * whole_ms:
        lost = seconds((whole_ms - sum(gaps)) / 1000)
        yield msg("of {time} of it nothing is known: totals fell, or several processes answered", time=lost)


def _spread(buckets: list[int], n: int, since: float, until: float) -> None:
    """Add a count to the buckets of its time, whole numbers that add up to it; what is before the first is left out."""
    given = round(n * min(1.0, max(0.0, -since) / (until - since)))
    for place in range(max(0, int(since)), len(buckets)):
        part = round(n * (min(until, place + 1) - since) / (until - since))
        buckets[place] += max(0, part - given)
        given = max(given, part)
        if place + 1 >= until:
            break
