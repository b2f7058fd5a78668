"""The queries that a report section is made of, by file name, and the columns each must return.

A query with any other name becomes a table of its own. Times end in `_ms` (Unix milliseconds), other
columns are in base units; a column that may be NULL is one that some gateway cannot fill.
"""

from typing import TypeVar

import msgspec
from msgspec import Struct

from llmgw_report.errors import QueryError
from llmgw_report.model.database import Table


class TrafficRow(Struct, frozen=True, kw_only=True, rename={"group": "grp"}):
    """`traffic`: one row per group and one with `total` 1, over the window.

    `buckets` is a JSON object of how many durations are in which of ten buckets per power of ten: "10" is up to 10 s.
    """

    total: int
    group: str | None
    requests: int
    client_errors: int | None
    server_errors: int | None
    input_tokens: int | None
    output_tokens: int | None
    observed: int | None
    mean_seconds: float | None
    p50_seconds: float | None
    p90_seconds: float | None
    p99_seconds: float | None
    p99_low_seconds: float | None = None
    p99_high_seconds: float | None = None
    buckets: str | None = None


class TableRow(Struct, frozen=True, kw_only=True):
    """`tables`: every table that holds something of ours.

    `newest_ms` is the last time of all, `future` counts rows after `:latest_ms` and `untimed` those whose
    time is no number.
    """

    name: str
    rows: int
    first_ms: float | None
    last_ms: float | None
    newest_ms: float | None = None
    future: int = 0
    untimed: int = 0


class LevelRow(Struct, frozen=True, kw_only=True):
    """`levels`: rows of the log per level."""

    level: str
    rows: int


class LogRow(Struct, frozen=True, kw_only=True):
    """`recent_logs`: the newest rows, `fields` as JSON."""

    time_ms: float
    level: str
    message: str
    fields: str | None


class ErrorRow(Struct, frozen=True, kw_only=True):
    """`error_patterns`: rows of level WARN and above in the window; `providers`, `instances` as JSON arrays.

    `buckets`, if they are counted over time, is an array too: for each row its steps of `:bucket_ms` from `:since_ms`.
    """

    level: str
    message: str
    count: int
    providers: str | None
    instances: str | None
    first_ms: float
    last_ms: float
    buckets: str | None = None


class SlowRow(Struct, frozen=True, kw_only=True):
    """`slow_requests`: the slowest over `:slow_ms` in the window; `matches` counts all of them."""

    request_id: str
    time_ms: float
    duration_seconds: float
    slowest_span: str | None
    slowest_span_seconds: float | None
    provider: str | None
    model: str | None
    matches: int


class WindowRow(Struct, frozen=True, kw_only=True):
    """`window`: how many rows of the window could have shown an error, and how many a slow request."""

    log_rows: int | None
    timed_requests: int | None


class TrendRow(Struct, frozen=True, kw_only=True):
    """`trend`: requests per bucket, bucket 0 at the start of the trend window; the title says what is counted.

    `errors` are those of the requests that failed, `error_rows` log rows of level ERROR.
    """

    bucket: int
    requests: int
    errors: int | None = None
    error_rows: int | None = None


class SnapshotRow(Struct, frozen=True, kw_only=True):
    """`snapshots`: one row per saved counter in the trend window, `family` NULL where a snapshot has none."""

    time_ms: float
    family: str | None
    value: float | None


class StartedRow(Struct, frozen=True, kw_only=True):
    """`started`: what the log holds since the counters last read zero, for comparison with lifetime totals."""

    since_ms: float | None
    requests: int | None
    problems: int | None


class InstanceRow(Struct, frozen=True, kw_only=True):
    """`instances`: requests per instance and status in the window."""

    provider: str
    instance: str
    status: str
    requests: int


class SessionRow(Struct, frozen=True, kw_only=True):
    """`sessions`: sessions with a request in the window."""

    provider: str
    sessions: int


class TokenRow(Struct, frozen=True, kw_only=True):
    """`token_efficiency`: tokens per model in the window."""

    model: str
    input_tokens: int
    output_tokens: int


class BudgetRow(Struct, frozen=True, kw_only=True):
    """`budget`: good and bad requests of each window in the JSON array `:burn_windows` (seconds before `:until_ms`).

    Bad is what the service level objective counts against the gateway; a client's own mistake is neither.
    A window without a request needs no row, and without an objective the array is empty.
    """

    window_seconds: float
    good: int
    bad: int


ROLES: dict[str, type[Struct]] = {
    "traffic": TrafficRow,
    "tables": TableRow,
    "levels": LevelRow,
    "recent_logs": LogRow,
    "error_patterns": ErrorRow,
    "slow_requests": SlowRow,
    "window": WindowRow,
    "trend": TrendRow,
    "snapshots": SnapshotRow,
    "started": StartedRow,
    "instances": InstanceRow,
    "sessions": SessionRow,
    "token_efficiency": TokenRow,
    "budget": BudgetRow,
}

Row = TypeVar("Row", bound=Struct)


def whole(table: Table, kind: type[Row]) -> tuple[Row, ...]:
    """The same, and QueryError for a table that was cut: a sum over a part of the rows is a wrong figure."""
    if table.truncated:
        message = f"query {table.name}: more rows than its limit, of which the first {len(table.rows)} say too little"
        raise QueryError(message, f'raise "-- limit:" in {table.name}.sql, or narrow the window')
    return rows(table, kind)


def rows(table: Table, kind: type[Row]) -> tuple[Row, ...]:
    """The table's rows as `kind`; QueryError names the column that is missing or of another type."""
    dicts = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    try:
        return tuple(msgspec.convert(row, kind, strict=False) for row in dicts)
    except msgspec.ValidationError as error:
        message = f"query {table.name}: {error}"
        raise QueryError(message, f"{table.name}.sql must return {', '.join(kind.__struct_encode_fields__)}") from error
