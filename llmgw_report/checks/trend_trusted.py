"""Snapshot trend is reliable.

What it measures: whether the metrics snapshots that the gateway saves keep the labels of their counters, and decreases
of a saved counter that no restart explains.

Why it matters: a snapshot without labels keeps one arbitrary series of a family; a trend drawn from it shows traffic
that never happened, and a decrease looks like a restart.

What to do: take trends from log entries, as this report does, until the snapshots keep labels.

Limitations: a process that restarted twice between two snapshots cannot be detected.
"""

from llmgw_report.checks import (
    Category,
    Findings,
    Reads,
    Snapshot,
    Threshold,
    Unit,
    above,
    finding,
    judged,
    msg,
    skip,
    units,
)

CATEGORY: Category = "consistency"
UNIT: Unit = "count"
READS: Reads = ("tables.sql", "snapshots.sql")
DEFAULT = Threshold(warn=0, severity="warn")
PROVES_SERVICE = True


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding for the snapshots of the trend window."""
    database = snapshot.sections.database
    found = database.snapshots if database else None
    if found is None or not found.count:
        yield from skip("the gateway saved no metrics in the trend window")
        return
    seen = msg(
        "{snapshots}; labels kept: {kept}; unexplained counter decreases: {falls}",
        snapshots=units.plural(found.count, "snapshots"),
        kept=msg(found.labelled),
        falls=found.falls,
    )
    if found.example:
        seen = msg("{seen} ({examples})", seen=seen, examples=found.example)
    compared = above(found.falls, threshold)
    if found.labelled == "no":
        yield finding("info", seen, n=found.count)  # the product writes them so, and any decrease may follow from it
    else:
        yield judged(compared, seen, observed=found.falls, unit="{decrease}", n=found.count)
