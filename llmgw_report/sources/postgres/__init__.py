"""Reads one PostgreSQL database: its schema, then a set of queries, all from one state of it.

Nothing can be kept there, neither in a read-only transaction nor on a standby: the rows of a relation are fetched once,
without content, into a private SQLite file, and the queries that are put to them run there, as for a local database.
Those over longer windows run on the server and return few rows.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter

from msgspec import structs

from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.errors import SourceError
from llmgw_report.messages import Message, msg
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
from llmgw_report.sources.postgres.connection import Watch, connected
from llmgw_report.sources.postgres.statement import Context, copied, of_windows, select
from llmgw_report.sources.sqlite.query import looks_like_content

#: A reader holds vacuum back. Longer only where a query asks for longer itself.
_STATEMENTS = 4
_GRANT = msg("check the name of the database, and GRANT the role SELECT on the columns that a report reads")
#: The table with the fetched rows, in the private file.
_ROWS = "fetched"
_NOT_OF_USER = msg(
    "not run: this role may read {columns}, which hold prompts or answers, and a query of your own could too"
)
#: What is visible without a schema's name, and what of it the role may read.
_SCHEMA = """SELECT c.relname::text, quote_ident(n.nspname) || '.' || quote_ident(c.relname),
  a.attname::text
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND pg_catalog.pg_table_is_visible(c.oid)
  AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')
ORDER BY c.relname, a.attnum LIMIT 100000"""

PlanFor = Callable[[Schema], Plan]


def read(
    target: DatabaseTarget, plan_for: PlanFor, parameters: Mapping[str, Value], progress: Progress | None = None
) -> Database:
    """Run the queries that `plan_for` picks for the database's schema, with `parameters` bound by the server.

    Raises SourceError where there is no connection, or it ends before everything is read.
    """
    started = perf_counter()
    with connected(target) as connection, Watch(connection) as watch:
        with watch.within(target.timeout_seconds):
            found = connection.execute(_SCHEMA, []).fetchall()
        if not found:
            raise SourceError(msg("{name}: has no table that this role may read", name=target.path), _GRANT)
        places = {table: place for table, place, _ in found}
        columns = {table: tuple(column for name, _, column in found if name == table) for table in places}
        schema = Schema(tables=columns, dialect="postgresql")
        plan = plan_for(schema)
        context = Context(
            connection=connection,
            watch=watch,
            parameters=parameters,
            access=plan.access,
            schema=schema,
            places=places,
            timeout_seconds=target.timeout_seconds,
            end=perf_counter() + max(_STATEMENTS * target.timeout_seconds, *_deadlines(plan), 0.0),
        )
        results = list(_results(plan, context, progress or Progress()))
    return Database(
        target=target.path,
        schema=schema,
        tables={one.name: one for one in results if isinstance(one, Table)},
        failed=tuple(one for one in results if isinstance(one, FailedQuery)),
        read_seconds=perf_counter() - started,
        notes=tuple(_notes(plan, schema)),
    )


def _deadlines(plan: Plan) -> list[float]:
    related = (query for one in plan.relations for query in (one.query, *one.remote))
    return [query.deadline_seconds or 0.0 for query in (*plan.queries, *related)]


def _results(plan: Plan, context: Context, progress: Progress) -> list[QueryResult]:
    """The result of every query, the relations' first: what else there is, is worth less."""
    exposed = _exposed(plan, context.schema)
    progress.queries = len(plan.queries) + sum(1 + len(one.remote) for one in plan.relations)
    progress.ended = 0
    results: list[QueryResult] = []
    for relation in plan.relations:
        results += _related(relation, context, progress)
    for query in plan.queries:
        if exposed and not query.builtin:
            reason = msg(_NOT_OF_USER, columns=", ".join(exposed))
            results.append(FailedQuery(name=query.name, title=query.title, reason=reason))
        else:
            results.append(select(query, context))
        progress.ended += 1
    return results


def _related(relation: Relation, context: Context, progress: Progress) -> list[QueryResult]:
    """The rows of a relation, fetched, with everything that is put to them."""
    with sqlite.private_folder() as folder:
        path = Path(folder, "rows.db")
        rows = copied(relation.query, context, path, _ROWS)
        progress.ended += 1
        if isinstance(rows, FailedQuery):
            return [rows]
        results: list[QueryResult] = []
        for query in relation.remote:
            results.append(of_windows(query, relation.query, rows.columns, context))
            progress.ended += 1
        local = _derived(relation, rows, path, context)
        return [*results, *local]


def _derived(relation: Relation, rows: Table, path: Path, context: Context) -> list[QueryResult]:
    """What the queries say that are put to fetched rows."""
    fetched = structs.replace(
        relation.query,
        sql=f"SELECT * FROM {_ROWS} WHERE time_ms > :since_ms AND time_ms <= :until_ms",  # noqa: S608 - our own name
    )
    plan = Plan(
        queries=(),
        relations=(structs.replace(relation, query=fetched, remote=()),),
        access=Access(columns={_ROWS: rows.columns}),
    )
    local = DatabaseTarget(path=str(path), timeout_seconds=context.timeout_seconds, named=True)
    found = sqlite.read(local, lambda _: plan, context.parameters)
    kept = found.tables.get(relation.query.name)
    if kept:  # how long it took is the server's time
        took = rows.elapsed_seconds + kept.elapsed_seconds
        found.tables[relation.query.name] = structs.replace(kept, elapsed_seconds=took)
    return [*found.tables.values(), *found.failed]


def _exposed(plan: Plan, schema: Schema) -> list[str]:
    """Columns with prompts or answers that the role may read, by the definition or, without one, by their names."""
    there = [(table, column) for table, columns in schema.tables.items() for column in columns]
    if plan.access.columns:
        return [f"{table}.{column}" for table, column in there if f"{table}.{column}" in plan.access.content]
    return [f"{table}.{column}" for table, column in there if looks_like_content(column)]


def _notes(plan: Plan, schema: Schema) -> list[Message]:
    exposed = _exposed(plan, schema)
    if not exposed or not plan.access.columns:
        return []
    grants = ", ".join(_grant(table, columns, schema) for table, columns in plan.access.columns.items())
    return [
        msg(
            "The role may read {columns}, which hold prompts or answers. No query here does; a role with these rights"
            " alone could not: {grants}.",
            columns=", ".join(exposed),
            grants=grants,
        )
    ]


def _grant(table: str, columns: tuple[str, ...], schema: Schema) -> str:
    listed = ", ".join(f'"{name}"' for name in dict.fromkeys(columns) if name in schema.tables.get(table, ()))
    return f'GRANT SELECT ({listed}) ON "{table}"'
