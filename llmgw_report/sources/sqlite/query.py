"""Runs one SELECT within its limits: it cannot write, read content, run long or return much."""

import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event, Lock, Thread
from time import perf_counter
from typing import Any, Self

from msgspec import Struct

from llmgw_report.errors import SourceError
from llmgw_report.messages import msg
from llmgw_report.model.database import (
    LACKING,
    Access,
    FailedQuery,
    LogTable,
    Query,
    QueryResult,
    Schema,
    Table,
    Value,
)
from llmgw_report.sources.answers import answered

#: Functions that run code or reach out of the database, most of which most builds lack; and the two that one
#: letter of a format keeps busy for minutes. Others can be as slow, and a generated column calls what it likes:
#: `workers` gives up what does not end.
_FORBIDDEN_FUNCTIONS = frozenset(
    ("edit", "fts3_tokenizer", "fts5", "load_extension", "optimize", "readfile", "writefile", "format", "printf")
)
_TABLE_FUNCTIONS = frozenset(("json_each", "json_tree"))
_SCHEMA_TABLE = "sqlite_master"
_SELECT_ACTIONS = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE))
_COPY_ACTIONS = frozenset((sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE))
_SELECT_ONLY = msg("only SELECT is allowed, on the ordinary tables of this database")
#: In this order: "credentials:" before another word looks like a secret, and would be redacted.
_CONTENT_NAME = "whose name suggests credentials or content"

#: A word of a column's name, in snake_case or camelCase.
_WORD = r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+"
#: Words for what people write, what models answer, and what opens doors.
_CONTENT = (
    r"answers?|arg(ument)?s|blob|bod(y|ies)|chat|completions?|contents?|conversations?|data|documents?|embeddings?"
    r"|inputs?|instructions?|json|messages?|outputs?|payloads?|prompts?|questions?|raw|reasoning|request|response"
    r"|snippet|texts?|thinking|transcripts?"
    r"|auth|authorization|bearer|cookies?|credentials?|headers?|jwt|keys?|pass(phrase|wd|words?)|secrets?|token"
)
#: A name that ends in one of these words describes the content and does not hold it.
_ABOUT = (
    r"alias|at|bytes|chars|class|code|cost|count|created|currency|date|days?|duration|encoding|finished|format|hash"
    r"|hours?|ids?|index|kind|last|latency|len(gth)?|limit|micros|millis(econds)?|mode|model|ms|name|nanos|ns|number"
    r"|path|price|provider|rate|ratio|role|score|seconds?|sha|size|started|state|status|time|timestamp|tokens|total|ts"
    r"|type|units|us|usd|uuid|version"
)

#: Quoted names, texts and comments as one piece each, else words.
_SQL_PIECES = r"""'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?(?:\*/|\Z)|\w+"""
#: How a query begins that has common table expressions of its own.
_WITH = r"(?:\s|--[^\n]*\n|/\*.*?\*/)*with\s+(recursive\s+)?"
_UNNAMED_JOINS = frozenset(("natural", "using"))

#: Steps of SQLite's virtual machine between two looks at the clock: about ten milliseconds. Every look takes
#: Python's lock, for which a thread that reads the scrape makes this one wait up to five.
_PROGRESS_STEPS = 1_000_000
_WATCH_SECONDS = 0.02

#: Without WAL mode every commit waits for a reader, and fails where the gateway does not wait.
_LOCKED_ONCE_SECONDS, _LOCKED_SECONDS = 0.05, 0.3

#: Why a file cannot be read and what to do, by the beginning of SQLite's name for the error; the first that fits.
_UNREADABLE = (
    (
        "SQLITE_READONLY_ROLLBACK",
        msg("was left in the middle of a transaction, and a reader cannot roll its -journal back"),
        msg("start the gateway once, or report on a copy of both files that sqlite3 has opened"),
    ),
    (
        "SQLITE_READONLY",
        msg("is in WAL mode, its -shm file is missing, and its directory is not writable"),
        msg("run as a user who can write there, or report on a copy of the database and its -wal"),
    ),
    (
        "SQLITE_CANTOPEN",
        msg("its -wal and -shm files cannot be opened or created"),
        msg("run as a user who can write in its directory, or report on a copy of the database and its -wal"),
    ),
    ("SQLITE_BUSY", msg("is locked by another process"), msg("try again; a VACUUM or a bulk load may take a while")),
    ("SQLITE_NOTADB", msg("is not an SQLite database, or is encrypted"), msg("check the path given with --db-path")),
    (
        "SQLITE_CORRUPT",
        msg("is damaged"),
        msg("check it with: sqlite3 FILE 'PRAGMA integrity_check'; a copy of a live file needs .backup"),
    ),
    (
        "SQLITE_IOERR",
        msg("cannot be read: the system reports an I/O error"),
        msg("check the disk or the network file system"),
    ),
)
#: SQLite gives the code of damage to a schema that a newer version wrote, though it can read every page. The two
#: reasons behind it that say a page is wrong stay what they are.
_SCHEMA, _SCHEMA_PAGES = "malformed database schema", ("invalid rootpage", "orphan index")
NEEDS_PARAMETER = msg("needs a parameter that is not provided")
#: Why a query failed, by the beginning of SQLite's message: the name that it lacks follows.
_MISSING = (
    ("no such table: ", f"{LACKING}table "),
    ("no such column: ", f"{LACKING}column "),
    ("no such function: ", "this SQLite has no function "),
)
_NO_TIME_LEFT = msg("not run: earlier queries used up the time that one reading may take: --db-timeout gives it more")
_NOT_LOCKED_AGAIN = msg("not run: without WAL mode the gateway waits for every query, and those before used up 0.3 s")
_LOCKED_TOO_LONG = msg("took longer than the 0.05 s for which a gateway without WAL mode may be kept waiting")
_DAMAGED_PAGE = msg("a page that it reads is damaged: sqlite3 FILE 'PRAGMA integrity_check' reports which")
#: All connections of a process share the limit: one that fails beside others may succeed alone.
OUT_OF_MEMORY = msg("it needs more memory than a report may use")
#: Why a query failed, by the beginning of SQLite's name for the error; the first that fits.
_FAILED = (
    ("SQLITE_AUTH", _SELECT_ONLY),
    ("SQLITE_CORRUPT", _DAMAGED_PAGE),
    ("SQLITE_NOTADB", _DAMAGED_PAGE),
    ("SQLITE_IOERR", msg("the system reports an I/O error, or the file was truncated while it was read")),
    ("SQLITE_BUSY", msg("the database is locked by another process: try again")),
    ("SQLITE_TOOBIG", msg("it reads or builds a value larger than 16 MiB")),
    ("SQLITE_NOMEM", OUT_OF_MEMORY),
)

Execute = Callable[[str, dict[str, Value]], sqlite3.Cursor]
Rows = tuple[tuple[Value, ...], ...]


class LockTime:
    """How long short transactions may still have the file locked, all together."""

    def __init__(self) -> None:
        self.left_seconds = _LOCKED_SECONDS

    @property
    def longest_seconds(self) -> float:
        """For the next one."""
        return min(self.left_seconds, _LOCKED_ONCE_SECONDS)


class QueryContext(Struct, frozen=True, kw_only=True):
    """What all queries of one reading share; `end`, on `perf_counter`, is when it must be over.

    `timeout_seconds` is that of a query without a deadline of its own. With `lock_time` every query is a transaction.
    `temporary` tables are the reading's own, one of them of `lines` of a `log`.
    """

    parameters: Mapping[str, Value]
    access: Access
    schema: Schema
    end: float
    deadlines: "Deadlines"
    timeout_seconds: float
    lock_time: LockTime | None = None
    temporary: frozenset[str] = frozenset()
    log: LogTable | None = None
    lines: Rows = ()

    def seconds(self, query: Query) -> float:
        """How long the query may run from now on; negative if no time is left."""
        asked = query.longest_seconds(self.timeout_seconds)
        left = self.lock_time.longest_seconds if self.lock_time else asked
        return min(asked, left, self.end - perf_counter())


class Guard:
    """The authorizer of one query; `refusal` says in words what it refused first.

    A column may be read that the gateway's definition lists or that the query's header requires; never
    one that holds content. SQLite names the column of the table itself, whatever alias, view, subquery
    or common table expression it is reached through. A query of the user's own reads a column of JSON
    with content in it without that content: `without_content` puts an expression in front of the query that
    takes it out, and only there, by a name that no query can know, the column may be read.
    """

    def __init__(self, query: Query, context: QueryContext, into: str | None = None) -> None:
        access, schema = context.access, context.schema
        self.refusal: str | None = None
        self._into = into
        self._temporary = context.temporary if query.builtin else frozenset()
        self._required = {name.lower() for name in query.requires}
        self._builtin = query.builtin
        self._listed = {f"{table}.{column}".lower() for table, columns in access.columns.items() for column in columns}
        self._content = {name.lower() for name in access.content}
        self._virtual = {name.lower() for name in schema.virtual}
        self._generated = {name.lower() for name in schema.generated}
        self._tables = {name.lower(): columns for name, columns in schema.tables.items()}
        self._paths = {} if query.builtin else {name.lower(): paths for name, paths in access.content_paths.items()}
        self._passage = f"without_content_{os.urandom(8).hex()}"
        self.hides_content = False

    def install(self, connection: sqlite3.Connection) -> None:
        """Make `connection` ask this guard from now on."""
        allowed: set[tuple[Any, ...]] = set()

        def authorize(*asked: Any) -> int:  # noqa: ANN401 - the action, and what it is about
            # SQLite asks about a column again at each mention of it.
            if asked in allowed:
                return sqlite3.SQLITE_OK
            refusal = self._why_not(*asked)
            if refusal is None:
                allowed.add(asked)
            self.refusal = self.refusal or refusal
            return sqlite3.SQLITE_DENY if refusal else sqlite3.SQLITE_OK

        connection.set_authorizer(authorize)

    def _why_not(
        self, action: int, first: str | None, second: str | None, base: str | None, inside: str | None
    ) -> str | None:
        """Why a step of the query is not allowed."""
        if base == "temp" and first in self._temporary:
            allowed = action == sqlite3.SQLITE_READ or (action in _COPY_ACTIONS and first == self._into)
            return None if allowed else _SELECT_ONLY
        if action == sqlite3.SQLITE_READ:
            return self._column((first or "").lower(), (second or "").lower(), inside or "")
        if action == sqlite3.SQLITE_FUNCTION:
            forbidden = (second or "").lower() in _FORBIDDEN_FUNCTIONS
            return f"calls {second}(), which no query may call" if forbidden else None
        return None if action in _SELECT_ACTIONS else _SELECT_ONLY

    def without_content(self, sql: str) -> str:
        """The query with every table replaced whose JSON holds content; what is no JSON object is left out whole."""
        self.refusal = None
        parts = []
        for table in dict.fromkeys(name.partition(".")[0] for name in self._paths):
            if table in self._tables:
                hidden = f"{self._passage}_{table}"
                # `*` stands for all columns, and one of them may be why the query is rejected.
                columns = ", ".join(self._shown(table, hidden, everything="*" in sql.replace("(*)", "")))
                parts.append(f'"{hidden}" AS (SELECT {columns} FROM main."{table}")')  # noqa: S608 - names of the schema
                parts.append(f'"{table}" AS (SELECT * FROM "{hidden}")')  # noqa: S608
        return with_tables(sql, parts)

    def _shown(self, table: str, hidden: str, *, everything: bool) -> Iterator[str]:
        """The columns of a table that may be read, or all of them, without content in JSON."""
        for column in self._tables[table]:
            name = f'"{column}"'
            paths = self._paths.get(f"{table}.{column}".lower(), ())
            if paths:
                quoted = ["'" + path.replace("'", "''") + "'" for path in paths]
                removed = f"json_remove({name}, {', '.join(quoted)})"
                # Of two members with one name the first is taken out, and the other would stay.
                gone = " AND ".join(f"json_type({removed}, {path}) IS NULL" for path in quoted)
                whole = f"json_valid({name}) AND json_type({name}) = 'object'"
                name = f"CASE WHEN {whole} THEN CASE WHEN {gone} THEN {removed} END END AS {name}"
            if everything or self._column(table, column.lower(), hidden) is None:
                yield name

    def _column(self, table: str, column: str, inside: str) -> str | None:
        """Why `column` may not be read. SQLite gives "" for a query that counts rows or names no column."""
        if table not in self._tables:
            # Without a column it is the name of a common table expression.
            known = not column or table in _TABLE_FUNCTIONS or table == _SCHEMA_TABLE
            return None if known else f"reads {table}, which is not a table of this database"
        name = f"{table}.{column}"
        if table in self._virtual:
            return f"reads {table}, and a virtual table can hold content under any name"
        if name in self._paths and not inside.startswith(self._passage):
            self.hides_content = True
            return f"reads {name}, whose JSON holds content: name the table alone, without main"
        if name in self._content:
            return f"reads {name}, which holds content and is never read: leave the column out"
        if name in self._listed or (column in {"", "rowid"} and self._is_known(table)):
            return None
        return self._unlisted(table, name, column)

    def _unlisted(self, table: str, name: str, column: str) -> str | None:
        """The same for a column that no definition lists."""
        if looks_like_content(column) or name in self._generated:
            why = "which is computed from other columns" if name in self._generated else _CONTENT_NAME
            return f"reads {name}, {why}: leave the column out, or list it under [reads] in a gateway definition"
        if name in self._required or table in self._required:
            return None
        needed = name if column else table
        if self._builtin:
            return f"reads {needed}, which the definition does not list: add it to [reads], if it holds no content"
        return f'reads {needed}, which no gateway definition lists: if it holds no content, add "-- requires: {needed}"'

    def _is_known(self, table: str) -> bool:
        return any(name == table or name.startswith(f"{table}.") for name in (*self._listed, *self._required))


class Deadlines:
    """Interrupts what runs too long on any connection, from a thread of its own.

    A progress handler counts steps, and one step can parse a megabyte of JSON: a million of them have
    taken seventy times the deadline. A handler that is called often enough for that slows every query.
    """

    def __init__(self) -> None:
        self._ends: dict[sqlite3.Connection, float] = {}
        self._lock = Lock()
        self._over = Event()

    def __enter__(self) -> Self:
        Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    @contextmanager
    def within(self, connection: sqlite3.Connection, seconds: float) -> Iterator[None]:
        """Limit what runs on `connection` inside the `with` to so many seconds."""
        end = perf_counter() + seconds
        steps = _PROGRESS_STEPS if seconds > _LOCKED_ONCE_SECONDS else _PROGRESS_STEPS // 20
        connection.set_progress_handler(lambda: perf_counter() > end, steps)
        with self._lock:
            self._ends[connection] = end
        try:
            yield
        finally:
            # Under the lock, so that no interrupt reaches the query after this one.
            with self._lock:
                del self._ends[connection]

    def _watch(self) -> None:
        while not self._over.wait(_WATCH_SECONDS):
            with self._lock:
                for connection, end in self._ends.items():
                    if perf_counter() > end:
                        connection.interrupt()


def import_for_user_queries(queries: Iterable[Query]) -> None:
    """Import what a query given with --query needs, before the transaction that would wait for it."""
    if not all(query.builtin for query in queries):
        import sqlite_utils  # noqa: F401 - costs more than most whole runs


def select(connection: sqlite3.Connection, query: Query, context: QueryContext, into: str | None = None) -> QueryResult:
    """What the query returns, or why it returned nothing; never an exception for what a query can do wrong.

    A query that copies rows `into` a temporary table returns their number.
    """
    started, seconds = perf_counter(), context.seconds(query)
    guard = Guard(query, context, into)
    guard.install(connection)
    try:
        execute = _executor(connection, query)
        with _limited(connection, query, context):
            parameters = {**context.parameters, **query.parameters}
            try:
                cursor = execute(query.sql, parameters)
            except sqlite3.DatabaseError:
                if not guard.hides_content:
                    raise
                cursor = execute(guard.without_content(query.sql), parameters)
            return _answer(cursor, query, started) if into is None else _copied(cursor, query, started)
    # Warning is how Python before 3.12 may refuse a second statement; ValueError, text it cannot take or decode.
    except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError, MemoryError) as problem:
        elapsed = perf_counter() - started
        # What runs over its time may run out of memory before SQLite looks at the interrupt.
        overran = isinstance(problem, MemoryError) and 0 < seconds < elapsed
        reason = guard.refusal or (late(query, context) if overran else _why_failed(problem, query, context))
        return FailedQuery(name=query.name, title=query.title, reason=reason, elapsed_seconds=elapsed)


def with_tables(sql: str, tables: Sequence[str]) -> str:
    """The query with these common table expressions before its own."""
    start = re.match(_WITH, sql, re.IGNORECASE | re.DOTALL)
    rest = f", {sql[start.end() :]}" if start else f" {sql}"
    return f"WITH {start[1] or '' if start else ''}{', '.join(tables)}{rest}"


def looks_like_content(column: str) -> bool:
    """Whether a column's name suggests content or a secret: `prompt` does, `prompt_tokens` and `apiKeyName` do not."""
    words = [word.lower() for word in re.findall(_WORD, column)]
    if not words or re.fullmatch(_ABOUT, words[-1]):
        return False
    return any(re.fullmatch(_CONTENT, word) for word in words)


def unreadable(problem: Exception, name: str) -> SourceError:
    """The error for a file that gives no rows at all."""
    code = "SQLITE_CORRUPT" if isinstance(problem, UnicodeDecodeError) else getattr(problem, "sqlite_errorname", "")
    text = str(problem)
    if text.startswith(_SCHEMA) and not text.endswith(_SCHEMA_PAGES):
        reason = f"its schema cannot be used by SQLite {sqlite3.sqlite_version}: {text}"
        return SourceError(f"{name}: {reason}", msg("use a Python whose SQLite is as new as the gateway's"))
    for known, reason, hint in _UNREADABLE:
        if code.startswith(known):
            return SourceError(f"{name}: {reason}", hint)
    return SourceError(f"{name}: cannot be read: {problem}", msg("check the path given with --db-path"))


def _executor(connection: sqlite3.Connection, query: Query) -> Execute:
    """The function that runs the query, prepared before its time begins."""
    lowered = query.sql.lower()
    # SQLite asks no authorizer about the columns that these compare. Most queries have neither word anywhere.
    if any(word in lowered for word in _UNNAMED_JOINS):
        words = re.findall(_SQL_PIECES, lowered, re.DOTALL)
        if not _UNNAMED_JOINS.isdisjoint(words):
            raise ValueError("joins with NATURAL or USING, which compare columns unnamed: write ON a.x = b.x")
    if query.builtin:
        return connection.execute
    from sqlite_utils import Database  # only a query of the user's own pays for it

    # Its default for recursive triggers is a PRAGMA, which the authorizer would refuse.
    return Database(connection, recursive_triggers=False, execute_plugins=False).execute


@contextmanager
def _limited(connection: sqlite3.Connection, query: Query, context: QueryContext) -> Iterator[None]:
    """Limit what runs inside to the time that the query has; raises ValueError if none is left."""
    seconds = context.seconds(query)
    if seconds <= 0:
        raise ValueError(_NOT_LOCKED_AGAIN if context.lock_time else _NO_TIME_LEFT)
    started = perf_counter()
    try:
        with context.deadlines.within(connection, seconds):
            yield
    finally:
        if context.lock_time:
            context.lock_time.left_seconds -= perf_counter() - started


def late(query: Query, context: QueryContext) -> str:
    """Why a query that ran into its deadline returned nothing."""
    if context.lock_time:
        return _LOCKED_TOO_LONG
    return took_longer(query, context.timeout_seconds)


def took_longer(query: Query, timeout_seconds: float) -> str:
    """That a query ran into its own deadline, or into the one of all statements and what raises that."""
    if query.deadline_seconds is None:
        longest = f"{query.longest_seconds(timeout_seconds):g}"
        return msg("took longer than {n} s: --db-timeout gives a statement more", n=longest)
    return msg("took longer than {n} s", n=f"{query.deadline_seconds:g}")


def _answer(cursor: sqlite3.Cursor, query: Query, started: float) -> Table:
    if cursor.description is None:
        raise ValueError("contains no SELECT")
    found = answered(query, [column[0] for column in cursor.description], cursor, started)
    cursor.close()
    return found


def _copied(cursor: sqlite3.Cursor, query: Query, started: float) -> Table:
    """How many rows a query copied."""
    return answered(query, ("rows",), ((cursor.rowcount,),), started)


def _why_failed(problem: Exception, query: Query, context: QueryContext) -> str:
    """Why one query returned nothing, in words."""
    text = str(problem)
    code = "SQLITE_NOMEM" if isinstance(problem, MemoryError) else getattr(problem, "sqlite_errorname", "")
    for beginning, words in _MISSING:
        if text.startswith(beginning):
            return words + text.removeprefix(beginning)
    for known, words in _FAILED:
        if code.startswith(known):
            return words
    if code == "SQLITE_INTERRUPT":
        return late(query, context)
    if code == "SQLITE_ERROR" or text.endswith("syntax error"):
        return f"SQL error: {text}"
    return _why_misused(problem, text)


def _why_misused(problem: Exception, text: str) -> str:
    """The same for an error of Python's module, which has no code."""
    if "one statement at a time" in text:
        return msg("contains more than one statement")
    if "binding" in text:
        return f"{NEEDS_PARAMETER}: {text}"
    return msg("a column name is not UTF-8: rename it with AS") if isinstance(problem, UnicodeDecodeError) else text
