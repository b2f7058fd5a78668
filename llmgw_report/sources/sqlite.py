"""One database file: its schema, then a set of queries, all from one state of it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

from llmgw_report.config.targets import DatabaseTarget
from llmgw_report.model.progress import Progress
from llmgw_report.model.table import Database, FailedQuery, Query, Schema, Table, Value
from llmgw_report.sources.sqlite_errors import unreadable
from llmgw_report.sources.sqlite_open import check_file, connect
from llmgw_report.sources.sqlite_schema import read_schema, unmet
from llmgw_report.sources.sqlite_select import restrict, select
from llmgw_report.sources.sqlite_state import same_state
from llmgw_report.sources.sqlite_work import share

if TYPE_CHECKING:
    from sqlite3 import Connection

Choice = Callable[[Schema], Sequence[Query]]
Outcome = Table | FailedQuery

_BOUNDS = "bounds"


def read(
    target: DatabaseTarget, choose: Choice, parameters: Mapping[str, Value], progress: Progress | None = None
) -> Database:
    """Run the queries that `choose` picks for the schema found, with `parameters` bound by name.

    A built-in query named "bounds" runs first; the columns of its one row are further parameters for
    the others, and it is not among the tables. A query that fails is in `failed` with its reason.
    Raises SourceError where the file cannot be read as a database at all. Nothing is written, and no
    transaction outlives the call.
    """
    import sqlite3  # the run that has no database does without

    started = perf_counter()
    path = check_file(target.path)
    try:
        with ExitStack() as stack:
            connections = same_state(lambda: connect(path, stack))
            schema = read_schema(connections[0])
            for connection in connections:
                restrict(connection)
            outcomes = _outcomes(connections, schema, choose(schema), parameters, progress or Progress())
    except sqlite3.Error as problem:
        raise unreadable(problem, target.path) from problem
    return Database(
        target=target.path,
        schema=schema,
        tables={outcome.name: outcome for outcome in outcomes if isinstance(outcome, Table)},
        failed=tuple(outcome for outcome in outcomes if isinstance(outcome, FailedQuery)),
        read_seconds=perf_counter() - started,
    )


def _outcomes(
    connections: Sequence["Connection"],
    schema: Schema,
    queries: Sequence[Query],
    parameters: Mapping[str, Value],
    progress: Progress,
) -> list[Outcome]:
    ready, outcomes = _checked(queries, schema)
    bounds = next((query for query in ready if query.name == _BOUNDS and query.builtin), None)
    bound = dict(parameters)
    if bounds is not None:
        ready.remove(bounds)
        found = _one_row(select(connections[0], bounds, bound))
        if isinstance(found, FailedQuery):
            outcomes.append(found)
        else:
            bound.update(zip(found.columns, found.rows[0], strict=True))
    progress.queries = len(ready)
    runs = [partial(_counted, progress, connection, parameters=bound) for connection in connections]
    return outcomes + share(ready, runs)


def _counted(progress: Progress, connection: "Connection", query: Query, *, parameters: Mapping[str, Value]) -> Outcome:
    """Two threads may count at once and lose one: it is a line for a person, and not worth a lock."""
    found = select(connection, query, parameters)
    progress.ended += 1
    return found


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
