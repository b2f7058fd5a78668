"""What a database holds, and what a query needs of it."""

from typing import TYPE_CHECKING

from llmgw_report.model.table import Query, Schema

if TYPE_CHECKING:
    from sqlite3 import Connection

_TABLES = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
#: `table_info` leaves generated columns out, which a query may well read.
_COLUMNS = "SELECT name FROM pragma_table_xinfo(?)"


def read_schema(connection: "Connection") -> Schema:
    """Tables and views with their columns; a view that cannot be resolved has none."""
    names = [str(name) for (name,) in connection.execute(_TABLES).fetchall()]
    return Schema(tables={name: _columns(connection, name) for name in names})


def unmet(query: Query, schema: Schema) -> list[str]:
    """Which of the query's `requires` the schema lacks. SQLite's names do not distinguish case."""
    known = {name.lower(): {column.lower() for column in columns} for name, columns in schema.tables.items()}
    return [needed for needed in query.requires if not _holds(known, needed.lower())]


def _holds(known: dict[str, set[str]], needed: str) -> bool:
    table, dot, column = needed.partition(".")
    return table in known and (not dot or column in known[table])


def _columns(connection: "Connection", table: str) -> tuple[str, ...]:
    import sqlite3  # the run that has no database does without

    try:
        return tuple(str(name) for (name,) in connection.execute(_COLUMNS, (table,)).fetchall())
    except sqlite3.OperationalError:
        # A view of a table that is gone, or a virtual table whose module is not here.
        return ()
