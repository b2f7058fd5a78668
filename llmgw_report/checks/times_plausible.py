"""Rows at a time that can be.

Measured: rows of a table more than a minute in the future, and rows whose time is no number. Unit: {row}.

Why it matters: such a row is in no window, so the figures of this report leave it out, whatever it says.

What to do: compare the clock of the gateway's machine with this one's (both should be set by NTP), and look
for what else writes into the table.

How it can be wrong: rows written while the gateway's clock was wrong stay, also once it is right.
"""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._finding import above, judged, skip
from llmgw_report.messages import join, say
from llmgw_report.model.finding import Category, FedBy, Finding, Threshold, Unit
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import TableRows

CATEGORY: Category = "sources"
FED_BY: FedBy = ("tables.sql",)
DEFAULT = Threshold(warn=0)
UNIT: Unit = "count"


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """One finding per table with such rows, or one for all tables without."""
    database = snapshot.sections.database
    if database is None:
        yield from skip("no database was read")
        return
    bad = [table for table in database.tables if table.future or table.untimed]
    for table in bad:
        count = table.future + table.untimed
        subject = {"table": table.name}
        yield judged(above(count, threshold.of(subject)), _seen(table), subject, observed=count, unit="{row}")
    if not any(table.rows for table in database.tables) and not bad:
        yield from skip("no table holds a row up to this instant")
    elif not bad:
        seen = say("no row is in the future or without a time")
        yield judged(above(0, threshold), seen, observed=0, unit="{row}")


def _seen(table: TableRows) -> str:
    future = say("{rows} rows in the future: two clocks differ", rows=units.count(table.future))
    untimed = say("{rows} rows whose time is no number", rows=units.count(table.untimed))
    return join("; ", [future if table.future else "", untimed if table.untimed else ""])
