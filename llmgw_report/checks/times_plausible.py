"""Plausible timestamps.

What it measures: rows of a table that are more than a minute in the future, and rows whose time cannot be right.

Why it matters: such a row is in no window, so the figures of this report leave it out, whatever it contains.

What to do: compare the clock of the gateway's machine with this one's (both should be set by NTP), and find out what
else writes into the table.

Limitations: rows written while the gateway's clock was wrong remain after it is correct again.
"""

from llmgw_report.checks import (
    Category,
    Findings,
    Reads,
    Snapshot,
    Threshold,
    Unit,
    above,
    join,
    judged,
    msg,
    skip,
    units,
)
from llmgw_report.model.contents import TableRows

CATEGORY: Category = "sources"
UNIT: Unit = "count"
READS: Reads = ("tables.sql",)
DEFAULT = Threshold(warn=0)


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding per table with such rows, or one for all tables."""
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
        yield from skip("no table has a row up to the evaluation time")
    elif not bad:
        seen = msg("no row is in the future or without a time")
        yield judged(above(0, threshold), seen, observed=0, unit="{row}")


def _seen(table: TableRows) -> str:
    future = msg("{rows} rows in the future: two clocks differ", rows=units.count(table.future))
    untimed = msg("{rows} rows whose time cannot be right", rows=units.count(table.untimed))
    return join("; ", [future if table.future else "", untimed if table.untimed else ""])
