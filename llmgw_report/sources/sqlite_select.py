"""One SELECT within its limits: it cannot write, cannot run long, cannot return much."""

from collections.abc import Mapping
from contextlib import suppress
from math import isfinite
from time import perf_counter
from typing import TYPE_CHECKING

from llmgw_report.model.table import FailedQuery, Query, Table, Value
from llmgw_report.sources.sqlite_errors import why_failed

if TYPE_CHECKING:
    from sqlite3 import Connection, Cursor

#: Steps of SQLite's virtual machine between two looks at the clock: about ten milliseconds. Every look takes
#: Python's lock, for which a thread that reads the scrape makes this one wait up to five.
_STEPS = 1_000_000


def restrict(connection: "Connection") -> None:
    """Allow SELECT and nothing else from here on, not even on an attached database or by PRAGMA."""
    import sqlite3  # the run that has no database does without

    allowed = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}

    def authorize(action: int, _first: str | None, second: str | None, *_: str | None) -> int:
        if action not in allowed or (action == sqlite3.SQLITE_FUNCTION and second == "load_extension"):
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    # The first use of a table-valued function declares its columns, which would be refused as CREATE TABLE.
    with suppress(sqlite3.OperationalError):
        connection.execute("SELECT 1 FROM json_each('[]'), json_tree('[]')").fetchall()
    connection.set_authorizer(authorize)


def select(connection: "Connection", query: Query, parameters: Mapping[str, Value]) -> Table | FailedQuery:
    """What the query returns, or why it returned nothing; never an exception for what a query can do wrong."""
    import sqlite3  # the run that has no database does without

    started = perf_counter()
    end = started + query.deadline_seconds
    connection.set_progress_handler(lambda: perf_counter() > end, _STEPS)
    try:
        cursor = _execute(connection, query, parameters)
        if cursor.description is None:
            raise ValueError("holds no SELECT")  # noqa: TRY301 - the same end as every other unusable text
        columns = tuple(column[0] for column in cursor.description)
        rows = cursor.fetchmany(query.limit + 1)
        cursor.close()
    # Warning is how Python before 3.12 may refuse a second statement; ValueError, text it cannot take or decode.
    except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError) as problem:
        reason, elapsed = why_failed(problem, query), perf_counter() - started
        return FailedQuery(name=query.name, title=query.title, reason=reason, elapsed_seconds=elapsed)
    return Table(
        name=query.name,
        title=query.title,
        columns=columns,
        rows=tuple(tuple(map(_value, row)) for row in rows[: query.limit]),
        elapsed_seconds=perf_counter() - started,
        truncated=len(rows) > query.limit,
        builtin=query.builtin,
    )


def _execute(connection: "Connection", query: Query, parameters: Mapping[str, Value]) -> "Cursor":
    if query.builtin:
        return connection.execute(query.sql, dict(parameters))
    # Costs more than most whole runs: only a query of the user's own pays for it.
    from sqlite_utils import Database

    # Its default for recursive triggers is a PRAGMA, which the authorizer would refuse.
    database = Database(connection, recursive_triggers=False, execute_plugins=False)
    return database.execute(query.sql, dict(parameters))


def _value(cell: str | float | bytes | None) -> Value:
    """JSON knows no infinity, and nobody wants to read a blob."""
    if isinstance(cell, bytes):
        return f"<{len(cell)} bytes>"
    return None if isinstance(cell, float) and not isfinite(cell) else cell
