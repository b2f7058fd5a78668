"""One database file: its schema, then a set of queries, all from one state of it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from llmgw_report.config.targets import DatabaseTarget
from llmgw_report.model.progress import Progress
from llmgw_report.model.table import Database, FailedQuery, Plan, Query, Schema, Table, Value
from llmgw_report.sources.sqlite_deadline import Deadlines
from llmgw_report.sources.sqlite_errors import NEEDS_PARAMETER, unreadable
from llmgw_report.sources.sqlite_open import check_file, connect
from llmgw_report.sources.sqlite_schema import read_schema, unmet
from llmgw_report.sources.sqlite_select import Frame, make_ready, select
from llmgw_report.sources.sqlite_state import same_state, schema_version
from llmgw_report.sources.sqlite_still import companions, in_wal_mode, remove_made, still_image
from llmgw_report.sources.sqlite_work import share

if TYPE_CHECKING:
    from sqlite3 import Connection

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
