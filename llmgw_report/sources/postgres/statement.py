"""Runs one SELECT within its limits: it cannot write, read content, run long or return much."""

import itertools
import re
import sqlite3
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg
from msgspec import Struct, structs
from psycopg import errors

from llmgw_report.messages import msg
from llmgw_report.model.database import Access, FailedQuery, Query, QueryResult, Schema, Value
from llmgw_report.sources.answers import answered
from llmgw_report.sources.postgres import harmless, lexer
from llmgw_report.sources.postgres.watch import Watch
from llmgw_report.sources.sqlite.query import NEEDS_PARAMETER, took_longer

_OTHER_WINDOW = r"\{relation:(\w+)\}"
_WHERE_RECORDED = r"/\*if (\w+)\*/(.*?)/\*end\*/"
_CHUNK_ROWS = 2000
#: Rows of one window; about 600 MB in the private file.
MAX_ROWS = 3_000_000
_TYPES = {int: "bigint", float: "float8", str: "text"}
_SELECT_ONLY = msg("only SELECT is allowed, on the ordinary tables of this database")
_NO_TIME_LEFT = msg("not run: earlier queries used up the time that one reading may take: --db-timeout gives it more")
_TOO_MANY_ROWS = msg("more than {n} rows in the window: take a shorter --window")
#: Why a query failed, by its class; the first that fits.
_FAILED: tuple[tuple[type[psycopg.Error], str], ...] = (
    (errors.LockNotAvailable, msg("a table is locked, as by a migration: try again when that has ended")),
    (errors.ReadOnlySqlTransaction, _SELECT_ONLY),
    (errors.SerializationFailure, msg("the standby had to end it: try again, or raise max_standby_streaming_delay")),
    (errors.DiskFull, msg("the server's disk is full")),
    (errors.OutOfMemory, msg("it needs more memory than the server has")),
    (errors.DataCorrupted, msg("a page that it reads is damaged")),
    (errors.IndexCorrupted, msg("an index that it reads is damaged: REINDEX rebuilds it")),
)


class Context(Struct, frozen=True, kw_only=True):
    """What all queries of one reading share; `end`, on `perf_counter`, is when it must be over.

    `places` are the names of tables with their schema, quoted, and `schemas` are these; `others` are tables, with their
    schema, that are not found without it, and `definers` functions that run with other rights than the role's.
    """

    connection: psycopg.Connection[Any]
    watch: Watch
    parameters: Mapping[str, Value]
    access: Access
    schema: Schema
    places: Mapping[str, str]
    schemas: frozenset[str] = frozenset()
    others: frozenset[tuple[str, str]] = frozenset()
    definers: frozenset[str] = frozenset()
    timeout_seconds: float
    end: float

    def seconds(self, query: Query) -> float:
        """How long the query may run from now on; negative if no time is left."""
        return min(query.longest_seconds(self.timeout_seconds), self.end - perf_counter())


class RefusedError(ValueError):
    """A query that is not run, and why; `str` of an error would lose what a message is translated by."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def select(query: Query, context: Context) -> QueryResult:
    """What the query returns, or why it returned nothing; raises what ended the connection."""
    started = perf_counter()
    try:
        sql, parameters = _prepared(query, context)
        with (
            _limited(query, context),
            context.connection.cursor() as cursor,
            closing(_stream(cursor, sql, parameters, context.watch)) as stream,
        ):
            columns, answer = _begun(cursor, stream, sql, parameters)
            return answered(query, columns, answer, started)
    except (psycopg.Error, ValueError, MemoryError) as problem:
        return _failed(problem, query, context, started)


def copied(query: Query, context: Context, path: Path, table: str) -> QueryResult:
    """Copy the rows of the query into a `table` of a new SQLite file; the result has its columns and no rows."""
    started = perf_counter()
    try:
        sql, parameters = _prepared(query, context)
        with _limited(query, context), context.connection.cursor() as cursor:
            stream = _stream(cursor, sql, parameters, context.watch)
            columns = _copy(cursor, stream, (sql, parameters), path, table)
    except (psycopg.Error, sqlite3.Error, ValueError, MemoryError) as problem:
        return _failed(problem, query, context, started)
    return answered(query, columns, (), started)


def of_windows(query: Query, relation: Query, columns: Sequence[str], context: Context) -> QueryResult:
    """What a query says that is put to a relation over a window of its own, on the server."""
    sql = re.sub(_WHERE_RECORDED, lambda part: part[2] if part[1] in columns else "", query.sql, flags=re.DOTALL)

    def rows(found: re.Match[str]) -> str:
        return f"({re.sub(r':since_ms' + chr(92) + 'b', f':{found[1]}', relation.sql)}\n) AS of_window"

    return select(structs.replace(query, sql=re.sub(_OTHER_WINDOW, rows, sql)), context)


def _copy(
    cursor: psycopg.Cursor[Any],
    stream: Generator[tuple[Value, ...], None, None],
    prepared: tuple[str, Mapping[str, Value]],
    path: Path,
    table: str,
) -> tuple[str, ...]:
    # Not left to be collected: until it is closed it has the connection locked, for the end of the savepoint too.
    with closing(stream):
        columns, rows = _begun(cursor, stream, *prepared)
        with closing(sqlite3.connect(path, isolation_level=None)) as private:
            _store(private, table, columns, _at_most(rows))
    return columns


def _stream(
    cursor: psycopg.Cursor[Any], sql: str, parameters: Mapping[str, Value], watch: Watch
) -> Generator[tuple[Value, ...], None, None]:
    """The rows as they come, by parameters that the server binds and a statement without a name.

    One with a name would meet those of other clients behind a pooler, and without either psycopg sends several at once.
    """
    for number, row in enumerate(cursor.stream(sql, parameters, size=_CHUNK_ROWS)):
        if number % _CHUNK_ROWS == 0:
            watch.heard()
        yield row


def _begun(
    cursor: psycopg.Cursor[Any], stream: Iterator[tuple[Value, ...]], sql: str, parameters: Mapping[str, Value]
) -> tuple[tuple[str, ...], Iterator[tuple[Value, ...]]]:
    """The columns of an answer and its rows. A stream says what its columns are with its first row, if it has one."""
    first = next(stream, None)
    rows = () if first is None else (first,)
    if first is None:
        cursor.execute(f"SELECT * FROM ({sql}\n) AS without_rows LIMIT 0", parameters)  # noqa: S608 - it has just run
    if cursor.description is None:
        raise RefusedError(msg("contains no SELECT"))
    return tuple(column.name for column in cursor.description), itertools.chain(rows, stream)


def _store(private: sqlite3.Connection, table: str, columns: Sequence[str], rows: Iterator[tuple[Value, ...]]) -> None:
    # In WAL mode it is read as it is, without a further copy.
    for pragma in ("journal_mode = WAL", "synchronous = OFF"):
        private.execute(f"PRAGMA {pragma}").fetchall()
    names = ", ".join(f'"{name}"' for name in columns)
    places = ", ".join("?" * len(columns))
    private.execute("BEGIN")
    private.execute(f"CREATE TABLE {table} ({names})")
    private.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608 - our own name
    private.execute("COMMIT")


def _at_most(rows: Iterator[tuple[Value, ...]]) -> Iterator[tuple[Value, ...]]:
    for number, row in enumerate(rows, 1):
        if number > MAX_ROWS:
            raise RefusedError(msg(_TOO_MANY_ROWS, n=MAX_ROWS))
        yield row


@contextmanager
def _limited(query: Query, context: Context) -> Iterator[None]:
    """Limit what runs inside to the time that the query has, in a savepoint: one that fails stops no other."""
    seconds = context.seconds(query)
    if seconds <= 0:
        raise RefusedError(_NO_TIME_LEFT)
    connection = context.connection
    # Rolled back in any case: an answer that is cut short is canceled, and nothing is there to commit.
    # The client's own limit is a little later: a server that keeps its own says why.
    with context.watch.within(seconds + 0.25), connection.transaction(force_rollback=True):
        limit = str(max(1, round(seconds * 1000)))
        connection.execute("SELECT pg_catalog.set_config('statement_timeout', %s, true)", [limit])
        yield


def _prepared(query: Query, context: Context) -> tuple[str, dict[str, Value]]:
    """The text with psycopg's parameters, and their values; raises RefusedError for what no query may do."""
    values = {**context.parameters, **query.parameters}
    try:
        read = list(lexer.tokens(query.sql))
    except lexer.UnclearError as problem:
        raise RefusedError(problem.reason) from problem
    # A definition may be anybody's, and is of the tables that it names; what else there is, is the user's to ask.
    others = context.others if query.builtin else frozenset()
    refused = harmless.refusal(read, context.schemas, context.definers, others, builtin=query.builtin)
    if refused:
        raise RefusedError(refused)
    used: dict[str, Value] = {}
    parts = []
    for token in read:
        if token.kind != "parameter":
            parts.append(token.text.replace("%", "%%"))
            continue
        if token.value not in values:
            raise RefusedError(f"{NEEDS_PARAMETER}: :{token.value}")
        used[token.value] = value = values[token.value]
        # A number by itself would be of the smallest type that holds it, and overflow where it is multiplied.
        parts.append(f"CAST(%({token.value})s AS {_TYPES.get(type(value), 'text')})")
    return _with_tables(read, parts, [one.replace("%", "%%") for one in _shown(query, context)]), used


def _with_tables(read: Sequence[lexer.Token], parts: Sequence[str], tables: Sequence[str]) -> str:
    """The query with these common table expressions before its own."""
    if not tables:
        return "".join(parts)
    words = [place for place, token in enumerate(read) if token.kind not in {"hidden", "blank"}]
    heads = [read[place].value if read[place].kind == "name" else "" for place in words[:2]]
    if heads[0] != "with":
        return f"WITH {', '.join(tables)} {''.join(parts)}"
    recursive = heads[1:] == ["recursive"]
    rest = "".join(parts[words[1 if recursive else 0] + 1 :])
    return f"WITH {'RECURSIVE ' if recursive else ''}{', '.join(tables)}, {rest}"


def _shown(query: Query, context: Context) -> Iterator[str]:
    """A table expression for each table of the product, in whose place it stands, without what is not to be read.

    PostgreSQL has no authorizer: whatever a query does with such a table, as a whole row or by `*`, it has no more.
    """
    access = context.access
    for table, listed in access.columns.items():
        there = context.schema.tables.get(table)
        # One that is not named would still be locked, and waited for.
        if there is None or table.lower() not in query.sql.lower():
            continue
        hidden = {name.partition(".")[2] for name in access.content if name.startswith(f"{table}.")}
        if not query.builtin:  # JSON with content in it: PostgreSQL's own rights know columns alone
            hidden |= {name.partition(".")[2] for name in access.content_paths if name.startswith(f"{table}.")}
        columns = [name for name in (dict.fromkeys(listed) if query.builtin else there) if name not in hidden]
        known = (*there, *access.optional.get(table, ()))
        names = [name for name in columns if name in known]
        shown = [f'"{name}"' if name in there else f'NULL AS "{name}"' for name in names]
        yield f'"{table}" AS NOT MATERIALIZED (SELECT {", ".join(shown)} FROM {context.places[table]})'  # noqa: S608


def _failed(problem: Exception, query: Query, context: Context, started: float) -> FailedQuery:
    """Why a query returned nothing; raises what ended the connection."""
    if context.watch.cut:
        raise psycopg.OperationalError from problem
    if context.connection.closed:
        raise problem
    return FailedQuery(
        name=query.name,
        title=query.title,
        reason=_reason(problem, query, context),
        elapsed_seconds=perf_counter() - started,
        missing_column=query.builtin and isinstance(problem, errors.UndefinedColumn),
    )


def _reason(problem: Exception, query: Query, context: Context) -> str:
    if isinstance(problem, errors.QueryCanceled):
        return took_longer(query, context.timeout_seconds)
    if isinstance(problem, RefusedError):
        return problem.reason
    if isinstance(problem, psycopg.Error):
        return _reason_of_server(problem, problem.diag.message_primary or str(problem))
    if isinstance(problem, UnicodeDecodeError):
        return msg("a text of this database is not UTF-8")
    return str(problem) or type(problem).__name__


def _reason_of_server(problem: psycopg.Error, text: str) -> str:
    if isinstance(problem, errors.InsufficientPrivilege):
        return msg("this role may not read it ({reason}): GRANT SELECT on what the query reads", reason=text)
    if "multiple commands" in text:
        return msg("contains more than one statement")
    return next((words for kind, words in _FAILED if isinstance(problem, kind)), f"SQL error: {text}")
