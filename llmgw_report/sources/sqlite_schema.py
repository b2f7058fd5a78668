"""What a database holds, and what a query needs of it."""

from typing import TYPE_CHECKING

from llmgw_report.model.table import Query, Schema

if TYPE_CHECKING:
    from sqlite3 import Connection

_TABLES = """SELECT name, sql LIKE 'CREATE VIRTUAL %' FROM sqlite_master
WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"""
#: `table_info` leaves generated columns out, which a query may well read; 2 and 3 are the two kinds of them.
_COLUMNS = "SELECT name, hidden IN (2, 3) FROM pragma_table_xinfo(?)"

Columns = list[tuple[str, int]]


def read_schema(connection: "Connection") -> Schema:
    """Tables and views with their columns; a view that cannot be resolved has none."""
    names = {str(name): bool(virtual) for name, virtual in connection.execute(_TABLES).fetchall()}
    columns = {name: _columns(connection, name) for name in names}
    return Schema(
        tables={name: tuple(column for column, _ in found) for name, found in columns.items()},
        virtual=_virtual(names),
        generated=tuple(f"{name}.{column}" for name, found in columns.items() for column, made in found if made),
    )


def unmet(query: Query, schema: Schema) -> list[str]:
    """Which of the query's `requires` the schema lacks. SQLite's names do not distinguish case."""
    known = {name.lower(): {column.lower() for column in columns} for name, columns in schema.tables.items()}
    return [needed for needed in query.requires if not _holds(known, needed.lower())]


def _virtual(names: dict[str, bool]) -> tuple[str, ...]:
    """Virtual tables and, by the beginning of their names, the ordinary ones which those keep their rows in."""
    roots = tuple(name for name, virtual in names.items() if virtual)
    kept = tuple(f"{name}_" for name in roots)
    return (*roots, *(name for name in names if name not in roots and name.startswith(kept)))


def _holds(known: dict[str, set[str]], needed: str) -> bool:
    table, dot, column = needed.partition(".")
    return table in known and (not dot or column in known[table])


def _columns(connection: "Connection", table: str) -> Columns:
    import sqlite3  # the run that has no database does without

    try:
        return [(str(name), made) for name, made in connection.execute(_COLUMNS, (table,)).fetchall()]
    except sqlite3.OperationalError:
        # A view of a table that is gone, or a virtual table whose module is not here.
        return []
