"""Two connections that see the very same state of a database that is being written."""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite3 import Connection

_TRIES = 10


def same_state(watch: "Connection", pair: Sequence["Connection"]) -> Sequence["Connection"]:
    """Both of `pair`, each in a read transaction on the same state; the first, if the writer leaves no gap.

    SQLite can share a snapshot between connections only through an interface that is compiled out of
    most builds and not in Python's module. So `watch`, which is in no transaction, reads
    `data_version` before and after both have made their first read: it is equal only if nobody
    committed in between, and then there was one state to be seen. BEGIN alone would not do, it takes
    no snapshot; the first read does.
    """
    for _ in range(_TRIES):
        before = _pragma(watch, "data_version")
        for connection in pair:
            _begin(connection)
        if _pragma(watch, "data_version") == before:
            return pair
        for connection in pair:
            connection.execute("ROLLBACK")
    _begin(pair[0])
    return pair[:1]


def schema_version(connection: "Connection") -> int:
    """A number that every change of the schema changes."""
    return _pragma(connection, "schema_version")


def _pragma(connection: "Connection", name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _begin(connection: "Connection") -> None:
    import sqlite3  # the run that has no database does without

    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    # The first use of a table-valued function declares its columns, which an authorizer would refuse.
    with suppress(sqlite3.OperationalError):
        connection.execute("SELECT 1 FROM json_each('[]'), json_tree('[]')").fetchall()
