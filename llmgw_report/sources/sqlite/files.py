"""Opening a database that belongs to somebody who is writing to it."""

import os
import stat
import time
from collections.abc import Iterable
from contextlib import ExitStack, closing, suppress
from math import sqrt
from pathlib import Path
from string import ascii_letters, digits
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct

from llmgw_report.errors import SourceError
from llmgw_report.messages import say

if TYPE_CHECKING:
    from sqlite3 import Connection


_WAL = b"\2\2"
_MADE = ("-wal", "-shm")
#: Longer than the coarsest clock that a file system stamps its files with.
_STILL_NS = 3_000_000_000
#: The bytes that SQLite's locks are on: pending, reserved, and the 510 that readers share.
_LOCKS_AT, _LOCKS = 0x40000000, 512


class Image(Struct, frozen=True):
    """What changes when anybody writes a database, or makes or removes a file beside it."""

    inode: int
    size: int
    changed_ns: tuple[int, ...]


def companions(path: Path, suffixes: Iterable[str] = _MADE) -> tuple[Path, ...]:
    """The files beside the database that exist, of those that SQLite makes when it only reads."""
    base = path.resolve()
    found = (base.with_name(base.name + suffix) for suffix in suffixes)
    return tuple(file for file in found if os.path.lexists(file))


def in_wal_mode(path: Path) -> bool:
    """As its header says. To be called while this process has no connection to it, like `check_file`."""
    try:
        with path.open("rb") as file:
            return file.read(20)[18:] == _WAL
    except OSError:
        return False


def still_image(path: Path) -> Image | None:
    """What the file looks like while nobody has it open; None if somebody has, or had a moment ago.

    Where no file could be removed again, the moment is waited for.
    """
    base = path.resolve()
    try:
        file, folder = base.stat(), base.parent.stat()
    except OSError:
        return None
    image = Image(file.st_ino, file.st_size, (file.st_mtime_ns, file.st_ctime_ns, folder.st_mtime_ns))
    missing = _STILL_NS - (time.time_ns() - max(image.changed_ns))
    if companions(path, (*_MADE, "-journal")) or missing > _STILL_NS:
        return None
    if missing <= 0:
        return image
    if os.access(base, os.W_OK) and os.access(base.parent, os.W_OK):
        return None
    time.sleep(missing / 1e9)
    return still_image(path)


def remove_made(path: Path, before: tuple[Path, ...]) -> tuple[str, ...]:
    """Remove the files made since `before`, if provably nobody uses them; the names of those that stay."""
    made = [file for file in companions(path) if file not in before]
    if not made:
        return ()
    with suppress(OSError, ImportError), closing(path.open("r+b", buffering=0)) as file:
        _lock(file)
        for one in made:
            # A log with rows in it is a gateway's that came and crashed: the next one needs it.
            if one.name.endswith("-wal") and one.stat().st_size:
                break
            one.unlink()
    return tuple(file.name for file in companions(path) if file not in before)


def _lock(file: BinaryIO) -> None:
    """Raises OSError while any connection is open. Nothing is written; closing the file ends it."""
    import fcntl  # not on every system

    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, _LOCKS, _LOCKS_AT)


_MAGIC = b"SQLite format 3\0"
_PLAIN = frozenset((ascii_letters + digits + "/-._~").encode())
_BUSY_SECONDS = 2.0
_HINT = say("check the path given with --db-path")
_SETTINGS = (
    "PRAGMA query_only = 1",
    # A view of this database calls no function and reads no virtual table that can do more than compute.
    "PRAGMA trusted_schema = 0",
    "PRAGMA cell_size_check = 1",
    # Of this whole process, whatever a query builds: a report is made beside a gateway that needs the memory.
    f"PRAGMA hard_heap_limit = {96 * 2**20}",
)
_VALUE_BYTES = 2**20
_LIMITS = {
    # Of a value inside a query: a log row this large is read, what a query can build of it is not.
    "SQLITE_LIMIT_LENGTH": 16 * 2**20,
    "SQLITE_LIMIT_SQL_LENGTH": 2**20,
    "SQLITE_LIMIT_ATTACHED": 0,
    "SQLITE_LIMIT_WORKER_THREADS": 0,
    "SQLITE_LIMIT_LIKE_PATTERN_LENGTH": 1000,
}


def check_file(name: str) -> Path:
    """The absolute path of the database `name`. Raises SourceError for what is plainly no database.

    To be called before any connection of this process is open on it: closing any descriptor of a file
    drops all locks that the process holds on that file.
    """
    path = Path(name).absolute()
    try:
        kind, magic = _head(path)
    except FileNotFoundError:
        raise SourceError(f"{name}: no such file", _HINT) from None
    except PermissionError:
        raise SourceError(f"{name}: may not be read", say("run as the gateway's user, or change the mode")) from None
    except (OSError, ValueError) as problem:
        raise SourceError(f"{name}: cannot be read: {problem}", _HINT) from problem
    if kind == stat.S_IFDIR:
        raise SourceError(f"{name}: is a directory", say("name the database's file in it with --db-path"))
    if kind != stat.S_IFREG:
        raise SourceError(f"{name}: is no file but a device or a pipe", _HINT)
    if not magic:
        raise SourceError(f"{name}: is empty", say("the gateway has not written to it yet, or it is not its database"))
    if magic != _MAGIC:
        raise SourceError(f"{name}: is not an SQLite database, or is encrypted", _HINT)
    return path


def _head(path: Path) -> tuple[int, bytes]:
    """Which kind of thing it is, and the first bytes of a file. Opening a pipe must not wait for a writer."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        kind = stat.S_IFMT(os.fstat(descriptor).st_mode)
        return kind, os.read(descriptor, len(_MAGIC)) if kind == stat.S_IFREG else b""
    finally:
        os.close(descriptor)


def connect(path: Path, stack: ExitStack, *, still: bool) -> "Connection":
    """A connection that cannot write and waits two seconds for a lock; `stack` closes it.

    `still` opens with `immutable=1`, which takes no lock and makes no file. On a live file it silently
    leaves out the rows still in the write-ahead log, so only `still_image` decides about it.
    """
    import sqlite3  # the run that has no database does without

    connection = sqlite3.connect(
        f"file://{_quoted(path)}?mode=ro{'&immutable=1' if still else ''}",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    stack.callback(connection.close)
    connection.text_factory = _text
    # Built into most SQLite libraries and left out of some.
    connection.create_function("sqrt", 1, sqrt, deterministic=True)
    for name, limit in _LIMITS.items():
        connection.setlimit(getattr(sqlite3, name), limit)
    for setting in _SETTINGS:
        connection.execute(setting).fetchall()
    return connection


def _quoted(path: Path) -> str:
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in os.fsencode(path))


def _text(value: bytes) -> str:
    """SQLite does not check that text is UTF-8, so neither may one bad row end a query."""
    if len(value) > _VALUE_BYTES:
        raise ValueError(f"returns a text of {len(value)} bytes, over 1 MiB: shorten it with substr()")
    return value.decode(errors="replace")
