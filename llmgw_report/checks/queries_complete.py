"""All queries completed.

What it measures: queries that failed, exceeded their deadline or returned columns that their section does not know; and
rows that cannot be right, such as a negative or infinite duration.

Why it matters: the section or table of such a query is missing from this report, and a check that needs it is unknown;
a row that cannot be right is left out, and the figures are those of the others.

What to do: read the reason beside the query's name; raise "-- deadline:" in a query of your own, or shorten the window.

Limitations: a query may be slow only because the machine was busy when it ran.
"""

from llmgw_report.checks import (
    Category,
    Finding,
    Findings,
    Reads,
    Snapshot,
    Status,
    Threshold,
    Unit,
    above,
    finding,
    judged,
    msg,
    skip,
    units,
)
from llmgw_report.model.sections import QueryFailure, RowsLeftOut

CATEGORY: Category = "sources"
UNIT: Unit = "count"
READS: Reads = ("tables.sql",)
DOES_WITHOUT: Reads = ("tables.sql",)
DEFAULT = Threshold(warn=0)


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding per query that failed."""
    failed = snapshot.sections.failed_queries
    for bad in snapshot.sections.rows_left_out:
        yield _left_out(bad, threshold)
    if not failed and snapshot.sections.database is None:
        yield from skip("no query ran")
        return
    if not failed:
        yield finding("pass", "every query completed")
        return
    found = [_finding(one, above(len(failed), threshold.of({"query": one.name})).status) for one in failed]
    if any(one.status != "pass" for one in found):
        yield from found
    else:
        yield finding("pass", msg("not completed: {queries}", queries=", ".join(one.name for one in failed)))


def _left_out(bad: RowsLeftOut, threshold: Threshold) -> Finding:
    """That the rows of a query hold what cannot be right."""
    seen = msg("{query}: {n} left out: {reason}", query=bad.name, n=units.count(bad.count), reason=msg(bad.reason))
    subject = {"query": bad.name}
    return judged(above(bad.count, threshold.of(subject)), seen, subject, observed=bad.count, unit="{row}")


def _finding(one: QueryFailure, status: Status) -> Finding:
    seen = msg("{query}: {reason}", query=one.name, reason=msg(one.reason))
    return finding(status, seen, {"query": one.name}, reason=one.reason)
