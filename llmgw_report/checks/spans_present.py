"""Trace spans are recorded.

What it measures: rows of the table "spans" while the table "logs" has rows.

Why it matters: without spans no request can be traced and no slow request found, so "no slow request" proves nothing.

What to do: check that tracing is enabled, and for which calls the gateway records spans (some do for one endpoint or
for successes only).

Limitations: before the first request of a kind that writes spans there are none; where the gateway is known to write
them for some calls only, none is a fact that is shown and never counts.
"""

from llmgw_report.checks import (
    Category,
    Findings,
    Reads,
    Snapshot,
    Threshold,
    Unit,
    below,
    blind_spot,
    finding,
    judged,
    msg,
    skip,
    units,
)

CATEGORY: Category = "logs"
UNIT: Unit = "count"
READS: Reads = ("tables.sql",)
DEFAULT = Threshold(warn=1)
PROVES_SERVICE = True


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding, for a gateway that has both tables."""
    database = snapshot.sections.database
    rows = {table.name: table.rows for table in database.tables} if database else {}
    if "spans" not in rows or not rows.get("logs"):
        yield from skip("no log entries, or no table of spans beside them")
        return
    never = blind_spot(snapshot, "spans of every request")
    if not rows["spans"] and never:
        yield finding(
            "info", msg("no span beside {n} log entries: {reason}", n=units.count(rows["logs"]), reason=never)
        )
        return
    spans, logs = units.count(rows["spans"]), units.count(rows["logs"])
    seen = msg("{spans} spans beside {logs} log entries", spans=spans, logs=logs)
    yield judged(below(rows["spans"], threshold), seen, observed=rows["spans"], unit="{row}", n=rows["logs"])
