"""Whether more than 1% of the requests took longer than a threshold, of one of the durations of the vocabulary.

A p99 above a limit means that more than one request in a hundred took longer. At the end of a bucket the count of those
is exact, and elsewhere the bucket contains it. A value of known rank, which sorted rows have, limits it as well. The
quantiles of a summary count nothing.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from enum import Enum
from math import ceil, inf, sqrt

from msgspec import Struct

from llmgw_report.checks import (
    Contributions,
    Finding,
    Findings,
    Snapshot,
    Status,
    Subject,
    Threshold,
    finding,
    join,
    more_requests,
    msg,
    request_rate,
    skip,
    units,
    unknown,
)
from llmgw_report.checks._outcomes import lifetime_totals
from llmgw_report.checks._ratios import group_key
from llmgw_report.checks._statistics import (
    FEWEST_REQUESTS,
    ONE_SIDED_95,
    ONE_SIDED_99,
    exceeding,
    more_needed,
    p_value,
    upper_limit,
)
from llmgw_report.model.finding import BAD
from llmgw_report.model.quantities import PERCENTILES
from llmgw_report.model.sections import UNRECORDED, Latency, Totals, TrafficRow

#: The ratio of requests that may take longer than the p99.
BEYOND_P99 = 0.01


class Slower(Struct, frozen=True):
    """Of `n` requests, at least and at most so many took longer than a limit."""

    at_least: int
    at_most: int
    n: int


class Undecided(Enum):
    """Why a p99 is not known to lie below a threshold."""

    BUCKET = msg("bucket resolution: the threshold lies inside the bucket that contains the p99")
    TOO_FEW = msg("too few requests: the threshold lies inside the 95% interval")


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
    durations = sorted(known)

    def is_proven(seconds: float) -> bool:
        slower = slower_than(latency, seconds)
        return upper_limit(slower.at_most, slower.n) < BEYOND_P99

    # The longer the duration, the fewer requests took longer.
    first = bisect_left(durations, x=True, key=is_proven)
    return durations[first] if first < len(durations) else inf


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


#: With fewer requests not even the slowest one reaches the p99 in 95 of 100 samples.
_MIN_REQUESTS = 299


class Group(Struct, frozen=True, kw_only=True):
    """A duration whose slow requests can be counted, of requests that arrive at `rate` per second."""

    subject: Subject
    latency: Latency
    rate: float | None


def judge_p99(snapshot: Snapshot, threshold: Threshold, of: str) -> Findings:
    """The total, and the groups, tested together; `of` is the duration by its name in the vocabulary."""
    traffic = _traffic(snapshot, of)
    if traffic is None:
        yield from skip("no requests were counted")
        return
    total, rate = _duration(traffic.total, of), request_rate(snapshot)
    if total.source == "summary" and total.p99.seconds is not None:
        yield from _last_minute(total, rate, threshold)
        return
    if traffic is snapshot.sections.lifetime_traffic and _is_older(snapshot) and observations(total):
        yield from unknown(lifetime_totals(traffic.since), n=total.count)
        return
    groups = [*_groups(traffic, rate, of), *(_targets(snapshot) if of == "latency" else ())]
    found = list(_judged(groups, threshold)) if groups else []
    missing = _MIN_REQUESTS - (total.count or 0)
    if not groups or (missing > 0 and found[0].status == "unknown" and total.source == "rows"):
        few = total.source == "rows" and missing > 0
        reason = msg(total.reason or "no 99th percentile")
        more = msg("{reason}: {more}", reason=reason, more=more_requests(missing, _rate_of(traffic, total, rate)))
        yield from unknown(more if few else reason, n=total.count)
        found = found[1:]
    # As of every ratio: of many processes only those that are slow are told.
    yield from (one for one in found if "target" not in one.subject or one.status in BAD)


def _duration(row: TrafficRow, of: str) -> Latency:
    return row.durations.get(of) or Latency()


def _traffic(snapshot: Snapshot, of: str) -> Totals | None:
    """Log entries of the window if any has a duration, else counters: of an older process those since the baseline."""
    sections = snapshot.sections
    window, traffic = sections.window_traffic, sections.lifetime_traffic
    if window and (traffic is None or observations(_duration(window.total, of))):
        return window
    later = sections.since_last_report
    return later if later and _is_older(snapshot) and observations(_duration(later.total, of)) else traffic


def _is_older(snapshot: Snapshot) -> bool:
    """Whether the counters are totals of a process older than the window, and nobody asked for its whole life."""
    totals = snapshot.sections.lifetime_outcomes
    return totals is not None and totals.evaluated == "no" and snapshot.sections.lifetime_traffic is not None


def _last_minute(total: Latency, rate: float | None, threshold: Threshold) -> Findings:
    """A summary's quantile counts no requests, so that it cannot fail; of a quiet minute it is the slowest request."""
    if rate is None or rate * 60 < _MIN_REQUESTS:
        reason = msg(
            "a summary covers its last minute, which has about {requests}: no p99 below n = {fewest}",
            requests=units.plural(round((rate or 0) * 60), "requests"),
            fewest=_MIN_REQUESTS,
        )
        yield from unknown(reason, n=total.count)
        return
    p99 = total.p99.seconds or 0.0
    limits = [one for one in (threshold.fail, threshold.warn) if one is not None]
    over = next((one for one in limits if p99 > one), None)
    yield finding(
        "warn" if over is not None else "pass",
        _seen(total),
        observed=p99,
        operator="above",
        threshold=over if over is not None else next(iter(limits), None),
        unit="s",
        n=total.count,
    )


def _groups(traffic: Totals, rate: float | None, of: str) -> Iterator[Group]:
    """The total, and each group with durations that were counted, if there are enough of them."""
    total = _duration(traffic.total, of)
    if observations(total) >= FEWEST_REQUESTS:
        yield Group(subject={}, latency=total, rate=_rate_of(traffic, total, rate))
    for row in traffic.rows if len(traffic.rows) > 1 else ():
        its = _duration(row, of)
        if observations(its) >= FEWEST_REQUESTS and row.group != UNRECORDED:
            yield Group(subject={traffic.group_by: row.group}, latency=its, rate=_rate_of(traffic, its, rate))


def _targets(snapshot: Snapshot) -> Iterator[Group]:
    """Each process of several; one that is slow by itself hides among the others' fast requests."""
    for row in snapshot.targets if len(snapshot.targets) > 1 else ():
        if row.latency and observations(row.latency) >= FEWEST_REQUESTS:
            rate = (row.latency.count or 0) / snapshot.window.seconds
            yield Group(subject={"target": row.target}, latency=row.latency, rate=rate or None)


def _rate_of(traffic: Totals, latency: Latency, rate: float | None) -> float | None:
    requests = traffic.total.requests
    return rate * (latency.count or 0) / requests if rate and requests else None


def _judged(groups: Sequence[Group], threshold: Threshold) -> Findings:
    pairs = [(one, threshold.of(one.subject)) for one in groups]
    fails = exceeding([_p_value(one, own.fail) for one, own in pairs], ONE_SIDED_99)
    warns = exceeding([_p_value(one, own.warn) for one, own in pairs], ONE_SIDED_95)
    for (one, own), fail, warn in zip(pairs, fails, warns, strict=True):
        # A group with too few requests for a pass is contained in the total, unless it is proven to be slow.
        if fail or warn or not one.subject or observations(one.latency) >= _MIN_REQUESTS:
            yield _finding(one, own, fails=fail, warns=warn)


def _p_value(one: Group, limit: float | None) -> float | None:
    return None if limit is None else p99_p_value(one.latency, limit)


def _finding(one: Group, threshold: Threshold, *, fails: bool, warns: bool) -> Finding:
    latency, upper = one.latency, p99_upper(one.latency)
    status, decisive = _status(threshold, upper, fails=fails, warns=warns)
    seen = _seen(latency, decisive if status in BAD else None)
    if status == "pass" and decisive is not None:
        seen = join("; ", [seen, msg("95% confidence: at most {duration}", duration=units.seconds(upper))])
    return finding(
        status,
        seen,
        one.subject,
        observed=latency.p99.seconds,
        operator="above",
        threshold=decisive,
        unit="s",
        n=latency.count,
        reason=_reason(one, decisive) if status == "unknown" and decisive is not None else None,
    )


def _status(threshold: Threshold, upper: float, *, fails: bool, warns: bool) -> tuple[Status, float | None]:
    """Status and the threshold that decided it."""
    if fails:
        return "fail", threshold.fail
    if warns:
        return "warn", threshold.warn
    gate = threshold.fail if threshold.fail is not None else threshold.warn
    return ("pass" if gate is None or upper <= gate else "unknown"), gate


def _reason(one: Group, limit: float) -> str:
    """Why it is undecided, and what would decide; more requests never make a bucket finer."""
    reason, slower = undecided(one.latency, limit), slower_than(one.latency, limit)
    decides = reason is Undecided.TOO_FEW
    more = more_needed(slower.at_most, slower.n, BEYOND_P99, upper=upper_limit) if decides else None
    return join("; ", [msg(reason.value), more_requests(more, one.rate) if more else ""])


def _seen(latency: Latency, proven: float | None = None) -> str:
    """The figure; of too few requests for one, the threshold that it is proven to be above."""
    unknown_figure = latency.p99.seconds is None and latency.p99.bucket is None
    return msg(
        "{figure} over {n} requests ({population}, {source})",
        figure=msg("p99 above {duration}", duration=units.seconds(proven))
        if unknown_figure and proven is not None
        else _text(latency),
        n=units.count(latency.count),
        population=msg(latency.population),
        source=msg(latency.source),
    )


def _text(latency: Latency) -> str:
    bucket = latency.p99.bucket
    if bucket and bucket.up_to_seconds is None:
        return msg("p99 above {duration}", duration=units.seconds(bucket.above_seconds))
    if bucket:
        low, high = units.seconds(bucket.above_seconds), units.seconds(bucket.up_to_seconds)
        return msg("p99 between {low} and {high}", low=low, high=high)
    if latency.p99.seconds is None:
        return msg("p99 undecided")
    p99 = units.seconds(latency.p99.seconds)
    if latency.p99.low_seconds is None or latency.p99.high_seconds is None:
        return msg("p99 {p99}", p99=p99)
    low, high = units.seconds(latency.p99.low_seconds), units.seconds(latency.p99.high_seconds)
    return msg("p99 {p99} (95% interval {low} to {high})", p99=p99, low=low, high=high)


def slow_by_group(finding: Finding, snapshot: Snapshot, of: str) -> Iterator[Contributions]:
    """Requests beyond the threshold by group, of the traffic whose p99 was evaluated."""
    if finding.subject or finding.threshold is None:
        return
    sections = snapshot.sections
    for traffic in (sections.window_traffic, sections.since_last_report, sections.lifetime_traffic):
        if traffic and _duration(traffic.total, of).count == finding.n:
            rows = [(row, _duration(row, of)) for row in traffic.rows]
            counted = [(row, its) for row, its in rows if observations(its)]
            yield {group_key(traffic, row): slower_than(its, finding.threshold).at_most for row, its in counted}
