"""Share of requests that fail on the server's side.

Measured: server-side failures (upstream 5xx, time-outs, refused connections) over requests whose outcome is
known, in total and per instance, judged by the Wilson interval. Unit: ratio.

Why it matters: these are requests that clients made correctly and that were not answered; each is a retry,
a wait or an error in somebody's product.

What to do: find the instance with the highest share in the table of instances and read its error patterns;
take it out of rotation if it alone explains the figure.

How it can be wrong: counters of a scrape are totals since the process started, so a fault that began lately
is diluted by the good past; requests that never reached an instance are in no outcome.
"""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._finding import blind, skip, unknown, unread
from llmgw_report.checks._rate import rate
from llmgw_report.checks._share import Share, judge_share, judge_shares
from llmgw_report.model.finding import Category, FedBy, Finding
from llmgw_report.model.message import Message, say
from llmgw_report.model.report import Snapshot
from llmgw_report.model.threshold import Threshold
from llmgw_report.model.traffic import Traffic

CATEGORY: Category = "availability"
FED_BY: FedBy = ("requests", "attempts", "process-start", "traffic.sql", "started.sql")
DEFAULT = Threshold(warn=0.01, fail=0.05, min_n=20)


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """The total, and every instance with enough requests to be judged at all."""
    traffic = snapshot.sections.traffic
    if traffic is None:
        yield from skip("no requests were counted")
        return
    total = traffic.total
    if total.server_errors is None or total.error_base is None:
        yield from unknown(blind(snapshot, "errors") or unread(snapshot, "metrics"))
        return
    whole = Share(hits=total.server_errors, n=total.error_base, what=_failed(traffic), subject={})
    yield judge_share(whole, threshold, rate(snapshot))
    yield from judge_shares(list(_instances(snapshot, threshold)), threshold)


def _failed(traffic: Traffic) -> Message:
    """What became of them, and over which time."""
    if traffic.basis == "window":
        return say("failed on the server's side in the window")
    since = units.moment(traffic.since) if traffic.since else say("the process started")
    return say("failed on the server's side since {since}", since=since)


def _instances(snapshot: Snapshot, threshold: Threshold) -> Iterator[Share]:
    """Instances with enough requests; one below is in the total and is never judged alone."""
    for row in snapshot.sections.instances:
        if row.requests and row.requests >= threshold.min_n and row.server_errors is not None:
            subject = {"provider": row.provider, "instance": row.instance}
            what = say("to {instance} failed on the server's side", instance=row.instance)
            yield Share(hits=row.server_errors, n=row.requests, what=what, subject=subject)
