"""Log database can be read.

What it measures: whether the file opened read-only as a SQLite database with the tables of a known gateway.

Why it matters: without its rows there is no time window, trend, error pattern or slow request; such a report can miss
a fault that began an hour ago.

What to do: check the path, and that this user may read the file and its folder; the message contains SQLite's error.

Limitations: the file may belong to another gateway with the same schema.
"""

from llmgw_report.checks import (
    Category,
    Findings,
    Reads,
    Snapshot,
    Threshold,
    Unit,
    finding,
    has_source,
    join,
    msg,
    source_unavailable,
    units,
)

CATEGORY: Category = "sources"
UNIT: Unit = "none"
READS: Reads = ("tables.sql",)
DOES_WITHOUT: Reads = ("tables.sql",)
DEFAULT = Threshold()


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:  # noqa: ARG001 - it has no threshold
    """One finding for the database, and one for each of several that could not be read."""
    section = snapshot.sections.database
    if section is None or not has_source(snapshot, "database"):
        # The database counts as read by its table counts: a failure of that query is a failure to read it.
        failed = (one.reason for one in snapshot.sections.failed_queries if one.name == "tables")
        yield from source_unavailable(snapshot, "database", next(failed, None))
        return
    if any(one.kind == "database" and one.status == "unavailable" for one in snapshot.inputs):
        yield from source_unavailable(snapshot, "database")
    tables = join(", ", (f"{table.name} {units.count(table.rows)}" for table in section.tables))
    yield finding("pass", msg("rows read: {tables}", tables=tables))
