"""What a log database is asked and what it returns: queries, tables, schema, access rights."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct, field

Dialect = Literal["sqlite", "postgresql"]
"""Whose SQL a query is written in."""

Value = str | int | float | None
Row = tuple[Value, ...]
"""What a cell can hold. A blob becomes a text with its length: content is never carried."""


def number(cell: Value) -> float:
    """What a cell adds to a sum: nothing where it is no number."""
    return cell if isinstance(cell, (int, float)) else 0.0


#: What a query of copied rows may take, in times of `--db-timeout`.
_COPY_TIMES = 4


class Query(Struct, frozen=True, kw_only=True):
    """One read-only SELECT with the settings of its header comment.

    `name` is the file's stem; `requires` lists each table or "table.column" that it cannot run without,
    and which it may read for that reason; `deadline_seconds` is None where `--db-timeout` limits it; `weight` orders
    the work, heaviest first; `builtin` is false for a query given with `--query`; `of_copy` is true for one that only
    reads rows which are copied already; `parameters` are this query's own, beside those that every query has.
    """

    name: str
    sql: str
    title: str
    deadline_seconds: float | None = None
    limit: int = 1000
    weight: int = 0
    requires: tuple[str, ...] = ()
    builtin: bool = True
    of_copy: bool = False
    parameters: dict[str, Value] = field(default_factory=dict)

    def longest_seconds(self, timeout_seconds: float) -> float:
        """How long it may take where `--db-timeout` gives a statement so long.

        What the database takes to copy limits the rows, and no gateway waits for what is done with them: on a busy
        machine the sorting of as many as could be copied in time takes longer than that.
        """
        if self.deadline_seconds is not None:
            return self.deadline_seconds
        return timeout_seconds * (_COPY_TIMES if self.of_copy else 1)


class Table(Struct, frozen=True, kw_only=True):
    """What one query returned: at most its limit of rows, `truncated` if there were more."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: Sequence[Row]
    elapsed_seconds: float
    truncated: bool = False
    builtin: bool = True


class FailedQuery(Struct, frozen=True, kw_only=True):
    """One query that returned nothing, and why."""

    name: str
    title: str
    reason: str
    elapsed_seconds: float = 0.0
    missing_column: bool = False


#: How the reason of a query begins that ran into its deadline, and of one for what this version does not have.
LATE, LACKING = "took longer than", "the database has no "

QueryResult = Table | FailedQuery


class Schema(Struct, frozen=True, kw_only=True):
    """The column names of every table.

    Content can hide under any name in `virtual` tables, with the tables that keep their rows, and in
    `generated` columns ("table.column").
    """

    tables: dict[str, tuple[str, ...]]
    dialect: Dialect = "sqlite"
    virtual: tuple[str, ...] = ()
    generated: tuple[str, ...] = ()


class Access(Struct, frozen=True, kw_only=True):
    """The columns that queries may read, by table. `content` ("table.column") is never read, whoever asks.

    `content_paths`, by "table.column": what of its JSON a query of the user's own never reads. `optional` columns, by
    table, are not in every version of the product: where they are not, a relation has NULL for them.
    """

    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    content: tuple[str, ...] = ()
    content_paths: dict[str, tuple[str, ...]] = field(default_factory=dict)
    optional: dict[str, tuple[str, ...]] = field(default_factory=dict)


class Relation(Struct, frozen=True, kw_only=True):
    """A query whose rows are kept in a temporary `table` of one connection, and the queries that are put to it.

    `columns` maps each column of the table to the SQL that makes it of the query's own column `{x}`; one that the query
    does not return is NULL, unless it is `required`, and any other is an error. A column in `checked` is NULL for a
    value that cannot be right, and the column `implausible` counts those of a row. `folded` are the statements after
    which no column names more subjects than a report tells apart, and `usual` are columns of gateways with the one that
    stands for each. In a `derived` query "{relation}" stands for such rows of another window, whose `:since_ms` it
    binds itself. Of a database server only the rows of the window are fetched: its `remote` queries, over other
    windows, run there.
    """

    query: Query
    table: str
    columns: dict[str, str]
    required: tuple[str, ...]
    checked: tuple[str, ...]
    folded: tuple[str, ...] = ()
    usual: dict[str, str] = field(default_factory=dict)
    derived: tuple[Query, ...]
    remote: tuple[Query, ...] = ()


#: The temporary table with the lines of log files, which relations may join.
LOG_LINES = "log_lines"


class LogTable(Struct, frozen=True, kw_only=True):
    """What is read of a gateway's log files, into the temporary table `log_lines` that relations may join.

    `time` is the path of a line's time, which is the column `time_ms`; `columns` maps the others to their paths, member
    names with dots between; `only` maps columns to globs, one of which has to match.
    """

    time: str
    columns: dict[str, str]
    only: dict[str, tuple[str, ...]] = field(default_factory=dict)


class Plan(Struct, frozen=True, kw_only=True):
    """The queries for a database, the relations that others are derived from, and what all of them may read.

    `log_files` are read as `log` describes them; without it nothing is known of such files.
    """

    queries: tuple[Query, ...]
    relations: tuple[Relation, ...] = ()
    access: Access = Access()
    log: LogTable | None = None
    log_files: tuple[str, ...] = ()


Reading = Literal["live", "copy", "short transactions"]
"""How a database was read: one in WAL mode as it is, any other from a private copy or, too large, query by query."""


class LogReading(Struct, frozen=True, kw_only=True):
    """How the log `files` were read that belong to a database, or the `problem` for which they were not."""

    files: tuple[str, ...] = ()
    oldest_ms: int | None = None
    newest_ms: int | None = None
    rows: int = 0
    bad: int = 0
    problem: str | None = None
    hint: str | None = None


class Database(Struct, frozen=True, kw_only=True):
    """Everything that was read from one database file, all from one state of it but for short transactions.

    `left` names files that SQLite made beside it and that could not be removed. `files` are those that were added up;
    none of one. `notes` are for whoever runs the database, and `hint` is what would show more of its rows.
    """

    target: str
    schema: Schema
    tables: dict[str, Table]
    failed: tuple[FailedQuery, ...] = ()
    read_seconds: float = 0.0
    left: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    hint: str | None = None
    reading: Reading = "live"
    log: LogReading | None = None
    files: tuple[str, ...] = ()
