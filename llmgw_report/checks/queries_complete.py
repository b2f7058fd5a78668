"""Queries that gave their rows.

Measured: queries that failed, ran past their deadline or returned columns their section does not know. Unit: {query}.

Why it matters: the section or table of such a query is missing from this report, and what it would have
shown is unknown.

What to do: read the reason beside the query's name; raise "-- deadline:" in a file of your own, or narrow
the window.

How it can be wrong: a query may be slow only because the machine was busy when it ran.
"""

from collections.abc import Iterator

from llmgw_report.checks._finding import above, finding, skip
from llmgw_report.messages import say
from llmgw_report.model.finding import Category, FedBy, Finding, Status, Threshold, Unit
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import QueryFailure

CATEGORY: Category = "sources"
FED_BY: FedBy = ("tables.sql",)
DEFAULT = Threshold(warn=0)
UNIT: Unit = "count"


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """One finding per query that failed."""
    failed = snapshot.sections.failed_queries
    if not failed and snapshot.sections.database is None:
        yield from skip("no query ran")
        return
    if not failed:
        yield finding("pass", "every query gave its rows")
        return
    found = [_finding(one, above(len(failed), threshold.of({"query": one.name})).status) for one in failed]
    if any(one.status != "pass" for one in found):
        yield from found
    else:
        yield finding("pass", say("gave no rows: {queries}", queries=", ".join(one.name for one in failed)))


def _finding(one: QueryFailure, status: Status) -> Finding:
    seen = say("{query}: {reason}", query=one.name, reason=say(one.reason))
    return finding(status, seen, {"query": one.name}, reason=one.reason)
