"""Opens the file of earlier runs, makes it, and brings its tables up to date.

sqlite-utils makes the tables and deletes from them, which few runs do; it takes longer to import than most whole runs,
so that reading and appending use sqlite3 alone. The journal is SQLite's own rollback journal: WAL would leave two more
files beside it, and runs are minutes apart.
"""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from llmgw_report.errors import UsageError

if TYPE_CHECKING:
    from sqlite_utils import Database

#: In the header of the file, beside the version of its tables: "LLMH".
APPLICATION_ID = 0x4C4C4D48
LOCK_SECONDS = 5.0
_HEADER = b"SQLite format 3\0"
_HINT = "name another file with --history; a new one is made at the first run"


def prepare(path: str) -> None:
    """Make the file, or bring its tables up to date. UsageError for one that cannot be used: read-only, not ours."""
    with refused(path):
        _require_ours(path)
        with closing(connect(path)) as database:
            # Found out now: a report that cannot be remembered would let the next run judge a longer window.
            _begin(database)
            _require_tables_alone(database, path)
            found = pragma(database, "user_version")
            if found > VERSION:
                message = f"--history {path}: made by a newer version of this program (tables {found}, not {VERSION})"
                raise UsageError(message, "use that version, or name another file")
            if found < VERSION:
                _migrate(database, found)
            database.execute("COMMIT")
            if 0 < found < _SHRINKS:
                _let_it_shrink(database)


def _require_ours(path: str) -> None:
    """Look at the header before SQLite does: opening a gateway's own database for writing could change it."""
    if path == "-":
        raise UsageError("--history -: a history is a file that stays", _HINT)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        _make(Path(path).resolve())  # a link may lead to a file that is not there yet
        return
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"--history {path}: not a regular file", _HINT)
        header = stream.read(100)
    if not os.access(path, os.W_OK):
        raise UsageError(f"--history {path}: read-only", _HINT)
    if not os.access(Path(path).resolve().parent, os.W_OK | os.X_OK):
        raise UsageError(f"--history {path}: its folder is read-only, and SQLite's journal has to be there", _HINT)
    # Without a byte it was made by a run that was killed before its first commit.
    if header and (not header.startswith(_HEADER) or int.from_bytes(header[68:72], "big") != APPLICATION_ID):
        raise UsageError(f"--history {path}: not a history of llmgw-report, or damaged", _HINT)
    if status.st_uid == os.geteuid() and status.st_mode & 0o077:
        Path(path).chmod(0o600)


def _begin(database: sqlite3.Connection) -> None:
    """Begin to write. What lets a file shrink later has to be set before anything else is in it, or costs a VACUUM."""
    if pragma(database, "page_count"):
        database.execute("BEGIN IMMEDIATE")
    else:  # IMMEDIATE would write the first page
        database.execute("BEGIN")
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")


def _require_tables_alone(database: sqlite3.Connection, path: str) -> None:
    """A trigger of another's would run whenever a run is added, and a view would be read in place of a table."""
    query = "SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view') LIMIT 1"
    if found := database.execute(query).fetchone():
        message = f"--history {path}: it has the {found[0]} {found[1]}, which is not of llmgw-report"
        raise UsageError(message, _HINT)


def _let_it_shrink(database: sqlite3.Connection) -> None:
    """Give a file of an older version the mode in which it gives back pages; one that cannot have it stays as it is."""
    with suppress(sqlite3.Error):
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        database.execute("VACUUM")


def _make(path: Path) -> None:
    if not path.parent.is_dir():
        raise UsageError(f"--history {path}: its folder is not there", "make the folder, or name another file")
    with suppress(FileExistsError):  # another first run was faster
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _migrate(database: sqlite3.Connection, version: int) -> None:
    """Every step from its version to ours, in the transaction that is open: a run that is killed changes nothing."""
    from sqlite_utils import Database

    tables = Database(database, execute_plugins=False)
    for migration in MIGRATIONS[version:]:
        migration(tables)
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _create(tables: "Database") -> None:
    columns = {
        "id": int,
        "source": str,
        "gateway": str,
        "at_ms": int,
        "started_ms": int,
        "requests": int,
        "success": int,
    }
    more = {"good": int, "bad": int, "more_requests": int, "more_good": int, "more_bad": int, "dated_ahead": int}
    texts = {"verdict": str, "failing": str, "log_rows": int, "hidden_rows": int}
    run = tables.create_table("run", {**columns, **more, **texts}, pk="id", not_null=_GIVEN)
    run.create_index(["source", "at_ms"], index_name="run_by_time")
    sums = ["source", "gateway", "dated_ahead", "at_ms", "more_good", "more_bad"]
    run.create_index(sums, index_name="run_by_gateway")
    tables.create_table("reading", {"run": int, "body": bytes}, pk="run")
    tables.create_table(
        "pattern", {"gateway": str, "digest": str, "first_ms": int, "seen_ms": int}, pk=("gateway", "digest")
    )


_GIVEN = ("source", "gateway", "at_ms", "dated_ahead")


def _with_clocks(tables: "Database") -> None:
    """Version 1 knew of a clock that changed only where runs were dated ahead of a later one."""
    tables.execute("DROP INDEX run_by_gateway")
    run = tables.table("run")
    for name in ("clock", "boot", "booted_ms", "took_ms"):
        run.add_column(name, int)
    tables.execute("UPDATE run SET clock = -dated_ahead")
    run.transform(drop={"dated_ahead"})
    # How many runs there are, and their sums over thirty days, are read from the index alone.
    run.create_index(["source", "clock", "at_ms", "gateway", "more_good", "more_bad"], index_name="run_by_clock")
    tables.execute("DROP INDEX run_by_time")


def _with_spans(tables: "Database") -> None:
    """Version 2 did not know over how much of a window its sums are."""
    run = tables.table("run")
    run.add_column("more_ms", int)
    tables.execute(
        "UPDATE run SET more_ms = (SELECT run.at_ms - max(b.at_ms) FROM run AS b WHERE b.source = run.source"
        " AND b.gateway = run.gateway AND b.clock = run.clock AND coalesce(b.requests, b.success) IS NOT NULL"
        " AND b.at_ms < run.at_ms) WHERE more_good IS NOT NULL AND more_bad IS NOT NULL"
    )
    tables.execute("DROP INDEX run_by_clock")
    sums = ["source", "clock", "at_ms", "gateway", "more_good", "more_bad", "more_ms"]
    run.create_index(sums, index_name="run_by_clock")


#: The step at place n leads from version n to n + 1.
MIGRATIONS = (_create, _with_clocks, _with_spans)
#: Files of this version and later give back what is deleted.
_SHRINKS = 3
VERSION = len(MIGRATIONS)


def connect(path: str) -> sqlite3.Connection:
    """For reading and writing; it is never made here, where its mode would be the umask's."""
    address = f"file:{quote(str(Path(path).absolute()))}?mode=rw"
    database = sqlite3.connect(address, uri=True, timeout=LOCK_SECONDS, isolation_level=None)
    database.execute("PRAGMA trusted_schema = OFF")  # nothing in a file may call what changes anything else
    return database


def pragma(database: sqlite3.Connection, name: str) -> int:
    """A number of the file."""
    found: int = database.execute(f"PRAGMA {name}").fetchone()[0]
    return found


_HINTS = {"locked": "wait for the other run", "full": "make room, or name another file with --history"}


@contextmanager
def refused(path: str) -> Iterator[None]:
    """Every error of SQLite and of the system as a UsageError: the sources are not read yet."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"--history {path}: {error.strerror or error}", _HINT) from error
    except sqlite3.OperationalError as error:
        hint = next((hint for word, hint in _HINTS.items() if word in str(error)), _HINT)
        raise UsageError(f"--history {path}: {error}", hint) from error
    except (sqlite3.Error, ValueError) as error:
        raise UsageError(f"--history {path}: damaged: {error}", _HINT) from error
