"""Duration of the slowest hundredth of requests.

Measured: the 99th percentile of request duration, in total and per group of the traffic table with 299 requests or
more: from a histogram the shares of requests at the bounds around the limit, from rows these and the order
statistics around the percentile, from summaries the worst series of the last minute, if it is busy enough. Unit: s.

Why it matters: one request in a hundred waits at least this long; with several calls per page most users meet it.

What to do: see which group of the traffic table is slowest and compare its n; then the slow requests with
their spans.

How it can be wrong: failures and streams may be missing from it, see the coverage table; a summary tells only
its last minute.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from llmgw_report import units
from llmgw_report.checks._finding import Subject, finding, needed, rate, skip, unknown
from llmgw_report.checks._statistics import (
    BEYOND,
    ONE_SIDED_95,
    ONE_SIDED_99,
    Range,
    beyond,
    chance,
    exceeding,
    highest,
    more_needed,
    why,
)
from llmgw_report.messages import join, say
from llmgw_report.model.finding import Category, FedBy, Finding, Status, Threshold
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import UNRECORDED, Latency, Traffic

CATEGORY: Category = "latency"
FED_BY: FedBy = ("requests", "latency", "traffic.sql")
DEFAULT = Threshold(warn=10.0, fail=30.0)
#: Of fewer requests even the slowest need not reach the percentile in 95 of 100 samples.
FEWEST = 299


class One(Struct, frozen=True, kw_only=True):
    """A latency whose percentile can be judged, of requests that come at `rate` a second."""

    subject: Subject
    latency: Latency
    rate: float | None


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """The total, and the groups with enough requests, all taken together."""
    traffic = _traffic(snapshot)
    if traffic is None:
        yield from skip("no requests were counted")
        return
    total = traffic.total.latency
    pace = rate(snapshot)
    if total.buckets or total.p99.seconds is not None:
        too_idle = _too_idle(total, pace)
        found = list(_each(traffic, pace))
        yield from unknown(too_idle, n=total.count) if too_idle else _judged(found, threshold)
        return
    reason, missing = total.reason or "no 99th percentile", FEWEST - (total.count or 0)
    few = total.source == "rows" and missing > 0
    more = say("{reason}: {needed}", reason=say(reason), needed=needed(missing, _pace(traffic, total, pace)))
    yield from unknown(more if few else reason, n=total.count)


def _traffic(snapshot: Snapshot) -> Traffic | None:
    """Rows of the window if there are enough of them: lifetime totals dilute, a summary knows its last minute only."""
    window, traffic = snapshot.sections.traffic_window, snapshot.sections.traffic
    return window if window and window.total.latency.p99.seconds is not None else traffic


def _too_idle(total: Latency, per_second: float | None) -> str | None:
    """A summary's percentile of a minute with a handful of requests is its slowest one."""
    if total.source != "summary" or per_second is None or per_second * 60 >= FEWEST:
        return None
    minute = units.plural(round(per_second * 60), "requests")
    return say(
        "a summary tells its last minute, which holds about {requests}: no p99 below n = {fewest}",
        requests=minute,
        fewest=FEWEST,
    )


def _each(traffic: Traffic, per_second: float | None) -> Iterator[One]:
    """A group without buckets has no test that can share one chance of error with others."""
    total = traffic.total.latency
    yield One(subject={}, latency=total, rate=_pace(traffic, total, per_second))
    for row in traffic.rows if len(traffic.rows) > 1 else ():
        if row.latency.buckets and (row.latency.count or 0) >= FEWEST and row.group != UNRECORDED:
            pace = _pace(traffic, row.latency, per_second)
            yield One(subject={traffic.group_by: row.group}, latency=row.latency, rate=pace)


def _pace(traffic: Traffic, latency: Latency, per_second: float | None) -> float | None:
    requests = traffic.total.requests
    return per_second * (latency.count or 0) / requests if per_second and requests else None


def _judged(found: Sequence[One], threshold: Threshold) -> Iterator[Finding]:
    bounds = [threshold.of(one.subject) for one in found]
    pairs = list(zip(found, bounds, strict=True))
    fails = exceeding([_chance(one, limits.fail) for one, limits in pairs], ONE_SIDED_99)
    warns = exceeding([_chance(one, limits.warn) for one, limits in pairs], ONE_SIDED_95)
    for (one, limits), fail, warn in zip(pairs, fails, warns, strict=True):
        yield _finding(one, limits, fails=fail, warns=warn)


def _chance(one: One, limit: float | None) -> float | None:
    return None if limit is None else chance(one.latency, limit)


def _finding(one: One, threshold: Threshold, *, fails: bool, warns: bool) -> Finding:
    latency, top = one.latency, highest(one.latency)
    status, limit = _verdict(threshold, top, fails=fails, warns=warns)
    seen = say(
        "{figure} over {n} requests ({population}, {source})",
        figure=_text(latency),
        n=units.count(latency.count),
        population=say(latency.population),
        source=say(latency.source),
    )
    if status == "pass" and latency.source != "summary" and limit is not None:
        seen = join("; ", [seen, say("one above {bound} would have been noticed", bound=units.seconds(top))])
    return finding(
        status,
        seen,
        one.subject,
        observed=latency.p99.seconds,
        operator="above",
        limit=limit,
        unit="s",
        n=latency.count,
        reason=_undecided(one, limit) if status == "unknown" and limit is not None else None,
    )


def _verdict(threshold: Threshold, top: float, *, fails: bool, warns: bool) -> tuple[Status, float | None]:
    """Status and the limit that decided it."""
    if fails:
        return "fail", threshold.fail
    if warns:
        return "warn", threshold.warn
    gate = threshold.fail if threshold.fail is not None else threshold.warn
    return ("pass" if gate is None or top <= gate else "unknown"), gate


def _undecided(one: One, gate: float) -> str:
    """Why, and what would settle it; more requests never make a bucket finer."""
    reason, slower = why(one.latency, gate), beyond(one.latency, gate)
    more = more_needed(*slower, BEYOND) if slower and reason is Range.TOO_FEW else None
    return join("; ", [say(reason.value), needed(more, one.rate) if more else ""])


def _text(latency: Latency) -> str:
    bucket = latency.p99.bucket
    if bucket and bucket.up_to_seconds is None:
        return say("p99 above {bound}", bound=units.seconds(bucket.above_seconds))
    if bucket:
        low, high = units.seconds(bucket.above_seconds), units.seconds(bucket.up_to_seconds)
        return say("p99 between {low} and {high}", low=low, high=high)
    if latency.p99.seconds is None:
        return say("p99 not decided")
    p99 = units.seconds(latency.p99.seconds)
    if latency.p99.low_seconds is None or latency.p99.high_seconds is None:
        return say("p99 {p99}", p99=p99)
    low, high = units.seconds(latency.p99.low_seconds), units.seconds(latency.p99.high_seconds)
    return say("p99 {p99} (95 % interval {low} to {high})", p99=p99, low=low, high=high)
