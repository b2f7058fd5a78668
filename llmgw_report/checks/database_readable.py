"""Reading the log database.

Measured: whether the file opened read-only as a SQLite database with the tables of a known gateway. No unit.

Why it matters: without its rows there is no time window, no trend, no error pattern and no slow request; a
report without them can miss a fault that began an hour ago.

What to do: check the path and that this user may read the file and its folder; the message names what
SQLite said.

How it can be wrong: the file may belong to another gateway with the same schema.
"""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._finding import finding, read, unavailable
from llmgw_report.messages import join, say
from llmgw_report.model.finding import Category, FedBy, Finding, Threshold, Unit
from llmgw_report.model.report import Snapshot

CATEGORY: Category = "sources"
FED_BY: FedBy = ("tables.sql",)
DEFAULT = Threshold()
UNIT: Unit = "none"


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:  # noqa: ARG001 - it has no bounds
    """One finding for the database."""
    section = snapshot.sections.database
    if section is None or not read(snapshot, "database"):
        yield from unavailable(snapshot, "database", _failed(snapshot))
        return
    tables = join(", ", (f"{table.name} {units.count(table.rows)}" for table in section.tables))
    yield finding("pass", say("rows read: {tables}", tables=tables))


def _failed(snapshot: Snapshot) -> str | None:
    """Why the query gave nothing that every other is read beside."""
    return next((one.reason for one in snapshot.sections.failed_queries if one.name == "tables"), None)
