"""Targets that answer.

What it measures: of each target (one process of the gateway that a server scrapes) whether its newest scrape answered,
whether it was there in the window and is gone, and the part of the window in which it answered; and whether there are
as many as --expect-targets states. Of databases, one for each process, it counts those that can be read.

Why it matters: a process that is down is in no sum: the others look healthy while they carry its load.

What to do: look at the process and its restarts; if it was removed on purpose, wait until it is out of the window; if
it was never started, correct the service discovery of the server.

Limitations: down is what the server's own scrapes say, so that an outage shorter than their interval does not show. No
database says whether its process still runs: data-fresh warns of one that is not written any more.
"""

from collections.abc import Sequence

from llmgw_report.checks import (
    Category,
    Finding,
    Findings,
    Reads,
    Snapshot,
    Status,
    Threshold,
    Unit,
    below,
    finding,
    join,
    judged,
    msg,
    skip,
    units,
)
from llmgw_report.model.report import Input
from llmgw_report.model.target import TargetCounts, TargetRow

CATEGORY: Category = "availability"
UNIT: Unit = "ratio"
READS: Reads = ()
DEFAULT = Threshold(warn=0.99, highest=1, worse="below")


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding for the number of targets, and one for each that is not up or was not all the time."""
    rows = [row for row in snapshot.targets if row.up != "unknown" or row.problem is None]
    files = [one for one in snapshot.inputs if one.kind == "database" and one.status != "skipped"]
    if snapshot.expected_targets is not None and files and not _watched_besides(snapshot, files):
        yield _databases(files, snapshot.expected_targets)
        return
    if not rows:
        if snapshot.expected_targets is None:
            yield from skip(msg("no target is watched"))
        return
    if all(row.up == "unknown" for row in rows) and snapshot.expected_targets is None:
        yield from skip(msg("nothing records whether the targets are up"))
        return
    whole = snapshot.target_counts or TargetCounts.of(snapshot.targets)
    own = TargetCounts.of(snapshot.targets)
    n, up = len(rows) + whole.all - own.all, whole.up
    if not up or up == n or snapshot.expected_targets is not None:
        yield _all(up, n, snapshot.expected_targets)
    for row in rows:
        yield from _one(row, threshold.of({"target": row.target}))


def _watched_besides(snapshot: Snapshot, files: Sequence[Input]) -> bool:
    return bool({row.target for row in snapshot.targets} - {one.target for one in files})


def _databases(files: Sequence[Input], expected: int) -> Finding:
    found = sum(one.status == "ok" for one in files)
    read = msg("{n} of {all} databases could be read", n=units.count(found), all=units.count(len(files)))
    seen = join("; ", [read, msg("{n} are expected", n=units.count(expected))])
    status: Status = "fail" if found < expected else "pass"
    return finding(status, seen, observed=found, operator="below", threshold=expected, unit="{target}", n=len(files))


def _all(up: int, n: int, expected: int | None) -> Finding:
    seen = msg("{up} of {n} targets are up", up=units.count(up), n=units.count(n))
    if expected is not None:
        seen = join("; ", [seen, msg("{n} are expected", n=units.count(expected))])
    if not up or (expected is not None and up < expected):
        return finding("fail", seen, observed=up, operator="below", threshold=expected, unit="{target}", n=n)
    # Those that are down have a finding each; as many as are expected are up.
    return finding("pass", seen, observed=up, operator="below", threshold=expected, unit="{target}", n=n)


def _one(row: TargetRow, threshold: Threshold) -> Findings:
    subject = {"target": row.target}
    if threshold.warn is None and threshold.fail is None:
        return
    if row.up in {"down", "gone"}:
        what = msg("{target} is down", target=row.target)
        if row.up == "gone":
            what = msg("{target} was there in the window and is gone", target=row.target)
        yield finding("warn", join("; ", [what, _part(row)]), subject, n=1)
    elif row.up_ratio is not None and below(row.up_ratio, threshold).status != "pass":
        seen = msg("{target} is up; {part}", target=row.target, part=_part(row))
        yield judged(below(row.up_ratio, threshold), seen, subject, observed=row.up_ratio, unit="ratio", n=1)


def _part(row: TargetRow) -> str:
    return "" if row.up_ratio is None else msg("it answered {ratio} of the window", ratio=units.ratio(row.up_ratio))
