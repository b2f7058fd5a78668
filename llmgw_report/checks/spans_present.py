"""Spans beside the log rows.

Measured: rows of table spans while table logs has rows. Unit: {row}.

Why it matters: without spans no request can be followed, no slow request can be found, and "no slow request"
proves nothing.

What to do: see whether the gateway records spans for the calls it gets (some write them for one endpoint or
for successes only) and whether tracing is switched on.

How it can be wrong: before the first request of a kind that writes spans there is nothing to write.
"""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._finding import below, judged, skip
from llmgw_report.messages import say
from llmgw_report.model.finding import Category, FedBy, Finding, Threshold, Unit
from llmgw_report.model.report import Snapshot

CATEGORY: Category = "logs"
FED_BY: FedBy = ("tables.sql",)
DEFAULT = Threshold(warn=1)
UNIT: Unit = "count"


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """One finding, for a gateway that has both tables."""
    database = snapshot.sections.database
    rows = {table.name: table.rows for table in database.tables} if database else {}
    if "spans" not in rows or not rows.get("logs"):
        yield from skip("no log rows, or no table of spans beside them")
        return
    spans, logs = units.count(rows["spans"]), units.count(rows["logs"])
    seen = say("{spans} spans beside {logs} log rows", spans=spans, logs=logs)
    yield judged(below(rows["spans"], threshold), seen, observed=rows["spans"], unit="{row}", n=rows["logs"])
