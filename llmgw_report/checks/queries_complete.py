"""All queries completed.

What it measures: queries that failed, exceeded their deadline or returned columns that their section does not know.

Why it matters: the section or table of such a query is missing from this report, so what it would show is unknown.

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
    msg,
    skip,
)
from llmgw_report.model.sections import QueryFailure

CATEGORY: Category = "sources"
UNIT: Unit = "count"
READS: Reads = ("tables.sql",)
DEFAULT = Threshold(warn=0)


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding per query that failed."""
    failed = snapshot.sections.failed_queries
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


def _finding(one: QueryFailure, status: Status) -> Finding:
    seen = msg("{query}: {reason}", query=one.name, reason=msg(one.reason))
    return finding(status, seen, {"query": one.name}, reason=one.reason)
