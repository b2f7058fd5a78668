"""Deletes what is too old or too much, in small steps."""

import sqlite3

from llmgw_report.history.file import pragma

KEPT_MS = 30 * 86_400_000
KEPT_BYTES = 64 << 20
#: Runs that one run deletes at most, so that no run is long; the next one goes on.
STEP_RUNS = 1_000
#: Pages that one run gives back to the system at most, and what may stay free: the next run needs some again.
STEP_PAGES, FREE_PAGES = 1_000, 256
#: Not every run deletes: what is too old waits until there is a day of it.
LATE_MS = 86_400_000


def prune(database: sqlite3.Connection, now_ms: int, clock: int) -> None:
    """Delete what is too old, and readings where all is too much: the few figures beside them are small.

    `clock` says what is old. Just after it was set it may be wrong, and what it dates is deleted a day later.
    """
    oldest = database.execute("SELECT min(at_ms) FROM (SELECT at_ms FROM run ORDER BY id LIMIT 100)").fetchone()[0]
    size = (pragma(database, "page_count") - pragma(database, "freelist_count")) * pragma(database, "page_size")
    if oldest <= now_ms - KEPT_MS - LATE_MS or size > KEPT_BYTES:
        _delete(database, now_ms, clock, size)
    free = pragma(database, "freelist_count") - FREE_PAGES
    if free > 0:  # as a script: `execute` would stop after the first page
        database.executescript(f"PRAGMA incremental_vacuum({min(free, STEP_PAGES)})")


def _delete(database: sqlite3.Connection, now_ms: int, clock: int, size: int) -> None:
    from sqlite_utils import Database

    tables = Database(database, execute_plugins=False)
    with tables.atomic():
        yesterday = "EXISTS (SELECT 1 FROM run WHERE clock = ? AND at_ms BETWEEN ? AND ?)"
        old = f"id IN (SELECT id FROM run WHERE at_ms < ? AND {yesterday} ORDER BY id LIMIT ?)"  # noqa: S608 - of this module
        known = [clock, now_ms - KEPT_MS, now_ms - LATE_MS]
        values = [now_ms - KEPT_MS, *known, STEP_RUNS]
        tables.table("reading").delete_where(old.replace("id IN", "run IN", 1), values)
        tables.table("run").delete_where(old, values)
        tables.table("pattern").delete_where(f"seen_ms < ? AND {yesterday}", [now_ms - KEPT_MS, *known])
        if size > KEPT_BYTES:
            few = max(1, min(STEP_RUNS, tables.table("reading").count // 10))
            tables.table("reading").delete_where("run IN (SELECT run FROM reading ORDER BY run LIMIT ?)", [few])
