"""Opens a database that another process may be writing to, and removes what SQLite made beside it."""

import os
import sqlite3
import stat
import time
from collections.abc import Iterable
from contextlib import ExitStack, closing, suppress
from functools import lru_cache
from math import sqrt
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct

from llmgw_report.errors import SourceError
from llmgw_report.messages import msg

_MAGIC = b"SQLite format 3\0"
#: Bytes 18 and 19 of the header of a database in WAL mode.
_WAL_VERSIONS = b"\2\2"
#: Endings of the files that SQLite makes beside a database even when it only reads.
_READER_SUFFIXES = ("-wal", "-shm")
#: Longer than the coarsest clock that a file system stamps its files with.
_STILL_NS = 3_000_000_000
_BUSY_SECONDS = 2.0
_TEXT_BYTES = 2**20
#: Of a text that is kept once, however many rows have it.
_NAME_BYTES = 64
_LIMITS = {
    # Of a value inside a query: a log row this large is read, what a query can build of it is not.
    "SQLITE_LIMIT_LENGTH": 16 * 2**20,
    "SQLITE_LIMIT_SQL_LENGTH": 2**20,
    "SQLITE_LIMIT_ATTACHED": 0,
    "SQLITE_LIMIT_WORKER_THREADS": 0,
    "SQLITE_LIMIT_LIKE_PATTERN_LENGTH": 1000,
}
#: Without `trusted_schema = 0`: SQLite 3.40 then calls every schema damaged that has `json_extract` in an index or a
#: generated column. The authorizer refuses what a view could do, and no extension can be loaded.
_PRAGMAS = (
    "PRAGMA query_only = 1",
    "PRAGMA cell_size_check = 1",
    # Pages are read once, in order: a larger cache is memory that the gateway has not, and no faster.
    "PRAGMA cache_size = -512",
    # Of this whole process, whatever a query builds: a report is made beside a gateway that needs the memory. Above the
    # first limit pages of caches are used again, and rows on their way are in a temporary file: that is no slower.
    f"PRAGMA soft_heap_limit = {2**20}",
    f"PRAGMA hard_heap_limit = {96 * 2**20}",
)
#: Where SQLite looks for a folder for its temporary files, and where it puts them: into one, or into memory.
_FOLDER_VARIABLES, _FOLDERS = ("SQLITE_TMPDIR", "TMPDIR"), ("/var/tmp", "/usr/tmp", "/tmp", ".")  # noqa: S108 - as it does
_IN_FOLDER, _IN_MEMORY = 1, 2
_CHECK_PATH = msg("check the path given with --db-path")


class FileStamp(Struct, frozen=True):
    """What changes when any process writes the database, or makes or removes a file beside it."""

    inode: int
    size: int
    changed_ns: tuple[int, ...]


def check_file(name: str) -> Path:
    """The absolute path of the database `name`. Raises SourceError for what is plainly no database.

    Call it before this process has any connection to the file: closing any descriptor of a file drops
    all locks that the process holds on that file.
    """
    path = Path(name).absolute()
    try:
        kind, magic = _kind_and_magic(path)
    except FileNotFoundError:
        raise SourceError(f"{name}: no such file", _CHECK_PATH) from None
    except PermissionError:
        hint = msg("run as the gateway's user, or change the file's permissions")
        raise SourceError(f"{name}: permission denied", hint) from None
    except (OSError, ValueError) as problem:
        raise SourceError(f"{name}: cannot be read: {problem}", _CHECK_PATH) from problem
    if kind == stat.S_IFDIR:
        raise SourceError(f"{name}: is a directory", msg("give the database file inside it with --db-path"))
    if kind != stat.S_IFREG:
        raise SourceError(f"{name}: is a device or a pipe, not a file", _CHECK_PATH)
    if not magic:
        hint = msg("the gateway has not written to it yet, or this is not the gateway's database")
        raise SourceError(f"{name}: is empty", hint)
    if magic != _MAGIC:
        raise SourceError(f"{name}: is not an SQLite database, or is encrypted", _CHECK_PATH)
    return path


def in_wal_mode(path: Path) -> bool:
    """Whether the header says WAL mode. Call it before this process has a connection, as with `check_file`."""
    try:
        with path.open("rb") as file:
            return file.read(20)[18:] == _WAL_VERSIONS
    except OSError:
        return False


def sidecars(path: Path, suffixes: Iterable[str] = _READER_SUFFIXES) -> tuple[Path, ...]:
    """The files beside the database that exist and have one of these endings."""
    base = path.resolve()
    paths = (base.with_name(base.name + suffix) for suffix in suffixes)
    return tuple(path for path in paths if os.path.lexists(path))


def stamp_if_unused(path: Path) -> FileStamp | None:
    """The file's stamp, or None if another process has it open or had until a moment ago.

    That moment is waited for only where sidecar files could not be removed again.
    """
    base = path.resolve()
    try:
        file, folder = base.stat(), base.parent.stat()
    except OSError:
        return None
    stamp = FileStamp(file.st_ino, file.st_size, (file.st_mtime_ns, file.st_ctime_ns, folder.st_mtime_ns))
    missing_ns = _STILL_NS - (time.time_ns() - max(stamp.changed_ns))
    if sidecars(path, (*_READER_SUFFIXES, "-journal")) or missing_ns > _STILL_NS:
        return None
    if missing_ns <= 0:
        return stamp
    if os.access(base, os.W_OK) and os.access(base.parent, os.W_OK):
        return None
    time.sleep(missing_ns / 1e9)
    return stamp_if_unused(path)


def open_database(path: Path | None, stack: ExitStack, *, immutable: bool) -> sqlite3.Connection:
    """A connection that cannot write and waits two seconds for a lock; `stack` closes it. Without a path it is empty.

    An immutable one takes no lock and makes no file. On a live file it silently leaves out the rows that
    are still in the write-ahead log, so only `stamp_if_unused` decides about it.
    """
    options = "?mode=ro&immutable=1" if immutable else "?mode=ro"
    connection = sqlite3.connect(
        f"file://{quote(os.fsencode(path))}{options}" if path else "file::memory:",
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
    for pragma in (*_PRAGMAS, f"PRAGMA temp_store = {_temp_store()}"):
        connection.execute(pragma).fetchall()
    return connection


def _temp_store() -> int:
    """Where rows on their way are: without a folder that can be written in, a file of them is an I/O error."""
    named = filter(None, map(os.environ.get, _FOLDER_VARIABLES))  # noqa: TID251 - SQLite reads them itself
    # With a slash nothing but a folder is there.
    there = any(os.access(f"{folder}/", os.W_OK | os.X_OK) for folder in (*named, *_FOLDERS))
    return _IN_FOLDER if there else _IN_MEMORY


def remove_sidecars(path: Path, before: tuple[Path, ...]) -> tuple[str, ...]:
    """Remove the sidecar files made since `before`, if provably no process uses them; the names of those left."""
    made = [file for file in sidecars(path) if file not in before]
    if not made:
        return ()
    with suppress(OSError, ImportError), closing(path.open("r+b", buffering=0)) as file:
        import fcntl  # not on every system

        from llmgw_report.sources.sqlite.copying import PENDING_OFFSET, SHARED_BYTES  # most runs make none

        # All bytes that SQLite's locks are on: pending, reserved, and those that readers share.
        # It fails while any connection is open. It writes nothing, and closing the file releases it.
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 2 + SHARED_BYTES, PENDING_OFFSET)
        for sidecar in made:
            # A log with rows in it is that of a gateway that came and crashed: its next start needs it.
            if sidecar.name.endswith("-wal") and sidecar.stat().st_size:
                break
            sidecar.unlink()
    return tuple(file.name for file in sidecars(path) if file not in before)


def _kind_and_magic(path: Path) -> tuple[int, bytes]:
    """The type of the file, as in `st_mode`, and its first bytes. Opening a pipe must not wait for a writer."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        kind = stat.S_IFMT(os.fstat(descriptor).st_mode)
        return kind, os.read(descriptor, len(_MAGIC)) if kind == stat.S_IFREG else b""
    finally:
        os.close(descriptor)


def _text(value: bytes) -> str:
    """Decode a text. SQLite does not check that it is UTF-8, so one bad row must not end a query."""
    if len(value) > _TEXT_BYTES:
        raise ValueError(f"returns a text of {len(value)} bytes, over 1 MiB: shorten it with substr()")
    return _name(value) if len(value) <= _NAME_BYTES else value.decode(errors="replace")


@lru_cache(maxsize=4096)
def _name(value: bytes) -> str:
    """Decode what may be in every row, such as the name of a model, to one text for all of them."""
    return value.decode(errors="replace")
