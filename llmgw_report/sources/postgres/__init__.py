"""Reads one PostgreSQL database: its schema, then a set of queries, all from one state of it.

Nothing can be kept there, neither in a read-only transaction nor on a standby: the rows of a relation are fetched once,
without content, into a private SQLite file, and the queries that are put to them run there, as for a local database.
Those over longer windows run on the server and return few rows.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from msgspec import structs

from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.errors import SourceError
from llmgw_report.messages import Message, Sentence, msg
from llmgw_report.model.database import (
    Access,
    Database,
    FailedQuery,
    Plan,
    QueryResult,
    Relation,
    Schema,
    Table,
    Value,
)
from llmgw_report.model.run import Progress
from llmgw_report.sources import sqlite
from llmgw_report.sources.postgres import rights
from llmgw_report.sources.postgres.connection import connected
from llmgw_report.sources.postgres.statement import Context, copied, of_windows, select
from llmgw_report.sources.temporary import private_folder

#: A reader holds vacuum back. Longer only where a query asks for longer itself.
_STATEMENTS = 4
_GRANT = msg("check the name of the database, and GRANT the role SELECT on the columns that a report reads")
#: Of columns that are named in one sentence.
_MOST_NAMES = 5
#: The table with the fetched rows, in the private file.
_ROWS = "fetched"
_NOT_OF_USER = msg(
    "not run: this role may read {columns}, which may hold prompts, answers or secrets, and a query of your own could"
    " too"
)
PlanFor = Callable[[Schema], Plan]


class _Fetched(NamedTuple):
    """The rows of a relation in a private file."""

    relation: Relation
    rows: Table
    path: Path


def read(
    target: DatabaseTarget, plan_for: PlanFor, parameters: Mapping[str, Value], progress: Progress | None = None
) -> Database:
    """Run the queries that `plan_for` picks for the database's schema, with `parameters` bound by the server.

    Raises SourceError where there is no connection, or it ends before everything is read.
    """
    started = perf_counter()
    with ExitStack() as folders:
        plan, may, results, fetched = _ask(target, plan_for, parameters, progress or Progress(), folders)
        # A transaction that is open holds vacuum back: what is put to fetched rows waits for its end.
        for rows in fetched:
            results += _derived(rows, target.timeout_seconds, parameters)
    return Database(
        target=target.path,
        schema=may.schema,
        tables={one.name: one for one in results if isinstance(one, Table)},
        failed=tuple(one for one in results if isinstance(one, FailedQuery)),
        read_seconds=perf_counter() - started,
        notes=tuple(_notes(plan, may)),
        hint=rights.missing(plan.access, may),
    )


def _ask(
    target: DatabaseTarget,
    plan_for: PlanFor,
    parameters: Mapping[str, Value],
    progress: Progress,
    folders: ExitStack,
) -> tuple[Plan, rights.Rights, list[QueryResult], list[_Fetched]]:
    """The plan, what the role may read, and what the server answers, in one transaction."""
    with connected(target) as (connection, watch):
        with watch.within(target.timeout_seconds):
            may = rights.found(connection.execute(rights.TABLES, []).fetchall())
            definers = frozenset(name for (name,) in connection.execute(rights.DEFINERS, []).fetchall())
        if not may.places:
            raise SourceError(msg("{name}: has no table that this role may read", name=target.path), _GRANT)
        plan = plan_for(may.schema)
        context = Context(
            connection=connection,
            watch=watch,
            parameters=parameters,
            access=plan.access,
            schema=may.schema,
            places=may.places,
            schemas=may.schemas,
            others=may.others,
            definers=definers,
            timeout_seconds=target.timeout_seconds,
            end=perf_counter() + max(_STATEMENTS * target.timeout_seconds, *_deadlines(plan), 0.0),
        )
        return plan, may, *_results(plan, may, context, progress, folders)


def _deadlines(plan: Plan) -> list[float]:
    related = (query for one in plan.relations for query in (one.query, *one.remote))
    return [query.deadline_seconds or 0.0 for query in (*plan.queries, *related)]


def _results(
    plan: Plan, may: rights.Rights, context: Context, progress: Progress, folders: ExitStack
) -> tuple[list[QueryResult], list[_Fetched]]:
    """What the server answers, the relations first: what else there is, is worth less. The folders keep their rows."""
    exposed = rights.exposed_to_user(plan.access, may)
    progress.queries = len(plan.queries) + sum(1 + len(one.remote) for one in plan.relations)
    progress.ended = 0
    results: list[QueryResult] = []
    fetched: list[_Fetched] = []
    for relation in plan.relations:
        rows = _fetched(
            relation, rights.missing(plan.access, may), context, Path(folders.enter_context(private_folder()))
        )
        progress.ended += 1
        if isinstance(rows, FailedQuery):
            results.append(rows)
            continue
        fetched.append(rows)
        for query in relation.remote:
            results.append(of_windows(query, relation.query, rows.rows.columns, context))
            progress.ended += 1
    for query in plan.queries:
        if exposed and not query.builtin:
            reason = msg(_NOT_OF_USER, columns=_few(exposed))
            results.append(FailedQuery(name=query.name, title=query.title, reason=reason))
        else:
            results.append(select(query, context))
        progress.ended += 1
    return results, fetched


def _fetched(relation: Relation, lacking: str | None, context: Context, folder: Path) -> _Fetched | FailedQuery:
    """The rows of a relation, copied into the folder.

    Rows without an ending, of a role for which columns are `lacking`, are no requests that nobody recorded: that would
    be a claim about the gateway.
    """
    path = folder / "rows.db"
    rows = copied(relation.query, context, path, _ROWS)
    if isinstance(rows, FailedQuery):
        return rows
    if lacking and "outcome" in rows.columns and _all_without_ending(path):
        return FailedQuery(name=relation.query.name, title=relation.query.title, reason=lacking)
    return _Fetched(relation, rows, path)


def _all_without_ending(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as private:
        rows, ended = private.execute(f"SELECT count(*), count(outcome) FROM {_ROWS}").fetchone()  # noqa: S608
    return bool(rows) and not ended


def _derived(of: _Fetched, timeout_seconds: float, parameters: Mapping[str, Value]) -> list[QueryResult]:
    """What the queries say that are put to fetched rows."""
    relation = of.relation
    fetched = structs.replace(
        relation.query,
        sql=f"SELECT * FROM {_ROWS} WHERE time_ms > :since_ms AND time_ms <= :until_ms",  # noqa: S608 - our own name
    )
    plan = Plan(
        queries=(),
        relations=(structs.replace(relation, query=fetched, remote=()),),
        access=Access(columns={_ROWS: of.rows.columns}),
    )
    local = DatabaseTarget(path=str(of.path), timeout_seconds=timeout_seconds, named=True)
    found = sqlite.read(local, lambda _: plan, parameters)
    kept = found.tables.get(relation.query.name)
    if kept:  # how long it took is the server's time
        took = of.rows.elapsed_seconds + kept.elapsed_seconds
        found.tables[relation.query.name] = structs.replace(kept, elapsed_seconds=took)
    return [*found.tables.values(), *found.failed]


def _notes(plan: Plan, may: rights.Rights) -> list[Message]:
    notes = []
    exposed = rights.exposed(plan.access, may)
    if exposed:
        text = msg(
            "The role may read {columns}, which hold prompts or answers. No query here does; a role with these rights"
            " alone could not: {grants}.",
            columns=", ".join(exposed),
            grants=rights.sufficient(plan.access, may),
        )
        notes.append(text)
    lacking = rights.missing(plan.access, may)
    return [*notes, Sentence(lacking)] if lacking else notes


def _few(names: Sequence[str]) -> Message:
    """The first of the names, and how many more there are."""
    shown = ", ".join(names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return msg("{names} and {n} more", names=shown, n=more) if more > 0 else msg("{names}", names=shown)
