"""Duration of the slowest hundredth of requests.

Measured: the 99th percentile of request duration, in total: from a histogram the shares of requests at the
bounds around the limit, from rows the order statistics around the percentile, from summaries the worst series
of the last minute. Unit: s.

Why it matters: one request in a hundred waits at least this long; with several calls per page most users meet it.

What to do: see which group of the traffic table is slowest and compare its n; then the slow requests with
their spans.

How it can be wrong: failures and streams may be missing from it, see the coverage table; a summary tells only
its last minute.
"""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._finding import finding, skip, unknown
from llmgw_report.checks._percentile import Range, place
from llmgw_report.model.finding import Category, FedBy, Finding
from llmgw_report.model.message import say
from llmgw_report.model.report import Snapshot
from llmgw_report.model.status import Status
from llmgw_report.model.threshold import Threshold
from llmgw_report.model.traffic import Latency

CATEGORY: Category = "latency"
FED_BY: FedBy = ("requests", "latency", "traffic.sql")
DEFAULT = Threshold(warn=10.0, fail=30.0)


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """The total's p99, against fail and then against warn."""
    latency = _latency(snapshot)
    if latency is None:
        yield from skip("no requests were counted")
        return
    if not latency.buckets and latency.p99_seconds is None:
        yield from unknown(latency.reason or "no 99th percentile", n=latency.count)
        return
    status, limit, reason = _verdict(latency, threshold)
    seen = say(
        "{figure} over {n} requests ({population}, {source})",
        figure=_text(latency),
        n=units.count(latency.count),
        population=say(latency.population),
        source=say(latency.source),
    )
    observed = latency.p99_seconds
    yield finding(
        status, seen, observed=observed, operator="above", limit=limit, unit="s", n=latency.count, reason=reason
    )


def _latency(snapshot: Snapshot) -> Latency | None:
    """Rows of the window if there are enough of them: lifetime totals dilute, a summary knows its last minute only."""
    window, traffic = snapshot.sections.traffic_window, snapshot.sections.traffic
    if window and window.total.latency.p99_seconds is not None:
        return window.total.latency
    return traffic.total.latency if traffic else None


def _verdict(latency: Latency, threshold: Threshold) -> tuple[Status, float | None, str | None]:
    """Proven above a limit, or proven below the one that gates, or not decided."""
    if threshold.fail is not None and place(latency, threshold.fail) is Range.ABOVE:
        return "fail", threshold.fail, None
    if threshold.warn is not None and place(latency, threshold.warn) is Range.ABOVE:
        return "warn", threshold.warn, None
    gate = threshold.fail if threshold.fail is not None else threshold.warn
    if gate is None or (where := place(latency, gate)) is Range.BELOW:
        return "pass", gate, None
    return "unknown", gate, where.value


def _text(latency: Latency) -> str:
    bucket = latency.p99_bucket
    if bucket and bucket.up_to_seconds is None:
        return say("p99 above {bound}", bound=units.seconds(bucket.above_seconds))
    if bucket:
        low, high = units.seconds(bucket.above_seconds), units.seconds(bucket.up_to_seconds)
        return say("p99 between {low} and {high}", low=low, high=high)
    if latency.p99_seconds is None:
        return say("p99 not decided")
    p99 = units.seconds(latency.p99_seconds)
    if latency.p99_low_seconds is None or latency.p99_high_seconds is None:
        return say("p99 {p99}", p99=p99)
    low, high = units.seconds(latency.p99_low_seconds), units.seconds(latency.p99_high_seconds)
    return say("p99 {p99} (95 % interval {low} to {high})", p99=p99, low=low, high=high)
