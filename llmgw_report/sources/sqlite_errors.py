"""SQLite's errors in the words of somebody who only wants a report."""

from llmgw_report.errors import SourceError
from llmgw_report.model.table import Query

#: By the beginning of SQLite's own name for the error; the first that fits.
_UNREADABLE = (
    (
        "SQLITE_READONLY",
        "is in WAL mode, nobody has it open, and its directory may not be written",
        "SQLite needs a -shm file beside it: run as a user who may write there, or report on a copy",
    ),
    (
        "SQLITE_CANTOPEN",
        "or the -wal and -shm files beside it cannot be opened",
        "run as a user who may read and write the directory, or copy all files of it and report on the copy",
    ),
    ("SQLITE_BUSY", "is locked by another process", "try again; a VACUUM or a bulk load may take a while"),
    ("SQLITE_NOTADB", "is not an SQLite database, or is encrypted", "check the path given with --db-path"),
    (
        "SQLITE_CORRUPT",
        "is damaged",
        "check it with: sqlite3 FILE 'PRAGMA integrity_check'; a copy of a live file needs .backup",
    ),
    ("SQLITE_IOERR", "cannot be read: the system reports an I/O error", "check the disk or the network file system"),
)
_FAILED = (
    ("no such table: ", "the database has no table "),
    ("no such column: ", "the database has no column "),
    ("no such function: ", "this SQLite has no function "),
)
_ONLY_SELECT = "only SELECT is allowed, on the tables of this database"


def unreadable(problem: Exception, name: str) -> SourceError:
    """The error for a file that gives no rows at all."""
    code = getattr(problem, "sqlite_errorname", "")
    for known, what, hint in _UNREADABLE:
        if code.startswith(known):
            return SourceError(f"{name}: {what}", hint)
    return SourceError(f"{name}: cannot be read: {problem}", "check the path given with --db-path")


def why_failed(problem: Exception, query: Query) -> str:
    """Why one query gave nothing."""
    text, code = str(problem), getattr(problem, "sqlite_errorname", "")
    for known, words in _FAILED:
        if text.startswith(known):
            return words + text.removeprefix(known)
    if code == "SQLITE_INTERRUPT":
        return f"took longer than {query.deadline_seconds:g} s"
    if code == "SQLITE_AUTH" or "not authorized" in text or "is prohibited" in text:
        return f"{_ONLY_SELECT} ({text})"
    if "one statement at a time" in text:
        return "holds more than one statement"
    if text.endswith("syntax error") or code == "SQLITE_ERROR":
        return f"SQL error: {text}"
    return _of_values(problem, text)


def _of_values(problem: Exception, text: str) -> str:
    if "binding" in text:
        return f"needs a parameter that it is not given: {text}"
    if isinstance(problem, UnicodeDecodeError):
        return "a column name is not UTF-8: give it another one with AS"
    return text
