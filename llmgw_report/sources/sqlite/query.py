"""One SELECT within its limits: it cannot write, cannot run long, cannot return much."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from math import isfinite
from threading import Event, Lock, Thread
from time import perf_counter
from typing import TYPE_CHECKING, Self

from msgspec import Struct

from llmgw_report.errors import SourceError
from llmgw_report.messages import say
from llmgw_report.model.database import Access, FailedQuery, Query, Schema, Table, Value

if TYPE_CHECKING:
    from sqlite3 import Connection, Cursor


_WORD = r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+"

#: What people say, what models answer, and what opens doors.
_CONTENT = (
    r"answers?|arg(ument)?s|blob|bod(y|ies)|chat|completions?|contents?|conversations?|data|documents?|embeddings?"
    r"|inputs?|instructions?|json|messages?|outputs?|payloads?|prompts?|questions?|raw|reasoning|request|response"
    r"|snippet|texts?|thinking|transcripts?"
    r"|auth|authorization|bearer|cookies?|credentials?|headers?|jwt|keys?|pass(phrase|wd|words?)|secrets?|token"
)
#: A name that ends in one of these is about the content and not the content itself.
_ABOUT = (
    r"alias|at|bytes|chars|class|code|cost|count|created|currency|date|days?|duration|encoding|finished|format|hash"
    r"|hours?|ids?|index|kind|last|latency|len(gth)?|limit|mode|model|ms|name|number|price|provider|rate|ratio"
    r"|role|score|seconds|sha|size|started|state|status|time|timestamp|tokens|total|ts|type|units|usd|uuid|version"
)


def looks_like_content(column: str) -> bool:
    """Whether `column` says content or a secret. `prompt` does; `prompt_tokens`, `apiKeyName` do not."""
    words = [word.lower() for word in re.findall(_WORD, column)]
    content, about = _expressions()
    return bool(words) and not about.fullmatch(words[-1]) and any(map(content.fullmatch, words))


@cache
def _expressions() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Compiled when a column is met that no definition lists: most runs meet none."""
    return re.compile(_CONTENT), re.compile(_ABOUT)


#: Functions that run code or reach out of the database, most of which most builds lack; and the two that one
#: letter of a format keeps busy for minutes, in which nothing can interrupt them.
_FUNCTIONS = frozenset(
    ("edit", "fts3_tokenizer", "fts5", "load_extension", "optimize", "readfile", "writefile", "format", "printf")
)
_UNROLLED = frozenset(("json_each", "json_tree"))
_SCHEMA = "sqlite_master"
#: Quoted names, texts and comments as one piece each, else words.
_PIECES = r"""'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?(?:\*/|\Z)|\w+"""


class Guard:
    """The authorizer of one query; `refusal` says in words what it refused first.

    A column may be read that the gateway's definition lists or that the query's header requires; never
    one that holds content. SQLite names the column of the table itself, whatever alias, view, subquery
    or common table expression it is reached through.
    """

    def __init__(self, query: Query, access: Access, schema: Schema) -> None:
        self.refusal: str | None = None
        self._asks = dict.fromkeys(name.lower() for name in query.requires)
        self._listed = {f"{table}.{column}".lower() for table, columns in access.columns.items() for column in columns}
        self._content = {name.lower() for name in access.content}
        self._virtual = {name.lower() for name in schema.virtual}
        self._generated = {name.lower() for name in schema.generated}
        self._tables = {name.lower() for name in schema.tables}

    def install(self, connection: "Connection") -> None:
        """Make `connection` ask this guard from now on."""
        import sqlite3  # the run that has no database does without

        free = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE}

        def authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
            if action == sqlite3.SQLITE_READ:
                refusal = self._column((first or "").lower(), (second or "").lower())
            elif action == sqlite3.SQLITE_FUNCTION:
                refusal = f"calls {second}(), which no query may" if (second or "").lower() in _FUNCTIONS else None
            else:
                refusal = None if action in free else "only SELECT is allowed, on the ordinary tables of this database"
            self.refusal = self.refusal or refusal
            return sqlite3.SQLITE_DENY if refusal else sqlite3.SQLITE_OK

        connection.set_authorizer(authorize)

    def _column(self, table: str, column: str) -> str | None:
        """Why `column` may not be read; the empty one is that of a query which counts rows or names none."""
        if table not in self._tables:
            # Without a column it is the name of a common table expression.
            known = not column or table in _UNROLLED or table == _SCHEMA
            return None if known else f"reads {table}, which is no table of this database"
        name = f"{table}.{column}"
        if table in self._virtual:
            return f"reads {table}, and a virtual table can hold content under any name"
        if name in self._content:
            return f"reads {name}, which holds content and is never read: leave the column out"
        if name in self._listed or (column in {"", "rowid"} and self._knows(table)):
            return None
        return self._unlisted(table, name, column)

    def _unlisted(self, table: str, name: str, column: str) -> str | None:
        """The same for what no definition lists."""
        if looks_like_content(column) or name in self._generated:
            why = (
                "is computed from other columns"
                if name in self._generated
                else "says content or credentials by its name"
            )
            return f"reads {name}, which {why}: leave the column out, or list it under [reads] in a gateway definition"
        if name in self._asks or table in self._asks:
            return None
        asked = name if column else table
        return f'reads {asked}, which no gateway definition lists: if it holds no content, add "-- requires: {asked}"'

    def _knows(self, table: str) -> bool:
        return any(name == table or name.startswith(f"{table}.") for name in (*self._listed, *self._asks))


def compares_unnamed(sql: str) -> bool:
    """Whether the query joins with NATURAL or USING: SQLite asks no authorizer about the columns they compare."""
    lowered = sql.lower()
    words = [word for word in ("natural", "using") if word in lowered]
    return bool(words) and not set(words).isdisjoint(re.findall(_PIECES, lowered, re.DOTALL))


#: Steps of SQLite's virtual machine between two looks at the clock: about ten milliseconds. Every look takes
#: Python's lock, for which a thread that reads the scrape makes this one wait up to five.
_STEPS = 1_000_000
_LOOK_SECONDS = 0.02


class Deadlines:
    """Interrupts what runs too long on any connection, from a thread of its own.

    A progress handler counts steps, and one step can parse a megabyte of JSON: a million of them have
    taken seventy times the deadline. A handler that is called often enough for that slows every query.
    """

    def __init__(self) -> None:
        self._ends: dict[Connection, float] = {}
        self._lock = Lock()
        self._over = Event()

    def __enter__(self) -> Self:
        Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    @contextmanager
    def within(self, connection: "Connection", seconds: float) -> Iterator[None]:
        """What runs on `connection` in here has so many seconds."""
        end = perf_counter() + seconds
        connection.set_progress_handler(lambda: perf_counter() > end, _STEPS)
        with self._lock:
            self._ends[connection] = end
        try:
            yield
        finally:
            # Under the lock, so that no interrupt reaches the query after this one.
            with self._lock:
                del self._ends[connection]

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            with self._lock:
                for connection, end in self._ends.items():
                    if perf_counter() > end:
                        connection.interrupt()


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
