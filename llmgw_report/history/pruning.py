"""Deletes what is too old or too much, in small steps."""

import sqlite3

from llmgw_report.history.file import pragma

KEPT_MS = 30 * 86_400_000
KEPT_BYTES = 64 << 20
#: Runs that one run deletes at most, so that no run is long; the next one goes on.
STEP_RUNS = 1_000
#: Not every run deletes: what is too old waits until there is a day of it.
LATE_MS = 86_400_000


def prune(database: sqlite3.Connection, now_ms: int) -> None:
    """Delete what is too old, and readings where all is too much: the few figures beside them are small."""
    oldest = database.execute("SELECT at_ms FROM run ORDER BY id LIMIT 1").fetchone()[0]
    size = (pragma(database, "page_count") - pragma(database, "freelist_count")) * pragma(database, "page_size")
    if (oldest is None or oldest > now_ms - KEPT_MS - LATE_MS) and size <= KEPT_BYTES:
        return
    from sqlite_utils import Database

    tables = Database(database, execute_plugins=False)
    with tables.atomic():
        old = "id IN (SELECT id FROM run WHERE at_ms < ? ORDER BY id LIMIT ?)"
        values = [now_ms - KEPT_MS, STEP_RUNS]
        tables.table("reading").delete_where(old.replace("id IN", "run IN", 1), values)
        tables.table("run").delete_where(old, values)
        tables.table("pattern").delete_where("seen_ms < ?", [now_ms - KEPT_MS])
        if size > KEPT_BYTES:
            few = max(1, min(STEP_RUNS, tables.table("reading").count // 10))
            tables.table("reading").delete_where("run IN (SELECT run FROM reading ORDER BY run LIMIT ?)", [few])
