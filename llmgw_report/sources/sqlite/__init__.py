"""Reads one SQLite database: its schema, then a set of queries, all from one state of the file."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from threading import Thread
from time import perf_counter

from msgspec import Struct, structs

from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.model.database import Database, FailedQuery, Plan, Query, QueryResult, Schema, Table, Value
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
    QueryContext,
    import_for_user_queries,
    select,
    unreadable,
)

#: The query whose one row gives further parameters to the others.
_BOUNDS = "bounds"
#: A reader keeps the write-ahead log from being emptied. Longer only where a query asks for longer itself.
_TRANSACTION_SECONDS = 20.0
_SNAPSHOT_TRIES = 10
_TABLES = """SELECT name, sql LIKE 'CREATE VIRTUAL %' FROM sqlite_master
WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"""
#: `table_info` leaves out generated columns, which a query may well read; 2 and 3 are the two kinds of them.
_COLUMNS = "SELECT name, hidden IN (2, 3) FROM pragma_table_xinfo(?)"

PlanFor = Callable[[Schema], Plan]
RunQuery = Callable[[Query], QueryResult]


class ReadRequest(Struct, frozen=True):
    """What one call of `read` wants to know, whatever state of the file answers it."""

    plan_for: PlanFor
    parameters: Mapping[str, Value]
    progress: Progress


def read(
    target: DatabaseTarget, plan_for: PlanFor, parameters: Mapping[str, Value], progress: Progress | None = None
) -> Database:
    """Run the queries that `plan_for` picks for the file's schema, with `parameters` bound by name.

    A built-in query named "bounds" runs first; the columns of its one row are further parameters for
    the others, and it is not among the tables. Raises SourceError where the file cannot be read as a
    database at all. Nothing is written, no transaction outlives the call, and `left` names the sidecar
    files that could not be removed.
    """
    started = perf_counter()
    path = check_file(target.path)
    before = sidecars(path)
    request = ReadRequest(plan_for, parameters, progress or Progress())
    try:
        schema, results = _read_unused(path, request) or _read_open(path, request)
    # UnicodeDecodeError: Python decodes SQLite's own messages, in which a damaged schema quotes itself.
    except (sqlite3.Error, UnicodeDecodeError, MemoryError) as problem:
        raise unreadable(problem, target.path) from problem
    finally:
        left = remove_sidecars(path, before)
    return Database(
        target=target.path,
        schema=schema,
        tables={result.name: result for result in results if isinstance(result, Table)},
        failed=tuple(result for result in results if isinstance(result, FailedQuery)),
        read_seconds=perf_counter() - started,
        left=left,
    )


def build(script: str, path: Path) -> None:
    """Run the script on a new database at `path`: for the demo and the examples."""
    from sqlite_utils import Database as NewDatabase  # no run that reports needs it

    database = NewDatabase(path, execute_plugins=False)
    database.executescript(script)
    database.close()


def _read_unused(path: Path, request: ReadRequest) -> tuple[Schema, list[QueryResult]] | None:
    """Read a database in WAL mode that no process has open; None if one has, or came meanwhile."""
    stamp = stamp_if_unused(path) if in_wal_mode(path) else None
    if stamp is None:
        return None
    try:
        found = _read_open(path, request, immutable=True)
    except (sqlite3.Error, UnicodeDecodeError):
        # The file changed during the read, or it is broken: reading it as a live one shows which.
        return None
    return found if stamp_if_unused(path) == stamp else None


def _read_open(path: Path, request: ReadRequest, *, immutable: bool = False) -> tuple[Schema, list[QueryResult]]:
    """Schema and results, all from one state. What can be prepared is, before the transaction begins."""
    with ExitStack() as stack:
        watch, *pair = [open_database(path, stack, immutable=immutable) for _ in range(3)]
        version, schema = _pragma(watch, "schema_version"), _schema(watch)
        plan = request.plan_for(schema)
        import_for_user_queries(plan.queries)
        connections = _begin_on_one_snapshot(watch, pair)
        if _pragma(connections[0], "schema_version") != version:
            schema = _schema(connections[0])
            plan = request.plan_for(schema)
        seconds = max(_TRANSACTION_SECONDS, *(query.deadline_seconds for query in plan.queries), 0.0)
        context = QueryContext(
            parameters=request.parameters,
            access=plan.access,
            schema=schema,
            end=perf_counter() + seconds,
            deadlines=stack.enter_context(Deadlines()),
        )
        return schema, _results(connections, plan.queries, context, request.progress)


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
    # The first use of a table-valued function declares its columns, which an authorizer would refuse.
    with suppress(sqlite3.OperationalError):
        connection.execute("SELECT 1 FROM json_each('[]'), json_tree('[]')").fetchall()


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _results(
    connections: Sequence[sqlite3.Connection], queries: Sequence[Query], context: QueryContext, progress: Progress
) -> list[QueryResult]:
    """The result of every query but "bounds"; those that cannot run come first."""
    runnable, results = _runnable(queries, context.schema)
    bounds = next((query for query in runnable if query.name == _BOUNDS and query.builtin), None)
    if bounds is not None:
        runnable.remove(bounds)
        row = _one_row(select(connections[0], bounds, context))
        if isinstance(row, FailedQuery):
            results.append(row)
        else:
            context = structs.replace(context, parameters={**context.parameters, **row})
    failed = next((result for result in results if result.name == _BOUNDS), None)
    progress.queries, progress.ended = len(runnable), 0

    def run(connection: sqlite3.Connection, query: Query) -> QueryResult:
        result = select(connection, query, context)
        # Two threads may count at once and lose one: it is a progress line, and not worth a lock.
        progress.ended += 1
        # A query that misses a parameter fails for the reason of the one that would have given it.
        if failed and isinstance(result, FailedQuery) and result.reason.startswith(NEEDS_PARAMETER):
            return structs.replace(result, reason=f"needs the query bounds, which failed: {failed.reason}")
        return result

    return [*results, *_run_parallel(runnable, [partial(run, connection) for connection in connections])]


def _runnable(queries: Sequence[Query], schema: Schema) -> tuple[list[Query], list[FailedQuery]]:
    """The queries that can run, and the others with the reason why they cannot."""
    # SQLite's names do not distinguish case.
    known = {name.lower(): {column.lower() for column in columns} for name, columns in schema.tables.items()}
    runnable: dict[str, Query] = {}
    failed: list[FailedQuery] = []
    for query in queries:
        missing = [name for name in query.requires if not _exists(name.lower(), known)]
        if missing:
            reason = f"the database has no {', '.join(missing)}"
            failed.append(FailedQuery(name=query.name, title=query.title, reason=reason, missing_column=True))
        elif runnable.setdefault(query.name, query) is not query:
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


def _run_parallel(queries: Sequence[Query], runs: Sequence[RunQuery]) -> list[QueryResult]:
    """The result of every query, in the order of `queries`. Each of `runs` is called in one thread only.

    The heaviest query begins first, and a thread that is free takes the next, so that none ends up with
    both of the long ones.
    """
    waiting = sorted(enumerate(queries), key=lambda item: item[1].weight)
    results: dict[int, QueryResult] = {}
    bugs: list[BaseException] = []

    def work(run: RunQuery) -> None:
        try:
            while True:
                try:
                    index, query = waiting.pop()
                except IndexError:
                    return
                results[index] = run(query)
        except BaseException as bug:  # noqa: BLE001 - raised again in the thread that waits for this one
            bugs.append(bug)

    # Daemon: an interrupted run does not wait for a query.
    helpers = [Thread(target=work, args=(run,), daemon=True) for run in runs[1 : len(queries)]]
    for helper in helpers:
        helper.start()
    work(runs[0])
    for helper in helpers:
        helper.join()
    if bugs:
        raise bugs[0]
    return [results[index] for index in range(len(queries))]
