"""Saved metrics as a trend.

Measured: whether saved snapshots kept the labels of their counters, and falls of a saved counter that no
restart explains. Unit: {fall}.

Why it matters: a snapshot without labels keeps one arbitrary series of a family; a trend drawn from it shows
traffic that never was, and a fall looks like a restart.

What to do: take trends from rows, as this report does; draw none from the snapshots until they keep labels.

How it can be wrong: a process that restarted twice between two snapshots leaves no sign of it.
"""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._finding import above, finding, judged, skip
from llmgw_report.messages import say
from llmgw_report.model.finding import Category, FedBy, Finding, Threshold, Unit
from llmgw_report.model.report import Snapshot

CATEGORY: Category = "witnesses"
FED_BY: FedBy = ("tables.sql", "snapshots.sql")
DEFAULT = Threshold(warn=0, severity="warn")
UNIT: Unit = "count"


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """One finding for the snapshots of the trend window."""
    database = snapshot.sections.database
    found = database.snapshots if database else None
    if found is None or not found.count:
        yield from skip("the gateway saved no metrics in the trend window")
        return
    seen = say(
        "{snapshots}; labels kept: {kept}; falls without a restart: {falls}",
        snapshots=units.plural(found.count, "snapshots"),
        kept=say(found.labelled),
        falls=found.falls,
    )
    if found.example:
        seen = say("{seen} ({examples})", seen=seen, examples=found.example)
    verdict = above(found.falls, threshold)
    if found.labelled == "no" and verdict.status == "pass" and verdict.limit is not None:
        yield finding("warn", seen, n=found.count)  # the figure is within its bound, and worth nothing
    else:
        yield judged(verdict, seen, observed=found.falls, unit="{fall}", n=found.count)
