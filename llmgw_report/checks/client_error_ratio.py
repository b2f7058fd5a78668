"""Share of requests refused as the client's mistake.

Measured: requests that ended as a client's or business error (4xx, unknown model, refused key where the
gateway counts it) over requests whose outcome is known, in total, per instance and per group of the traffic
table, judged by the Wilson interval. Unit: ratio.

Why it matters: the gateway works as built, but somebody's integration does not: a renamed model, an expired
key, a provider that refuses the account.

What to do: look which instance, model or key the errors belong to and tell its owner; a provider's 401 or
403 counts here as well, so check the gateway's own credentials first.

How it can be wrong: one client in a retry loop can make most of the figure.
"""

from collections.abc import Iterator

from llmgw_report.checks._finding import Subject, blind, skip, unknown, unread
from llmgw_report.checks._shares import judge_shares, not_counted, shares
from llmgw_report.messages import Message, say
from llmgw_report.model.finding import Category, FedBy, Finding, Threshold, Unit
from llmgw_report.model.report import Snapshot

CATEGORY: Category = "availability"
FED_BY: FedBy = ("requests", "attempts", "process-start", "traffic.sql", "started.sql")
DEFAULT = Threshold(warn=0.2, min_n=20, severity="warn", highest=1)
UNIT: Unit = "ratio"


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """The total, and every instance and group: the key of one provider or one client can be dead alone."""
    traffic = snapshot.sections.traffic
    if traffic is None:
        yield from not_counted(snapshot)
    elif traffic.total.client_errors is None or traffic.total.error_base is None:
        never = blind(snapshot, "errors")
        yield from skip(never) if never else unknown(unread(snapshot, "metrics"))
    else:
        yield from judge_shares(list(shares(snapshot, traffic, "client_errors", _refused)), threshold)


def _refused(subject: Subject) -> Message:
    if "instance" in subject:
        return say("to {instance} were refused", instance=subject["instance"])
    for role, name in subject.items():
        return say("of {role} {name} were refused", role=say(role), name=name)
    return say("were refused")
