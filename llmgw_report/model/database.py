"""SQL in, rows out."""

from msgspec import Struct, field

Value = str | int | float | None
"""What a cell can hold. Blobs become their length in words: content is never carried."""


class Query(Struct, frozen=True, kw_only=True):
    """One read-only SELECT with what its header comment said.

    `name` is the file's stem; `requires` are "table.column" it cannot run without, and which it may
    read for that reason; `weight` orders the work, heaviest first. `builtin` tells a gateway's own
    query from one given by `--query`.
    """

    name: str
    sql: str
    title: str
    deadline_seconds: float = 5.0
    limit: int = 1000
    weight: int = 0
    requires: tuple[str, ...] = ()
    builtin: bool = True


class Table(Struct, frozen=True, kw_only=True):
    """What one query returned: at most its limit of rows; `truncated` counts as "there were more"."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    elapsed_seconds: float
    truncated: bool = False
    builtin: bool = True


class FailedQuery(Struct, frozen=True, kw_only=True):
    """One query that gave nothing, and why."""

    name: str
    title: str
    reason: str
    elapsed_seconds: float = 0.0
    missing_column: bool = False


class Schema(Struct, frozen=True, kw_only=True):
    """Table name -> its column names.

    Content can hide under any name in `virtual` tables with those they keep their rows in, and in
    `generated` columns ("table.column").
    """

    tables: dict[str, tuple[str, ...]]
    virtual: tuple[str, ...] = ()
    generated: tuple[str, ...] = ()


class Access(Struct, frozen=True, kw_only=True):
    """Table name -> columns that queries may read. `content` ("table.column") is never read, whoever asks."""

    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    content: tuple[str, ...] = ()


class Plan(Struct, frozen=True, kw_only=True):
    """What a database is asked, and what of it may be read for that."""

    queries: tuple[Query, ...]
    access: Access = Access()


class Database(Struct, frozen=True, kw_only=True):
    """Everything that was read from one database file, from one state of it.

    `left` names files that SQLite made beside it and that could not be removed again.
    """

    target: str
    schema: Schema
    tables: dict[str, Table]
    failed: tuple[FailedQuery, ...] = ()
    read_seconds: float = 0.0
    left: tuple[str, ...] = ()
