"""SQLite's errors in the words of somebody who only wants a report."""

from llmgw_report.errors import SourceError
from llmgw_report.model.message import say
from llmgw_report.model.table import Query

#: By the beginning of SQLite's own name for the error; the first that fits.
_UNREADABLE = (
    (
        "SQLITE_READONLY_ROLLBACK",
        say("was left in the middle of a transaction, and its -journal may not be rolled back by a reader"),
        say("start the gateway once, or report on a copy of both files that sqlite3 has opened"),
    ),
    (
        "SQLITE_READONLY",
        say("is in WAL mode, its -shm file is missing, and its directory may not be written"),
        say("run as a user who may write there, or report on a copy of the database and its -wal"),
    ),
    (
        "SQLITE_CANTOPEN",
        say("its -wal and -shm files cannot be opened or made"),
        say("run as a user who may write in its directory, or report on a copy of the database and its -wal"),
    ),
    ("SQLITE_BUSY", say("is locked by another process"), say("try again; a VACUUM or a bulk load may take a while")),
    ("SQLITE_NOTADB", say("is not an SQLite database, or is encrypted"), say("check the path given with --db-path")),
    (
        "SQLITE_CORRUPT",
        say("is damaged"),
        say("check it with: sqlite3 FILE 'PRAGMA integrity_check'; a copy of a live file needs .backup"),
    ),
    (
        "SQLITE_IOERR",
        say("cannot be read: the system reports an I/O error"),
        say("check the disk or the network file system"),
    ),
)
NEEDS_PARAMETER = say("needs a parameter that it is not given")
_MISSING = (
    ("no such table: ", "the database has no table "),
    ("no such column: ", "the database has no column "),
    ("no such function: ", "this SQLite has no function "),
)
#: Why one query failed, by SQLite's own name for the error; the first that fits.
_FAILED = (
    ("SQLITE_AUTH", say("only SELECT is allowed, on the ordinary tables of this database")),
    ("SQLITE_CORRUPT", say("a page that it reads is damaged: sqlite3 FILE 'PRAGMA integrity_check' says which")),
    ("SQLITE_NOTADB", say("a page that it reads is damaged: sqlite3 FILE 'PRAGMA integrity_check' says which")),
    ("SQLITE_IOERR", say("the system reports an I/O error, or the file was cut off while it was read")),
    ("SQLITE_BUSY", say("the database is locked by another process: try again")),
    ("SQLITE_TOOBIG", say("it reads or makes a value of over 16 MiB")),
    ("SQLITE_NOMEM", say("it needs more memory than a report may take")),
)


def unreadable(problem: Exception, name: str) -> SourceError:
    """The error for a file that gives no rows at all."""
    code = "SQLITE_CORRUPT" if isinstance(problem, UnicodeDecodeError) else getattr(problem, "sqlite_errorname", "")
    for known, what, hint in _UNREADABLE:
        if code.startswith(known):
            return SourceError(f"{name}: {what}", hint)
    return SourceError(f"{name}: cannot be read: {problem}", say("check the path given with --db-path"))


def why_failed(problem: Exception, query: Query) -> str:
    """Why one query gave nothing."""
    text = str(problem)
    code = "SQLITE_NOMEM" if isinstance(problem, MemoryError) else getattr(problem, "sqlite_errorname", "")
    for known, words in _MISSING:
        if text.startswith(known):
            return words + text.removeprefix(known)
    for known, words in _FAILED:
        if code.startswith(known):
            return words
    if code == "SQLITE_INTERRUPT":
        return f"took longer than {query.deadline_seconds:g} s"
    if "one statement at a time" in text:
        return say("holds more than one statement")
    return (
        f"SQL error: {text}" if code == "SQLITE_ERROR" or text.endswith("syntax error") else _of_values(problem, text)
    )


def _of_values(problem: Exception, text: str) -> str:
    if "binding" in text:
        return f"{NEEDS_PARAMETER}: {text}"
    if isinstance(problem, UnicodeDecodeError):
        return say("a column name is not UTF-8: give it another one with AS")
    return text
