"""Keeps the rows of a query in a temporary table, for the queries that are put to it on the same connection.

The rows are read once, whatever is asked about them. The table is in memory up to a limit, and beyond it in a file
that has no name: a long window must not take the memory that the gateway needs.
"""

# ruff: noqa: S608 - the text is a definition's own, or made of names of the vocabulary

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import structs

from llmgw_report.model.database import LOG_LINES, Access, FailedQuery, Query, QueryResult, Relation, Schema
from llmgw_report.plugins import nearest
from llmgw_report.sources.sqlite.query import QueryContext, select, with_tables

#: In a derived query: the rows of the relation, in the window that begins with this parameter; and what is left out
#: where the relation lacks a column.
_OTHER_WINDOW = r"\{relation:(\w+)\}"
_WHERE_RECORDED = r"/\*if (\w+)\*/(.*?)/\*end\*/"
#: Every query reads the table from its first row to its last: a larger part of it in memory takes no less time.
_CACHE_KIB = 512


class KeptRelation:
    """One relation on its way through a reading: once kept, the queries that are put to it can be written out."""

    def __init__(self, relation: Relation) -> None:
        self.relation = relation
        self.queries = (relation.query, *relation.derived)
        self._rows = ""
        self._columns: tuple[str, ...] = ()

    def run(self, connection: sqlite3.Connection, query: Query, context: QueryContext) -> QueryResult:
        """The result of one of the relation's queries; that of the first is how many rows were kept."""
        if query is self.relation.query:
            return self._keep(connection, context)
        recorded = re.sub(
            _WHERE_RECORDED, lambda part: part[2] if part[1] in self._columns else "", query.sql, flags=re.DOTALL
        )
        return select(connection, structs.replace(query, sql=re.sub(_OTHER_WINDOW, self._of, recorded)), context)

    def _of(self, found: re.Match[str]) -> str:
        return re.sub(r"[:@$]since_ms\b", f":{found[1]}", self._rows)

    def _keep(self, connection: sqlite3.Connection, context: QueryContext) -> QueryResult:
        query = of_this_version(self.relation.query, context.access, context.schema)
        with _writable(connection):
            self._make_tables(connection, context)
        # The names of its columns, which cost nothing to ask for. Its last line may be a comment, which has to end.
        found = select(connection, structs.replace(query, sql=f"SELECT * FROM ({query.sql}\n) LIMIT 0"), context)
        if isinstance(found, FailedQuery):
            return found
        if reason := self._wrong(found.columns):
            return FailedQuery(name=query.name, title=query.title, reason=reason)
        self._columns = found.columns
        self._rows = self._select(found.columns, query.sql)
        with _writable(connection):
            return self._copied(connection, query, context)

    def _copied(self, connection: sqlite3.Connection, query: Query, context: QueryContext) -> QueryResult:
        """Copy the rows, and fold names of which there are too many; an INSERT that failed left not even the table."""
        table = self.relation.table
        copied = structs.replace(query, sql=f"INSERT INTO temp.{table} {self._rows}")
        kept = select(connection, copied, context, into=table)
        for sql in self.relation.folded:
            if isinstance(kept, FailedQuery):
                return kept
            folded = select(connection, structs.replace(query, sql=sql), context, into=table)
            kept = folded if isinstance(folded, FailedQuery) else kept
        return kept

    def _wrong(self, columns: tuple[str, ...]) -> str | None:
        """What is wrong with the columns that the query returns; None if nothing is."""
        known = tuple(self.relation.columns)
        if missing := [name for name in self.relation.required if name not in columns]:
            return f"must return the column {', '.join(missing)}"
        if other := [name for name in columns if name not in known]:
            usual = self.relation.usual.get(other[0])
            hint = f"did you mean {usual!r}?" if usual else nearest(other[0], known)
            return f"returns the column {other[0]}, which {self.relation.query.name}.sql cannot have: {hint}"
        return None

    def _select(self, columns: tuple[str, ...], sql: str) -> str:
        """The rows with every column of the table, of which those that cannot be right are NULL and counted.

        A query that forgets the window, or returns a time that is none, would have rows of any time judged as new ones.
        With a LIMIT inside and a WHERE outside SQLite keeps the query whole. Merged into this one it would compute an
        expression again wherever its column is named, which is three times for some.
        """
        own = {name: sql.replace("{x}", f'"{name}"') for name, sql in self.relation.columns.items() if name in columns}
        all_columns = (f"{own.get(name, self._absent(name))} AS {name}" for name in self.relation.columns)
        bad = [f'("{name}" IS NOT NULL AND {own[name]} IS NULL)' for name in self.relation.checked if name in own]
        implausible = " + ".join(bad) or "0"
        whole = f"SELECT * FROM ({sql}\n) LIMIT -1"
        inside = f"{own['time_ms']} > :since_ms AND {own['time_ms']} <= :until_ms"
        return f"SELECT {', '.join(all_columns)}, {implausible} AS implausible FROM ({whole}) WHERE {inside}"

    def _absent(self, name: str) -> str:
        return self.relation.columns[name].replace("{x}", "NULL")

    def _make_tables(self, connection: sqlite3.Connection, context: QueryContext) -> None:
        """The table of the relation, empty, and that of the log's lines, which it may read."""
        columns = ", ".join((*self.relation.columns, "implausible"))
        connection.execute(f"CREATE TEMP TABLE {self.relation.table} ({columns})")
        # A connection may keep both relations, one after the other.
        made = connection.execute("SELECT 1 FROM temp.sqlite_master WHERE name = ?", (LOG_LINES,)).fetchone()
        if context.log is not None and not made:
            names = [f'"{name}"' for name in ("time_ms", *context.log.columns)]
            connection.execute(f"CREATE TEMP TABLE {LOG_LINES} ({', '.join(names)})")
            places = ", ".join("?" * len(names))
            connection.executemany(f"INSERT INTO temp.{LOG_LINES} VALUES ({places})", context.lines)
            connection.execute(f"CREATE INDEX temp.{LOG_LINES}_time ON {LOG_LINES} (time_ms)")


def of_this_version(query: Query, access: Access, schema: Schema) -> Query:
    """The query, with NULL for columns that this version of the product does not have."""
    tables = []
    for table, optional in access.optional.items():
        there = schema.tables.get(table, optional)
        lacking = [f'NULL AS "{name}"' for name in optional if name not in there]
        if lacking:
            # Not `*`: a column that no query may read would be among them. Named twice in the query, the table
            # would be read and copied whole, all of its history, unless it is not to be materialized.
            listed = [f'"{name}"' for name in access.columns[table] if name in there]
            columns = ", ".join((*listed, *lacking))
            tables.append(f'"{table}" AS NOT MATERIALIZED (SELECT {columns} FROM main."{table}")')
    return structs.replace(query, sql=with_tables(query.sql, tables)) if tables else query


@contextmanager
def _writable(connection: sqlite3.Connection) -> Iterator[None]:
    """Let temporary tables be written. The database itself cannot be: it was opened for reading."""
    connection.set_authorizer(None)
    for pragma in ("query_only = 0", f"temp.cache_size = -{_CACHE_KIB}"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    try:
        yield
    finally:
        connection.set_authorizer(None)
        connection.execute("PRAGMA query_only = 1").fetchall()
