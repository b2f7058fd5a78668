"""Counter resets.

What it measures: counters that decreased or disappeared between two readings: since the earlier report of --baseline,
an earlier run of --history or the first scrape of --interval; of several targets, the restarts of each that their
server saw in the window.

Why it matters: a restart, another process behind the same address and a lost series all look like a decrease; counted
as traffic, each of them invents requests or hides them.

What to do: after an unplanned restart, read the gateway's log of that time; for another process see scrape-consistent;
for lost series check whether an instance or a key was removed.

Limitations: where a gateway does not export its start time, a restart cannot be detected once the counters have passed
their old values, and a worker with fewer requests than another looks like a restart.
"""

from llmgw_report.checks import (
    Category,
    Finding,
    Findings,
    Reads,
    Snapshot,
    Subject,
    Threshold,
    Unit,
    above,
    finding,
    join,
    judged,
    msg,
    skip,
    units,
)
from llmgw_report.checks._baseline import NO_BASELINE
from llmgw_report.model.continuity import Continuity
from llmgw_report.model.target import TargetRow

CATEGORY: Category = "regression"
UNIT: Unit = "count"
READS: Reads = ("requests", "attempts", "tokens", "latency", "process-start")
DEFAULT = Threshold(warn=0, severity="warn")
PROVES_SERVICE = True


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding per second reading."""
    watched = [row for row in snapshot.targets if row.restarts is not None and row.problem is None]
    for row in watched:
        if row.restarts:
            yield _restarted(row, row.restarts, threshold.of({"target": row.target}))
    if watched and not any(row.restarts for row in watched):
        seen = msg("{targets}, none restarted in the window", targets=units.plural(len(watched), "target"))
        yield judged(above(0, threshold), seen, observed=0, unit="{counter}", n=len(watched))
    if not snapshot.sections.continuity and not watched:
        yield from skip(_why_not(snapshot))
    for one in snapshot.sections.continuity:
        yield _judged(one, threshold)


def _restarted(row: TargetRow, n: int, threshold: Threshold) -> Finding:
    seen = msg("{target} restarted {n} times in the window", target=row.target, n=units.count(n))
    if n == 1:
        seen = msg("{target} restarted once in the window", target=row.target)
    return judged(above(n, threshold), seen, {"target": row.target}, observed=n, unit="{restart}", n=n)


def _judged(one: Continuity, threshold: Threshold) -> Finding:
    """Any break is reported; it counts as one reset where every counter has already passed its old value."""
    subject: Subject = {"against": one.against}
    if one.state == "unknown":
        return finding("unknown", one.reason, subject, reason=one.reason)
    if one.state == "continued" and not one.counters:  # nothing above 0, so nothing could decrease
        return finding("unknown", one.reason, subject, reason=one.reason, n=0)
    count = 0 if one.state == "continued" else max(1, one.fallen + one.lost)
    seen = msg("{state}: {reason}", state=msg(one.state), reason=msg(one.reason))
    if one.examples:
        seen = msg("{seen} ({examples})", seen=seen, examples=join("; ", one.examples))
    return judged(above(count, threshold.of(subject)), seen, subject, observed=count, unit="{counter}", n=one.counters)


def _why_not(snapshot: Snapshot) -> str:
    if snapshot.baseline is None:
        return msg("{no_report}, or a second scrape with --interval", no_report=NO_BASELINE)
    return snapshot.baseline.problem or msg("one of the two reports has no scrape")
