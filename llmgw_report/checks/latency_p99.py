"""p99 request latency.

What it measures: the 99th percentile of request duration, in total and per group of the traffic table with at least 299
requests: from histograms by the counts at the bucket ends around the threshold, from log entries by these and the order
statistics around the percentile, from summaries by the worst series of the last minute, if it is busy enough.

Why it matters: one request in a hundred takes at least this long; with several calls per page most users experience it.

What to do: find the slowest group in the traffic table and check its n; then read the slow requests with their spans.

Limitations: failures and streams may be missing from it, see the coverage table; a summary covers only its last minute.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from llmgw_report.checks import (
    Category,
    Contributions,
    Finding,
    Findings,
    KeyFigure,
    Reads,
    Snapshot,
    Status,
    Subject,
    Threshold,
    Unit,
    finding,
    join,
    more_requests,
    msg,
    request_rate,
    skip,
    units,
    unknown,
)
from llmgw_report.checks._ratios import group_key
from llmgw_report.checks._statistics import (
    BEYOND_P99,
    ONE_SIDED_95,
    ONE_SIDED_99,
    Undecided,
    exceeding,
    more_needed,
    p99_p_value,
    p99_upper,
    slower_than,
    undecided,
)
from llmgw_report.model.sections import UNRECORDED, Latency, Traffic

CATEGORY: Category = "latency"
UNIT: Unit = "seconds"
READS: Reads = ("requests", "latency", "traffic.sql")
DEFAULT = Threshold(warn=10.0, fail=30.0)
PROVES_SERVICE = True
KEY_FIGURE: KeyFigure = "latency"
#: With fewer requests not even the slowest one reaches the p99 in 95 of 100 samples.
_MIN_REQUESTS = 299


class Group(Struct, frozen=True, kw_only=True):
    """A latency whose p99 can be evaluated, of requests that arrive at `rate` per second."""

    subject: Subject
    latency: Latency
    rate: float | None


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """The total, and the groups with enough requests, tested together."""
    traffic = _traffic(snapshot)
    if traffic is None:
        yield from skip("no requests were counted")
        return
    total, rate = traffic.total.latency, request_rate(snapshot)
    if total.buckets or total.p99.seconds is not None:
        too_idle = _too_idle(total, rate)
        groups = list(_groups(traffic, rate))
        yield from unknown(too_idle, n=total.count) if too_idle else _judged(groups, threshold)
        return
    reason, missing = total.reason or "no 99th percentile", _MIN_REQUESTS - (total.count or 0)
    few = total.source == "rows" and missing > 0
    more = msg("{reason}: {more}", reason=msg(reason), more=more_requests(missing, _rate_of(traffic, total, rate)))
    yield from unknown(more if few else reason, n=total.count)


def _traffic(snapshot: Snapshot) -> Traffic | None:
    """Log entries of the window if there are enough: lifetime totals dilute, a summary covers its last minute only."""
    window, traffic = snapshot.sections.traffic_window, snapshot.sections.traffic
    return window if window and window.total.latency.p99.seconds is not None else traffic


def _too_idle(total: Latency, rate: float | None) -> str | None:
    """The p99 of a summary's minute with few requests is merely its slowest request."""
    if total.source != "summary" or rate is None or rate * 60 >= _MIN_REQUESTS:
        return None
    return msg(
        "a summary covers its last minute, which has about {requests}: no p99 below n = {fewest}",
        requests=units.plural(round(rate * 60), "requests"),
        fewest=_MIN_REQUESTS,
    )


def _groups(traffic: Traffic, rate: float | None) -> Iterator[Group]:
    """A group without buckets has no p-value, so it cannot be tested together with others."""
    total = traffic.total.latency
    yield Group(subject={}, latency=total, rate=_rate_of(traffic, total, rate))
    for row in traffic.rows if len(traffic.rows) > 1 else ():
        if row.latency.buckets and (row.latency.count or 0) >= _MIN_REQUESTS and row.group != UNRECORDED:
            own = _rate_of(traffic, row.latency, rate)
            yield Group(subject={traffic.group_by: row.group}, latency=row.latency, rate=own)


def _rate_of(traffic: Traffic, latency: Latency, rate: float | None) -> float | None:
    requests = traffic.total.requests
    return rate * (latency.count or 0) / requests if rate and requests else None


def _judged(groups: Sequence[Group], threshold: Threshold) -> Findings:
    pairs = [(one, threshold.of(one.subject)) for one in groups]
    fails = exceeding([_p_value(one, own.fail) for one, own in pairs], ONE_SIDED_99)
    warns = exceeding([_p_value(one, own.warn) for one, own in pairs], ONE_SIDED_95)
    for (one, own), fail, warn in zip(pairs, fails, warns, strict=True):
        yield _finding(one, own, fails=fail, warns=warn)


def _p_value(one: Group, limit: float | None) -> float | None:
    return None if limit is None else p99_p_value(one.latency, limit)


def _finding(one: Group, threshold: Threshold, *, fails: bool, warns: bool) -> Finding:
    latency, upper = one.latency, p99_upper(one.latency)
    status, decisive = _status(threshold, upper, fails=fails, warns=warns)
    seen = msg(
        "{figure} over {n} requests ({population}, {source})",
        figure=_text(latency),
        n=units.count(latency.count),
        population=msg(latency.population),
        source=msg(latency.source),
    )
    if status == "pass" and latency.source != "summary" and decisive is not None:
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
    more = more_needed(*slower, BEYOND_P99) if slower and reason is Undecided.TOO_FEW else None
    return join("; ", [msg(reason.value), more_requests(more, one.rate) if more else ""])


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


def contributions(finding: Finding, snapshot: Snapshot) -> Iterator[Contributions]:
    """Requests beyond the threshold by group, of the traffic whose p99 was evaluated."""
    if finding.subject or finding.threshold is None:
        return
    for traffic in (snapshot.sections.traffic_window, snapshot.sections.traffic):
        if traffic and traffic.total.latency.count == finding.n:
            slow = [(row, slower_than(row.latency, finding.threshold)) for row in traffic.rows]
            yield {group_key(traffic, row): counts[0] for row, counts in slow if counts}
