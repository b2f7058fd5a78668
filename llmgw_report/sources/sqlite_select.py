"""One SELECT within its limits: it cannot write, cannot run long, cannot return much."""

from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from time import perf_counter
from typing import TYPE_CHECKING

from msgspec import Struct

from llmgw_report.model.table import Access, FailedQuery, Query, Schema, Table, Value
from llmgw_report.sources.sqlite_access import Guard, compares_unnamed
from llmgw_report.sources.sqlite_deadline import Deadlines
from llmgw_report.sources.sqlite_errors import why_failed

if TYPE_CHECKING:
    from sqlite3 import Connection, Cursor

#: Of one query: what a report has no use for, and what would fill the memory.
_RESULT_BYTES = 8 * 2**20
_CELL_BYTES = 8

Execute = Callable[[str, dict[str, Value]], "Cursor"]
Rows = tuple[tuple[Value, ...], ...]


class Frame(Struct, frozen=True, kw_only=True):
    """What all queries of one reading have in common; `end`, on the clock of durations, is the transaction's."""

    parameters: Mapping[str, Value]
    access: Access
    schema: Schema
    end: float
    deadlines: Deadlines


def make_ready(queries: Iterable[Query]) -> None:
    """Import what a query of the user's own needs: no transaction waits for that."""
    if not all(query.builtin for query in queries):
        import sqlite_utils  # noqa: F401 - costs more than most whole runs


def select(connection: "Connection", query: Query, frame: Frame) -> Table | FailedQuery:
    """What the query returns, or why it returned nothing; never an exception for what a query can do wrong."""
    import sqlite3  # the run that has no database does without

    started = perf_counter()
    guard = Guard(query, frame.access, frame.schema)
    guard.install(connection)
    try:
        execute = _executor(connection, query)
        with frame.deadlines.within(connection, _seconds(query, frame)):
            columns, rows, truncated = _run(execute(query.sql, dict(frame.parameters)), query)
    # Warning is how Python before 3.12 may refuse a second statement; ValueError, text it cannot take or decode.
    except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError, MemoryError) as problem:
        reason = guard.refusal or why_failed(problem, query)
        elapsed = perf_counter() - started
        return FailedQuery(name=query.name, title=query.title, reason=reason, elapsed_seconds=elapsed)
    return Table(
        name=query.name,
        title=query.title,
        columns=columns,
        rows=rows,
        elapsed_seconds=perf_counter() - started,
        truncated=truncated,
        builtin=query.builtin,
    )


def _seconds(query: Query, frame: Frame) -> float:
    """What is left for it."""
    left = frame.end - perf_counter()
    if left <= 0:
        raise ValueError("not run: the queries before it took all the time that one read transaction may last")
    return min(query.deadline_seconds, left)


def _executor(connection: "Connection", query: Query) -> Execute:
    """What runs the query, made ready before its time begins."""
    if compares_unnamed(query.sql):
        raise ValueError("joins with NATURAL or USING, which compare columns unseen: write ON a.x = b.x")
    if query.builtin:
        return connection.execute
    from sqlite_utils import Database  # only a query of the user's own pays for it

    # Its default for recursive triggers is a PRAGMA, which the authorizer would refuse.
    return Database(connection, recursive_triggers=False, execute_plugins=False).execute


def _run(cursor: "Cursor", query: Query) -> tuple[tuple[str, ...], Rows, bool]:
    """Names of the columns, the rows, and whether there were more than the limits allow."""
    if cursor.description is None:
        raise ValueError("holds no SELECT")
    columns = tuple(column[0] for column in cursor.description)
    rows, truncated = _rows(cursor, query)
    cursor.close()
    return columns, rows, truncated


def _rows(cursor: "Cursor", query: Query) -> tuple[Rows, bool]:
    """At most the query's limit of rows, and at most what may be kept of them."""
    rows: list[tuple[Value, ...]] = []
    size = 0
    for row in cursor:
        size += sum(len(cell) if isinstance(cell, str) else _CELL_BYTES for cell in row)
        if len(rows) == query.limit or size > _RESULT_BYTES:
            return tuple(rows), True
        rows.append(tuple(map(_value, row)))
    return tuple(rows), False


def _value(cell: str | float | bytes | None) -> Value:
    """JSON knows no infinity, and nobody wants to read a blob."""
    if isinstance(cell, bytes):
        return f"<{len(cell)} bytes>"
    return None if isinstance(cell, float) and not isfinite(cell) else cell
