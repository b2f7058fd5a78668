"""Opening a database that belongs to somebody who is writing to it."""

import os
from contextlib import ExitStack
from math import sqrt
from pathlib import Path
from string import ascii_letters, digits
from typing import TYPE_CHECKING

from llmgw_report.errors import SourceError

if TYPE_CHECKING:
    from sqlite3 import Connection

_MAGIC = b"SQLite format 3\0"
_PLAIN = frozenset((ascii_letters + digits + "/-._~").encode())
_BUSY_SECONDS = 2.0
_HINT = "check the path given with --db-path"


def check_file(name: str) -> Path:
    """The absolute path of the database `name`. Raises SourceError for what is plainly no database.

    To be called before any connection of this process is open on it: closing any descriptor of a file
    drops all locks that the process holds on that file.
    """
    path = Path(name).absolute()
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except FileNotFoundError:
        raise SourceError(f"{name}: no such file", _HINT) from None
    except IsADirectoryError:
        raise SourceError(f"{name}: is a directory", "name the database's file in it with --db-path") from None
    except PermissionError:
        raise SourceError(f"{name}: may not be read", "run as the gateway's user, or change the mode") from None
    except (OSError, ValueError) as problem:
        raise SourceError(f"{name}: cannot be read: {problem}", _HINT) from problem
    if not magic:
        raise SourceError(f"{name}: is empty", "the gateway has not written to it yet, or it is not its database")
    if magic != _MAGIC:
        raise SourceError(f"{name}: is not an SQLite database", _HINT)
    return path


def connect(path: Path, stack: ExitStack) -> "Connection":
    """A connection that cannot write and waits two seconds for a lock; `stack` closes it.

    Never `immutable=1`: on a live file it silently leaves out the rows still in the write-ahead log.
    """
    import sqlite3  # the run that has no database does without

    connection = sqlite3.connect(
        f"file://{_quoted(path)}?mode=ro",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    stack.callback(connection.close)
    connection.text_factory = _text
    # Built into most SQLite libraries and left out of some.
    connection.create_function("sqrt", 1, sqrt, deterministic=True)
    connection.execute("PRAGMA query_only = 1")
    return connection


def _quoted(path: Path) -> str:
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in os.fsencode(path))


def _text(value: bytes) -> str:
    """SQLite does not check that text is UTF-8, so neither may one bad row end a query."""
    return value.decode(errors="replace")
