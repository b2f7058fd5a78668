"""Share of requests that fail on the server's side.

Measured: server-side failures (upstream 5xx, time-outs, refused connections) over requests whose outcome is
known, in total, per instance and per group of the traffic table, judged by the Wilson interval. Unit: ratio.

Why it matters: these are requests that clients made correctly and that were not answered; each is a retry,
a wait or an error in somebody's product.

What to do: find the instance with the highest share in the table of instances and read its error patterns;
take it out of rotation if it alone explains the figure.

How it can be wrong: counters of a scrape are totals since the process started, so a fault that began lately
is diluted by the good past; requests that never reached an instance are in no outcome.
"""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._finding import Subject, blind, skip, unknown, unread
from llmgw_report.checks._shares import judge_shares, not_counted, shares
from llmgw_report.messages import Message, say
from llmgw_report.model.finding import Category, FedBy, Finding, Threshold, Unit
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import Traffic

CATEGORY: Category = "availability"
FED_BY: FedBy = ("requests", "attempts", "process-start", "traffic.sql", "started.sql")
DEFAULT = Threshold(warn=0.01, fail=0.05, min_n=20, highest=1)
UNIT: Unit = "ratio"


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """The total, and every instance and group with enough requests to be judged at all."""
    traffic = snapshot.sections.traffic
    if traffic is None:
        yield from not_counted(snapshot)
    elif traffic.total.server_errors is None or traffic.total.error_base is None:
        never = blind(snapshot, "errors")
        yield from skip(never) if never else unknown(unread(snapshot, "metrics"))
    else:
        found = shares(snapshot, traffic, "server_errors", lambda subject: _failed(subject, traffic))
        yield from judge_shares(list(found), threshold)


def _failed(subject: Subject, traffic: Traffic) -> Message:
    """What became of them; of the total also over which time."""
    if "instance" in subject:
        return say("to {instance} failed on the server's side", instance=subject["instance"])
    if subject:
        ((role, name),) = subject.items()
        return say("of {role} {name} failed on the server's side", role=say(role), name=name)
    if traffic.basis == "window":
        return say("failed on the server's side in the window")
    since = units.moment(traffic.since) if traffic.since else say("the process started")
    return say("failed on the server's side since {since}", since=since)
