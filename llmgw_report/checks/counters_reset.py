"""Counters that were read twice.

Measured: counters that read less, or are gone, at a second reading: against the earlier report of --baseline
or the second scrape of --interval. Unit: {counter}.

Why it matters: a restart, another process behind the same address and a lost series all look like a fall; taken
for traffic, each of them invents requests or hides them.

What to do: after a restart nobody planned, read the gateway's log of that time; of another process see
scrape-consistent; of lost series see whether an instance or a key was removed.

How it can be wrong: where a gateway does not say when it started, a restart that has been outgrown does not show,
and one worker with fewer requests than another looks like a restart.
"""

from collections.abc import Iterator

from llmgw_report.checks._baseline import NOTHING
from llmgw_report.checks._finding import Subject, above, finding, judged, skip
from llmgw_report.messages import join, say
from llmgw_report.model.finding import Category, FedBy, Finding, Threshold, Unit
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import Continuity

CATEGORY: Category = "regression"
FED_BY: FedBy = ("requests", "attempts", "tokens", "latency", "process-start")
DEFAULT = Threshold(warn=0, severity="warn")
UNIT: Unit = "count"


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """One finding per second reading."""
    if not snapshot.sections.continuity:
        yield from skip(_why_not(snapshot))
    for one in snapshot.sections.continuity:
        yield _judged(one, threshold)


def _judged(one: Continuity, threshold: Threshold) -> Finding:
    """Whatever breaks the count is said, and counts as one where every counter has outgrown its old value."""
    subject: Subject = {"against": one.against}
    if one.state == "unknown":
        return finding("unknown", one.reason, subject, reason=one.reason)
    if one.state == "continued" and not one.counters:  # nothing above 0, so nothing could fall
        return finding("unknown", one.reason, subject, reason=one.reason, n=0)
    count = 0 if one.state == "continued" else max(1, one.fallen + one.lost)
    seen = say("{state}: {reason}", state=say(one.state), reason=say(one.reason))
    if one.examples:
        seen = say("{seen} ({examples})", seen=seen, examples=join("; ", one.examples))
    return judged(above(count, threshold.of(subject)), seen, subject, observed=count, unit="{counter}", n=one.counters)


def _why_not(snapshot: Snapshot) -> str:
    if snapshot.baseline is None:
        return say("{no_report}, or a second scrape with --interval", no_report=NOTHING)
    return snapshot.baseline.problem or say("one of both reports is of no scrape")
