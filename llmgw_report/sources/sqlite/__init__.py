"""One database file: its schema, then a set of queries, all from one state of it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from threading import Thread
from time import perf_counter
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.model.database import Database, FailedQuery, Plan, Query, Schema, Table, Value
from llmgw_report.model.run import Progress
from llmgw_report.sources.sqlite.files import check_file, companions, connect, in_wal_mode, remove_made, still_image
from llmgw_report.sources.sqlite.query import NEEDS_PARAMETER, Deadlines, Frame, make_ready, select, unreadable

if TYPE_CHECKING:
    from sqlite3 import Connection


_TABLES = """SELECT name, sql LIKE 'CREATE VIRTUAL %' FROM sqlite_master
WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"""
#: `table_info` leaves generated columns out, which a query may well read; 2 and 3 are the two kinds of them.
_COLUMNS = "SELECT name, hidden IN (2, 3) FROM pragma_table_xinfo(?)"

Columns = list[tuple[str, int]]


def read_schema(connection: "Connection") -> Schema:
    """Tables and views with their columns; a view that cannot be resolved has none."""
    names = {str(name): bool(virtual) for name, virtual in connection.execute(_TABLES).fetchall()}
    columns = {name: _columns(connection, name) for name in names}
    return Schema(
        tables={name: tuple(column for column, _ in found) for name, found in columns.items()},
        virtual=_virtual(names),
        generated=tuple(f"{name}.{column}" for name, found in columns.items() for column, made in found if made),
    )


def unmet(query: Query, schema: Schema) -> list[str]:
    """Which of the query's `requires` the schema lacks. SQLite's names do not distinguish case."""
    known = {name.lower(): {column.lower() for column in columns} for name, columns in schema.tables.items()}
    return [needed for needed in query.requires if not _holds(known, needed.lower())]


def _virtual(names: dict[str, bool]) -> tuple[str, ...]:
    """Virtual tables and, by the beginning of their names, the ordinary ones which those keep their rows in."""
    roots = tuple(name for name, virtual in names.items() if virtual)
    kept = tuple(f"{name}_" for name in roots)
    return (*roots, *(name for name in names if name not in roots and name.startswith(kept)))


def _holds(known: dict[str, set[str]], needed: str) -> bool:
    table, dot, column = needed.partition(".")
    return table in known and (not dot or column in known[table])


def _columns(connection: "Connection", table: str) -> Columns:
    import sqlite3  # the run that has no database does without

    try:
        return [(str(name), made) for name, made in connection.execute(_COLUMNS, (table,)).fetchall()]
    except sqlite3.OperationalError:
        # A view of a table that is gone, or a virtual table whose module is not here.
        return []


_TRIES = 10


def same_state(watch: "Connection", pair: Sequence["Connection"]) -> Sequence["Connection"]:
    """Both of `pair`, each in a read transaction on the same state; the first, if the writer leaves no gap.

    SQLite can share a snapshot between connections only through an interface that is compiled out of
    most builds and not in Python's module. So `watch`, which is in no transaction, reads
    `data_version` before and after both have made their first read: it is equal only if nobody
    committed in between, and then there was one state to be seen. BEGIN alone would not do, it takes
    no snapshot; the first read does.
    """
    for _ in range(_TRIES):
        before = _pragma(watch, "data_version")
        for connection in pair:
            _begin(connection)
        if _pragma(watch, "data_version") == before:
            return pair
        for connection in pair:
            connection.execute("ROLLBACK")
    _begin(pair[0])
    return pair[:1]


def schema_version(connection: "Connection") -> int:
    """A number that every change of the schema changes."""
    return _pragma(connection, "schema_version")


def _pragma(connection: "Connection", name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _begin(connection: "Connection") -> None:
    import sqlite3  # the run that has no database does without

    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    # The first use of a table-valued function declares its columns, which an authorizer would refuse.
    with suppress(sqlite3.OperationalError):
        connection.execute("SELECT 1 FROM json_each('[]'), json_tree('[]')").fetchall()


WorkOutcome = Table | FailedQuery
Run = Callable[[Query], WorkOutcome]


def share(queries: Sequence[Query], runs: Sequence[Run]) -> list[WorkOutcome]:
    """The outcome of every query, in the order of `queries`. Each of `runs` is called in one thread only.

    The heaviest begins first, and whoever is free takes the next, so that no thread ends up with both
    of the long ones.
    """
    waiting = sorted(enumerate(queries), key=lambda item: item[1].weight)
    outcomes: dict[int, WorkOutcome] = {}
    bugs: list[BaseException] = []
    helpers = [
        # Daemon: an interrupted run does not wait for a query.
        Thread(target=_work, args=(waiting, run, outcomes, bugs), daemon=True)
        for run in runs[1 : len(queries)]
    ]
    for helper in helpers:
        helper.start()
    _work(waiting, runs[0], outcomes, bugs)
    for helper in helpers:
        helper.join()
    if bugs:
        raise bugs[0]
    return [outcomes[index] for index in range(len(queries))]


def _work(
    waiting: list[tuple[int, Query]], run: Run, outcomes: dict[int, WorkOutcome], bugs: list[BaseException]
) -> None:
    try:
        while True:
            try:
                index, query = waiting.pop()
            except IndexError:
                return
            outcomes[index] = run(query)
    except BaseException as bug:  # noqa: BLE001 - it is raised again in the thread that waits for this one
        bugs.append(bug)


def build(script: str, path: Path) -> None:
    """Run the script on a new database at `path`."""
    from sqlite_utils import Database  # a normal run never imports it

    database = Database(path, execute_plugins=False)
    database.executescript(script)
    database.close()


Choice = Callable[[Schema], Plan]
Outcome = Table | FailedQuery
Reading = tuple[Schema, list[Outcome]]

_BOUNDS = "bounds"
#: A reader keeps the write-ahead log from being emptied. Longer only where a query asks for longer itself.
_TRANSACTION_SECONDS = 20.0


class Asked(Struct, frozen=True):
    """One reading's questions, whatever state of the file they are asked of."""

    choose: Choice
    parameters: Mapping[str, Value]
    progress: Progress


def read(
    target: DatabaseTarget, choose: Choice, parameters: Mapping[str, Value], progress: Progress | None = None
) -> Database:
    """Run the queries that `choose` picks for the schema found, with `parameters` bound by name.

    A built-in query named "bounds" runs first; the columns of its one row are further parameters for
    the others, and it is not among the tables. Raises SourceError where the file cannot be read as a
    database at all. Nothing is written, no transaction outlives the call, and `left` says what file does.
    """
    import sqlite3  # the run that has no database does without

    started = perf_counter()
    path = check_file(target.path)
    before = companions(path)
    asked = Asked(choose, parameters, progress or Progress())
    try:
        schema, outcomes = _still(path, asked) or _live(path, asked)
    # Python decodes SQLite's own words, in which a damaged schema quotes itself.
    except (sqlite3.Error, UnicodeDecodeError, MemoryError) as problem:
        raise unreadable(problem, target.path) from problem
    finally:
        left = remove_made(path, before)
    return Database(
        target=target.path,
        schema=schema,
        tables={outcome.name: outcome for outcome in outcomes if isinstance(outcome, Table)},
        failed=tuple(outcome for outcome in outcomes if isinstance(outcome, FailedQuery)),
        read_seconds=perf_counter() - started,
        left=left,
    )


def _still(path: Path, asked: Asked) -> Reading | None:
    """What is read of a database in WAL mode that nobody has open; None if somebody has, or came meanwhile."""
    import sqlite3  # the run that has no database does without

    image = still_image(path) if in_wal_mode(path) else None
    if image is None:
        return None
    try:
        found = _live(path, asked, still=True)
    except (sqlite3.Error, UnicodeDecodeError):
        # Of a file that changed under it, or of a broken one: read as a live one it will say which.
        return None
    return found if still_image(path) == image else None


def _live(path: Path, asked: Asked, *, still: bool = False) -> Reading:
    """Schema and outcomes, all from one state. What can be made ready is, before the transaction begins."""
    with ExitStack() as stack:
        watch, *pair = [connect(path, stack, still=still) for _ in range(3)]
        version, schema = schema_version(watch), read_schema(watch)
        plan = asked.choose(schema)
        make_ready(plan.queries)
        connections = same_state(watch, pair)
        if schema_version(connections[0]) != version:
            schema = read_schema(connections[0])
            plan = asked.choose(schema)
        frame = Frame(
            parameters=asked.parameters,
            access=plan.access,
            schema=schema,
            end=_end(plan.queries),
            deadlines=stack.enter_context(Deadlines()),
        )
        return schema, _outcomes(connections, plan.queries, frame, asked.progress)


def _end(queries: Sequence[Query]) -> float:
    return perf_counter() + max(_TRANSACTION_SECONDS, *(query.deadline_seconds for query in queries), 0.0)


def _outcomes(
    connections: Sequence["Connection"], queries: Sequence[Query], frame: Frame, progress: Progress
) -> list[Outcome]:
    ready, outcomes = _checked(queries, frame.schema)
    bounds = next((query for query in ready if query.name == _BOUNDS and query.builtin), None)
    if bounds is not None:
        ready.remove(bounds)
        found = _one_row(select(connections[0], bounds, frame))
        if isinstance(found, FailedQuery):
            outcomes.append(found)
        else:
            bound = dict(zip(found.columns, found.rows[0], strict=True))
            frame = structs.replace(frame, parameters={**frame.parameters, **bound})
    progress.queries, progress.ended = len(ready), 0
    runs = [partial(_counted, progress, connection, frame=frame) for connection in connections]
    return [*outcomes, *(_without(one, outcomes) for one in share(ready, runs))]


def _counted(progress: Progress, connection: "Connection", query: Query, *, frame: Frame) -> Outcome:
    """Two threads may count at once and lose one: it is a line for a person, and not worth a lock."""
    found = select(connection, query, frame)
    progress.ended += 1
    return found


def _without(found: Outcome, failed: Sequence[Outcome]) -> Outcome:
    """A query that misses a parameter fails for the reason of the one that would have given it."""
    cause = next((one for one in failed if isinstance(one, FailedQuery) and one.name == _BOUNDS), None)
    if cause is None or not isinstance(found, FailedQuery) or not found.reason.startswith(NEEDS_PARAMETER):
        return found
    return structs.replace(found, reason=f"needs the query bounds, which failed: {cause.reason}")


def _one_row(found: Outcome) -> Outcome:
    if isinstance(found, FailedQuery) or (len(found.rows) == 1 and not found.truncated):
        return found
    reason = "must return exactly one row, the bounds of the other queries"
    return FailedQuery(name=found.name, title=found.title, reason=reason, elapsed_seconds=found.elapsed_seconds)


def _checked(queries: Sequence[Query], schema: Schema) -> tuple[list[Query], list[Outcome]]:
    """Queries that can run, and the others with the reason why they cannot."""
    ready: dict[str, Query] = {}
    failed: list[Outcome] = []
    for query in queries:
        missing = unmet(query, schema)
        if missing:
            reason = f"the database has no {', '.join(missing)}"
            failed.append(FailedQuery(name=query.name, title=query.title, reason=reason, missing_column=True))
        elif ready.setdefault(query.name, query) is not query:
            reason = f"another query is named {query.name}: rename the file of one of them"
            failed.append(FailedQuery(name=query.name, title=query.title, reason=reason))
    return list(ready.values()), failed
