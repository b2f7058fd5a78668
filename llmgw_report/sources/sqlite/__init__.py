"""Reads one SQLite database: its schema, then a set of queries, all from one state of the file if there is a way.

In WAL mode a reader is in nobody's way, and one read transaction spans all queries. Otherwise the gateway waits for
every reader: the queries read a private copy, or each has a short transaction where the file is too large to copy.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.errors import SourceError
from llmgw_report.messages import msg
from llmgw_report.model.database import (
    LACKING,
    LOG_LINES,
    Database,
    FailedQuery,
    LogReading,
    Plan,
    Query,
    QueryResult,
    Reading,
    Relation,
    Schema,
    Table,
    Value,
)
from llmgw_report.model.run import Progress
from llmgw_report.sources.sqlite.files import (
    check_file,
    in_wal_mode,
    open_database,
    remove_sidecars,
    sidecars,
    stamp_if_unused,
)
from llmgw_report.sources.sqlite.query import (
    NEEDS_PARAMETER,
    Deadlines,
    LockTime,
    QueryContext,
    Rows,
    import_for_user_queries,
    select,
    unreadable,
)
from llmgw_report.sources.sqlite.workers import Workers

if TYPE_CHECKING:
    from llmgw_report.sources.sqlite.keeping import KeptRelation

_NO_LOG = msg("no definition of a gateway that was recognised says how its lines are read")
_NAME_GATEWAY = msg("name the gateway with --gateway")
#: The query whose one row gives further parameters to the others.
_BOUNDS = "bounds"
#: A reader keeps the write-ahead log from being emptied. Longer only where a query asks for longer itself, or as many
#: statements as this may take all their time.
_TRANSACTION_STATEMENTS = 4
_SNAPSHOT_TRIES = 10
_TABLES = """SELECT name, sql LIKE 'CREATE VIRTUAL %' FROM sqlite_master
WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"""
#: `table_info` leaves out generated columns, which a query may well read; 2 and 3 are the two kinds of them.
_COLUMNS = "SELECT name, hidden IN (2, 3) FROM pragma_table_xinfo(?)"

PlanFor = Callable[[Schema], Plan]


class ReadRequest(Struct, frozen=True):
    """What one call of `read` wants to know, whatever state of the file answers it."""

    plan_for: PlanFor
    parameters: Mapping[str, Value]
    progress: Progress
    timeout_seconds: float


class Found(Struct, frozen=True):
    """What was read, and how; `abandoned`: a connection is still busy with a query that was given up."""

    schema: Schema
    results: list[QueryResult]
    reading: Reading
    abandoned: bool
    log: LogReading | None


def read(
    target: DatabaseTarget, plan_for: PlanFor, parameters: Mapping[str, Value], progress: Progress | None = None
) -> Database:
    """Run the queries that `plan_for` picks for the file's schema, with `parameters` bound by name.

    A built-in query named "bounds" runs first; the columns of its one row are further parameters for
    the others, and it is not among the tables. Raises SourceError where the file cannot be read as a
    database at all. Nothing is written, no transaction outlives the call but that of a query that nothing can
    interrupt, which ends with the process, and `left` names the sidecar files that could not be removed.
    """
    started = perf_counter()
    request = ReadRequest(plan_for, parameters, progress or Progress(), target.timeout_seconds)
    if not target.path:
        found = _read_open(None, request)
        return _database(target, found, started)
    path = check_file(target.path)
    before = sidecars(path)
    abandoned = False
    try:
        found = (
            _read_unused(path, request) or _read_open(path, request)
            if in_wal_mode(path)
            else _read_locked(path, request)
        )
        abandoned = found.abandoned
    # UnicodeDecodeError: Python decodes SQLite's own messages, in which a damaged schema quotes itself.
    except (sqlite3.Error, UnicodeDecodeError, MemoryError) as problem:
        raise unreadable(problem, target.path) from problem
    finally:
        # A connection of this very process would not keep it from removing the files that it uses.
        left = () if abandoned else remove_sidecars(path, before)
    if abandoned:
        left = tuple(file.name for file in sidecars(path) if file not in before)
    return structs.replace(_database(target, found, started), left=left)


def _database(target: DatabaseTarget, found: Found, started: float) -> Database:
    return Database(
        target=target.path,
        schema=found.schema,
        tables={result.name: result for result in found.results if isinstance(result, Table)},
        failed=tuple(result for result in found.results if isinstance(result, FailedQuery)),
        read_seconds=perf_counter() - started,
        reading=found.reading,
        log=found.log,
    )


def build(script: str, path: Path) -> None:
    """Run the script on a new database at `path`: for the demo and the examples. OSError if it cannot be written."""
    from sqlite_utils import Database as NewDatabase  # no run that reports needs it

    try:
        database = NewDatabase(path, execute_plugins=False)
        database.execute("PRAGMA synchronous = OFF")  # a file that a fault cuts short is built again
        database.executescript(script)
        database.close()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}:
            raise OSError(str(error)) from error
        raise


def _read_unused(path: Path, request: ReadRequest) -> Found | None:
    """Read a database in WAL mode that no process has open; None if one has, or came meanwhile."""
    stamp = stamp_if_unused(path)
    if stamp is None:
        return None
    try:
        found = _read_open(path, request, immutable=True)
    except (sqlite3.Error, UnicodeDecodeError):
        # The file changed during the read, or it is broken: reading it as a live one shows which.
        return None
    return found if stamp_if_unused(path) == stamp else None


def _read_locked(path: Path, request: ReadRequest) -> Found:
    """Read a database whose readers its writer waits for: a copy of it, or with short transactions."""
    from llmgw_report.sources.sqlite.copying import copy_in_time, name  # most databases are in WAL mode
    from llmgw_report.sources.temporary import private_folder

    copy = copy_in_time(path)
    if copy is not None:
        with copy, private_folder() as folder:
            named = Path(folder, "copy.db")
            name(copy, named)
            if not in_wal_mode(named):
                return _read_open(named, request, immutable=True, reading="copy")
    # A gateway may have changed the mode meanwhile.
    return _read_open(path, request, reading="live" if in_wal_mode(path) else "short transactions")


def _read_open(path: Path | None, request: ReadRequest, *, immutable: bool = False, reading: Reading = "live") -> Found:
    """Schema and results; without a path those of log files alone. What can be prepared is, before the transaction."""
    with ExitStack() as stack:
        watch, *pair = [open_database(path, stack, immutable=immutable) for _ in range(3)]
        if path and reading == "copy":
            # From here on nothing is left of it, whatever ends this process. Not every system can do that.
            with suppress(OSError):
                path.unlink()
                path.parent.rmdir()
        version, schema = _pragma(watch, "schema_version"), _schema(watch)
        plan = request.plan_for(schema)
        import_for_user_queries(plan.queries)
        lines, log = _log(request, plan)
        short = reading == "short transactions"
        connections = pair[:1] if short else _begin_on_one_snapshot(watch, pair)
        _declare_table_functions(connections)
        if _pragma(connections[0], "schema_version") != version:
            schema = _schema(connections[0])
            plan = request.plan_for(schema)
        context = QueryContext(
            parameters=request.parameters,
            access=plan.access,
            schema=schema,
            end=perf_counter() + max(_TRANSACTION_STATEMENTS * request.timeout_seconds, _longest(plan)),
            deadlines=stack.enter_context(Deadlines()),
            timeout_seconds=request.timeout_seconds,
            lock_time=LockTime() if short else None,
            temporary=frozenset((LOG_LINES, *(one.table for one in plan.relations))),
            log=plan.log,
            lines=lines,
        )
        workers = Workers(connections)
        try:
            results = _results(workers, plan, context, request.progress)
        finally:
            if workers.abandoned:
                # To close a connection is to wait for it, or to take it from under the thread that is in it.
                stack.pop_all()
        return Found(schema, results, reading, workers.abandoned, log)


def _log(request: ReadRequest, plan: Plan) -> tuple[Rows, LogReading | None]:
    """The lines of the log files in every window that a query may ask for, and how they were read."""
    files = plan.log_files
    if not files:
        return (), None
    if plan.log is None:
        return (), LogReading(files=files, problem=_NO_LOG, hint=_NAME_GATEWAY)
    from llmgw_report.sources import log_lines  # not imported by a run without a log

    names = ("since_ms", "trend_since_ms", "burn_since_ms")
    since = min(value for name in names if isinstance(value := request.parameters.get(name), int))
    until = request.parameters["until_ms"]
    try:
        found = log_lines.read(files, plan.log, since, until if isinstance(until, int) else since)
    except SourceError as error:
        return (), LogReading(files=files, problem=error.message, hint=error.hint)
    return found.rows, LogReading(
        files=files, oldest_ms=found.oldest_ms, newest_ms=found.newest_ms, rows=len(found.rows), bad=found.bad
    )


def _longest(plan: Plan) -> float:
    """Seconds that the longest query asks for itself."""
    related = (query for one in plan.relations for query in (one.query, *one.derived))
    return max((query.deadline_seconds or 0.0 for query in (*plan.queries, *related)), default=0.0)


def _schema(connection: sqlite3.Connection) -> Schema:
    """Tables and views with their columns; a view that cannot be resolved has none."""
    names = {str(name): bool(virtual) for name, virtual in connection.execute(_TABLES).fetchall()}
    columns = {name: _columns(connection, name) for name in names}
    virtual = [name for name, is_virtual in names.items() if is_virtual]
    # A virtual table keeps its rows in ordinary tables whose names begin with its own.
    shadows = tuple(f"{name}_" for name in virtual)
    return Schema(
        tables={name: tuple(column for column, _ in found) for name, found in columns.items()},
        virtual=(*virtual, *(name for name in names if name not in virtual and name.startswith(shadows))),
        generated=tuple(f"{name}.{column}" for name, found in columns.items() for column, made in found if made),
    )


def _columns(connection: sqlite3.Connection, table: str) -> list[tuple[str, int]]:
    try:
        return [(str(name), generated) for name, generated in connection.execute(_COLUMNS, (table,)).fetchall()]
    except sqlite3.OperationalError:
        # A view of a table that is gone, or a virtual table whose module is not here.
        return []


def _begin_on_one_snapshot(
    watch: sqlite3.Connection, pair: Sequence[sqlite3.Connection]
) -> Sequence[sqlite3.Connection]:
    """Both of `pair`, each in a read transaction on the same state; the first alone, if the writer leaves no gap.

    SQLite can share a snapshot between connections only through an interface that is compiled out of
    most builds and not in Python's module. So `watch`, which is in no transaction, reads
    `data_version` before and after both have made their first read: it is equal only if nobody
    committed in between, and then there was one state to be read. BEGIN alone would not do, it takes
    no snapshot; the first read does.
    """
    for _ in range(_SNAPSHOT_TRIES):
        before = _pragma(watch, "data_version")
        for connection in pair:
            _begin(connection)
        if _pragma(watch, "data_version") == before:
            return pair
        for connection in pair:
            connection.execute("ROLLBACK")
    _begin(pair[0])
    return pair[:1]


def _begin(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


def _declare_table_functions(connections: Sequence[sqlite3.Connection]) -> None:
    """Use them once: that declares their columns, which an authorizer would refuse."""
    for connection in connections:
        with suppress(sqlite3.OperationalError):
            connection.execute("SELECT 1 FROM json_each('[]'), json_tree('[]')").fetchall()


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _kept(relations: Sequence[Relation]) -> "list[KeptRelation]":
    if not relations:
        return []
    from llmgw_report.sources.sqlite.keeping import KeptRelation  # most runs keep none

    return [KeptRelation(relation) for relation in relations]


def _results(workers: Workers, plan: Plan, context: QueryContext, progress: Progress) -> list[QueryResult]:
    """The result of every query but "bounds"; those that cannot run come first."""
    kept = _kept(plan.relations)
    owners = {id(query): one for one in kept for query in one.queries}
    runnable, results = _runnable(plan.queries, context.schema, [query.name for one in kept for query in one.queries])
    bounds = next((query for query in runnable if query.name == _BOUNDS and query.builtin), None)
    if bounds is not None:
        runnable.remove(bounds)
        (result,) = workers.run([[bounds]], lambda connection, query: select(connection, query, context), context)
        row = _one_row(result)
        if isinstance(row, FailedQuery):
            results.append(row)
        else:
            context = structs.replace(context, parameters={**context.parameters, **row})
    failed = next((result for result in results if result.name == _BOUNDS), None)
    jobs = [*(one.queries for one in kept), *([query] for query in runnable)]
    progress.queries, progress.ended = sum(map(len, jobs)), 0

    def run(connection: sqlite3.Connection, query: Query) -> QueryResult:
        owner = owners.get(id(query))
        result = owner.run(connection, query, context) if owner else select(connection, query, context)
        # Two threads may count at once and lose one: it is a progress line, and not worth a lock.
        progress.ended += 1
        # A query that misses a parameter fails for the reason of the one that would have given it.
        if failed and isinstance(result, FailedQuery) and result.reason.startswith(NEEDS_PARAMETER):
            return structs.replace(result, reason=f"needs the query bounds, which failed: {failed.reason}")
        return result

    return [*results, *workers.run(jobs, run, context)]


def _runnable(queries: Sequence[Query], schema: Schema, taken: Sequence[str]) -> tuple[list[Query], list[FailedQuery]]:
    """The queries that can run, and the others with the reason why they cannot; `taken` names belong to others."""
    # SQLite's names do not distinguish case.
    known = {name.lower(): {column.lower() for column in columns} for name, columns in schema.tables.items()}
    runnable: dict[str, Query] = {}
    failed: list[FailedQuery] = []
    for query in queries:
        missing = [name for name in query.requires if not _exists(name.lower(), known)]
        if missing:
            reason = f"{LACKING}{', '.join(missing)}"
            failed.append(FailedQuery(name=query.name, title=query.title, reason=reason, missing_column=query.builtin))
        elif query.name in taken or runnable.setdefault(query.name, query) is not query:
            reason = f"another query is also named {query.name}: rename one of the two files"
            failed.append(FailedQuery(name=query.name, title=query.title, reason=reason))
    return list(runnable.values()), failed


def _exists(required: str, known: Mapping[str, set[str]]) -> bool:
    """Whether a table, or a "table.column", is among the known ones."""
    table, dot, column = required.partition(".")
    return table in known and (not dot or column in known[table])


def _one_row(result: QueryResult) -> FailedQuery | dict[str, Value]:
    """The only row of the query "bounds", by column."""
    if isinstance(result, FailedQuery):
        return result
    if len(result.rows) == 1 and not result.truncated:
        return dict(zip(result.columns, result.rows[0], strict=True))
    reason = "must return exactly one row, whose columns are parameters of the other queries"
    return FailedQuery(name=result.name, title=result.title, reason=reason, elapsed_seconds=result.elapsed_seconds)
