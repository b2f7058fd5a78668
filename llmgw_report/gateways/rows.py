"""The queries that sections of the report are made of, by file name, and the columns that each returns.

A query with any other name becomes a table of its own. Times end in `_ms` (Unix milliseconds), other
columns are in base units; a column that may be NULL is one that some gateways cannot fill.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from math import isnan
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct, structs

from llmgw_report.errors import QueryError
from llmgw_report.messages import msg
from llmgw_report.model.database import Row, Table, Value
from llmgw_report.model.finding import Health
from llmgw_report.model.moments import BEGAN, TIME, EachMoment
from llmgw_report.model.outcomes import Outcome
from llmgw_report.model.quantities import (
    DURATIONS,
    INTERVAL_FIELDS,
    LONGEST_SECONDS,
    OTHER_DURATIONS,
    OTHER_TOKENS,
    PERCENTILES,
    ROW_FIGURES,
    with_fields,
)
from llmgw_report.model.scrape import COUNT_LIMIT
from llmgw_report.model.sections import PercentileValue, RowsLeftOut

ColumnTypes = dict[str, object]
"""Column -> type."""

PERCENTILE_COLUMNS: ColumnTypes = dict.fromkeys(
    (*(f"{name}_seconds" for name in PERCENTILES), *INTERVAL_FIELDS), float | None
)


class DurationColumns(Struct, frozen=True, kw_only=True):
    """The columns of `traffic` for one latency family: n, mean, percentiles by name, and the sketch."""

    observed: int | None
    mean_seconds: float | None
    percentiles: dict[str, PercentileValue]
    buckets: str | None
    files: int = 1


def _duration_columns(prefix: str) -> ColumnTypes:
    """Columns of a latency family that only some gateways record."""
    return {
        f"{prefix}observed": int | None,
        f"{prefix}mean_seconds": float | None,
        **{f"{prefix}{name}": kind for name, kind in PERCENTILE_COLUMNS.items()},
        f"{prefix}buckets": str | None,
    }


def _other_columns() -> ColumnTypes:
    """Columns of quantities that only some gateways record."""
    columns: ColumnTypes = {one.field: float | None for one in ROW_FIGURES}
    for one in OTHER_DURATIONS:
        columns |= _duration_columns(f"{one.field}_")
    return columns


@with_fields(
    {
        "output_tokens": {one.column: int | None for one in OTHER_TOKENS},
        "mean_seconds": PERCENTILE_COLUMNS,
        "buckets": _other_columns(),
    }
)
class TrafficRecord(Struct, frozen=True, kw_only=True, rename={"group": "grp"}):
    """`traffic`: one row per group and one with `total` 1, over the window.

    `buckets` is a JSON object that sketches the durations, in ten buckets per power of ten: number of the bucket ->
    durations in it. Bucket 10 ends at 10 s, bucket 9 at 7.9 s. `implausible` counts values of the rows that cannot be
    right, which the query has to leave out: a negative or infinite duration, tokens that are no whole number.
    `counted` is the number of successes with tokens. `files`: of so many databases this row is the
    sum; a total of one of several processes has its `target`.
    """

    total: int
    group: str | None
    requests: int
    input_tokens: int | None
    output_tokens: int | None
    observed: int | None = None
    mean_seconds: float | None = None
    buckets: str | None = None
    implausible: int | None = None
    counted: int | None = None
    files: int = 1
    target: str | None = None

    @property
    def durations(self) -> dict[str, DurationColumns]:
        """Latency family -> its columns."""
        return {one.name: self._duration("" if one.by_name else f"{one.field}_") for one in DURATIONS}

    def _duration(self, prefix: str) -> DurationColumns:
        def percentile(name: str) -> PercentileValue:
            return PercentileValue(
                seconds=getattr(self, f"{prefix}{name}_seconds"),
                low_seconds=getattr(self, f"{prefix}{name}_low_seconds", None),
                high_seconds=getattr(self, f"{prefix}{name}_high_seconds", None),
            )

        return DurationColumns(
            observed=getattr(self, f"{prefix}observed"),
            mean_seconds=getattr(self, f"{prefix}mean_seconds"),
            percentiles={name: percentile(name) for name in PERCENTILES},
            buckets=getattr(self, f"{prefix}buckets"),
            files=self.files,
        )


class TableRecord(Struct, frozen=True, kw_only=True):
    """`tables`: every table that the report reads.

    `newest_ms` is the time of the newest row, `future` counts rows after `:latest_ms` and `untimed` those whose
    time cannot be right.
    """

    name: str
    rows: int
    first_ms: float | None
    last_ms: float | None
    newest_ms: float | None = None
    future: int = 0
    untimed: int = 0


class LevelRecord(Struct, frozen=True, kw_only=True):
    """`levels`: rows of the log per level.

    A level that has all other rows of one of the `tables` gives its name in `rest_of`, and NULL in `rows`.
    """

    level: str
    rows: int | None
    rest_of: str | None = None


class LogRecord(Struct, frozen=True, kw_only=True):
    """`recent_logs`: the newest rows of the log, `fields` as JSON."""

    time_ms: float
    level: str
    message: str
    fields: str | None


class ErrorRecord(Struct, frozen=True, kw_only=True):
    """`error_patterns`: rows of level WARN and above in the window; `providers`, `instances` as JSON arrays.

    An element is a name, or a name with a number of rows: `["openai", 3]`; null stands for rows without a name.
    `buckets` is an array too, or NULL where they are not counted over time: for each row the number of its bucket, in
    steps of `:bucket_ms` from `:since_ms`, or a number with a number of rows. `began_ms` is the first row of those that
    go on into the window, where the log before it was looked through for their beginning.
    """

    level: str
    message: str
    count: int
    outcome: Outcome | None = None
    providers: str | None
    instances: str | None
    first_ms: float
    last_ms: float
    buckets: str | None = None
    began_ms: float | None = None


class SlowRecord(Struct, frozen=True, kw_only=True):
    """`slow_requests`: the slowest requests over `:slow_ms` in the window; `matches` counts all of them."""

    request_id: str
    time_ms: float
    duration_seconds: float
    slowest_span: str | None
    slowest_span_seconds: float | None
    provider: str | None
    model: str | None
    matches: int


class WindowRecord(Struct, frozen=True, kw_only=True):
    """`window`: rows of the window that could have shown an error, and requests that could have been slow."""

    log_rows: int | None
    timed_requests: int | None


class TrendRecord(Struct, frozen=True, kw_only=True):
    """`trend`: requests per bucket, bucket 0 at the start of the trend window; the title says what is counted.

    `errors` counts the requests that failed, `error_rows` log rows of level ERROR, `timed` the requests with a recorded
    duration, of `mean_seconds` on average. `buckets` sketches the durations of successes, as that of `traffic` does.
    `times_ms` adds up the times of its requests, each modulo `:bucket_ms`: where two files have as many and the same
    sum, it is the same requests.
    """

    bucket: int
    requests: int
    times_ms: int | None = None
    errors: int | None = None
    error_rows: int | None = None
    timed: int | None = None
    mean_seconds: float | None = None
    buckets: str | None = None


class SnapshotRecord(Struct, frozen=True, kw_only=True):
    """`snapshots`: one row per saved counter in the trend window; `family` is NULL for a snapshot without any."""

    time_ms: float
    family: str | None
    value: float | None


class StartedRecord(Struct, frozen=True, kw_only=True):
    """`started`: requests and problems in the log since the counters were zero, to compare with lifetime totals."""

    since_ms: float | None
    requests: int | None
    problems: int | None


class KeptRecord(Struct, frozen=True, kw_only=True):
    """How many rows of a relation the window has."""

    rows: int


class OutcomeRecord(Struct, frozen=True, kw_only=True):
    """`outcomes`: how the requests of the window ended, or a trace of one that ended.

    `outcome` NULL of kind "request": it is open, no row ends it. Kind "ending" ends the open request that began at
    `began_ms`, else any; "revoke" turns one success into its outcome, for a stream that broke after its head was
    delivered. `recorded` 0: a request whose success leaves no row. `requests` ended alike, at about that time; only
    those that are `streamed` can break. `target` is the process whose database it is from, of several.

    Rows that are alike but for their times may be returned as one, with two more columns, `part` and `moments`. What it
    has in `time_ms` and `began_ms` is then not read, and `requests` is how many they are. `moments` is a JSON array of
    their times, in milliseconds, or of [time, place, began] for each of them: `began` null where it is unknown, and
    `place` a whole number by which the rows of one `part` are put in order. Rows of the same `part` must follow one
    another.
    """

    time_ms: float
    kind: Literal["request", "ending", "revoke"]
    outcome: Outcome | None
    provider: str | None = None
    instance: str | None = None
    model: str | None = None
    api_key: str | None = None
    began_ms: float | None = None
    recorded: int = 1
    requests: int = 1
    streamed: int = 0
    target: str | None = None


class AttemptRecord(Struct, frozen=True, kw_only=True):
    """`attempted`: calls to an instance that ended alike, at about that time; `requests` is how many.

    They may have moments, as those of `outcomes`.
    """

    time_ms: float
    outcome: Outcome
    provider: str | None
    instance: str
    requests: int = 1
    target: str | None = None


class InstanceRecord(Struct, frozen=True, kw_only=True):
    """`instances`: requests per instance and status in the window, and the outcome that the status stands for."""

    provider: str
    instance: str
    status: str
    requests: int
    outcome: Outcome | None = None
    target: str | None = None


class HealthRecord(Struct, frozen=True, kw_only=True):
    """`health`: the state of each upstream instance now.

    `recovery` is how a state that is down ends (see `MetricMapping`), and `pool` what clients address: it works while
    one of its instances is usable; NULL is that of the provider.
    """

    provider: str | None
    instance: str
    health: Health
    recovery: str | None = None
    pool: str | None = None
    target: str | None = None


class SessionRecord(Struct, frozen=True, kw_only=True):
    """`sessions`: sessions with a request in the window."""

    provider: str
    sessions: int


class TokenRecord(Struct, frozen=True, kw_only=True):
    """`token_efficiency`: tokens per model in the window."""

    model: str
    input_tokens: int
    output_tokens: int


class BudgetRecord(Struct, frozen=True, kw_only=True):
    """`budget`: good and bad requests by the shortest window of the JSON array `:burn_windows` that they are in.

    Windows are in seconds before `:until_ms`, and without an objective there are none. Bad requests are those that the
    service level objective counts against the gateway; a client's mistake is neither. `undone` of the good ones, of
    this row or an older one, turned out to be bad: a stream broke. There may be a row for each `part`, of
    `:burn_part_ms` before `:until_ms`, of which the newest is 0. `times_ms` adds up the times of its requests, each
    modulo `:burn_part_ms`, and `timed` counts those with a recorded duration, of `mean_seconds` on average: by these
    the parts are found of which two files have the same requests.
    """

    window_seconds: float
    good: int
    bad: int
    undone: int | None = None
    part: int | None = None
    times_ms: int | None = None
    timed: int | None = None
    mean_seconds: float | None = None


#: Query -> what its rows are read as.
RECORDS: dict[str, type[Struct]] = {
    "traffic": TrafficRecord,
    "tables": TableRecord,
    "levels": LevelRecord,
    "recent_logs": LogRecord,
    "error_patterns": ErrorRecord,
    "slow_requests": SlowRecord,
    "window": WindowRecord,
    "trend": TrendRecord,
    "snapshots": SnapshotRecord,
    "started": StartedRecord,
    "requests": KeptRecord,
    "attempts": KeptRecord,
    "outcomes": OutcomeRecord,
    "attempted": AttemptRecord,
    "instances": InstanceRecord,
    "health": HealthRecord,
    "sessions": SessionRecord,
    "token_efficiency": TokenRecord,
    "budget": BudgetRecord,
}

Record = TypeVar("Record", bound=Struct)
#: Rows of now, of which a shorter window has as many.
_OF_NOW = frozenset((HealthRecord, TableRecord, LevelRecord))
_AT_ONCE = 1000
_IMPLAUSIBLE = msg("a duration, a cost, a number of tokens or JSON that cannot be right")
#: In a built-in query that becomes a table of its own: values of each row that were left out. It is not shown.
IMPLAUSIBLE = "implausible"


def whole(table: Table, kind: type[Record]) -> tuple[Sequence[Record], RowsLeftOut | None]:
    """The rows of a whole table as `kind`; QueryError if it was cut: a sum over some of the rows is a wrong figure."""
    if table.truncated:
        message = f"it returned more than a report reads, and its first {len(table.rows):,} rows say too little"
        own = f'in a definition of your own, return fewer rows or raise "-- limit:" in {table.name}.sql'
        raise QueryError(message, own if kind in _OF_NOW else f"narrow the window; {own}")
    return records(table, kind)


def states_in_part(table: Table) -> Sequence[HealthRecord]:
    """The states in an answer that was cut, such as they are.

    Whether another instance of a pool is usable is not known of a part, and so no state is said to need one to end.
    """
    return [structs.replace(one, recovery=None) for one in records(table, HealthRecord)[0]]


def left_out_of(table: Table) -> RowsLeftOut | None:
    """What a built-in query left out that becomes a table of its own."""
    if not table.builtin or IMPLAUSIBLE not in table.columns:
        return None
    place = table.columns.index(IMPLAUSIBLE)
    count = sum(cell for row in table.rows if isinstance(cell := row[place], int))
    return RowsLeftOut(name=table.name, count=count, reason=_IMPLAUSIBLE) if count else None


def records(table: Table, kind: type[Record]) -> tuple[Sequence[Record], RowsLeftOut | None]:
    """The rows as `kind`, and what of them was left out because it cannot be right.

    QueryError names the column that is missing, or of another type in every row.
    """
    if isinstance(table.rows, EachMoment) and (sharing := _sharing(table, table.rows, kind)) is not None:
        return sharing, None
    found, problems = _converted(table, kind)
    if problems and not found:
        message = f"query {table.name}: {problems[0]}"
        raise QueryError(message, f"{table.name}.sql must return {', '.join(kind.__struct_encode_fields__)}")
    if problems:
        return tuple(found), RowsLeftOut(name=table.name, count=len(problems), reason=problems[0])
    sums = (row for row in found if isinstance(row, TrafficRecord) and row.total and row.target is None)
    values_left_out = sum(row.implausible or 0 for row in sums)
    if values_left_out:
        return tuple(found), RowsLeftOut(name=table.name, count=values_left_out, reason=_IMPLAUSIBLE)
    return tuple(found), None


def _converted(table: Table, kind: type[Record]) -> tuple[list[Record], list[str]]:
    """The rows that can be right, and what is wrong with each of the others."""
    found: list[Record] = []
    problems: list[str] = []
    for some in _some_at_once(table.rows):
        checked = _with_implausible(table.columns, some)
        values = [dict(zip(table.columns, row, strict=True)) for row in some]
        if not checked:
            with suppress(msgspec.ValidationError):
                found += msgspec.convert(values, list[kind], strict=False)  # type: ignore[valid-type]
                continue
        for row, its in zip(some, values, strict=True):
            try:
                _reject_implausible(row, checked)
                found.append(msgspec.convert(its, kind, strict=False))
            except msgspec.ValidationError as error:
                problems.append(str(error))
    return found, problems


def _some_at_once(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Parts of the rows: all of them, once as they are and once as something else, would be twice the memory."""
    each = iter(rows)
    while some := list(islice(each, _AT_ONCE)):
        yield some


def _sharing(table: Table, rows: EachMoment[Row], kind: type[Record]) -> Sequence[Record] | None:
    """The records where none is left out: those that are alike but for their times share the rest. Else None."""
    times = ((TIME, rows.moments.times), (BEGAN, rows.moments.begun))
    if any(_implausible(name, (one for one in those if not isnan(one))) for name, those in times):
        return None
    alike = zip(rows.alike, rows.moments.timeless, strict=True)
    timed = [rows.at(row, 0.0, None) if timeless else row for row, timeless in alike]
    try:
        found, left_out = records(structs.replace(table, rows=timed), kind)
    except QueryError:
        return None
    return None if left_out else EachMoment(found, rows.moments, _at_began if BEGAN in table.columns else _at)


def _at(record: Record, time: float, _: float | None) -> Record:
    return structs.replace(record, **{TIME: time})


def _at_began(record: Record, time: float, began: float | None) -> Record:
    return structs.replace(record, **{TIME: time, BEGAN: began})


def _limits(column: str) -> tuple[float, float]:
    """From where to below where the figures of a column can be right; times may be before 1970."""
    low = -COUNT_LIMIT if column.endswith(("_ms", "_usd")) else 0
    return low, LONGEST_SECONDS if column.endswith("_seconds") else COUNT_LIMIT


def _with_implausible(columns: Sequence[str], rows: Sequence[Row]) -> list[tuple[int, str]]:
    """The columns, with their places, that hold a figure which no row can have: in most tables none does."""
    each = zip(columns, zip(*rows, strict=True), strict=True)
    return [(place, name) for place, (name, values) in enumerate(each) if _implausible(name, set(values))]


def _implausible(column: str, values: Iterable[Value]) -> list[float]:
    """Those of the values of a column that cannot be right."""
    low, high = _limits(column)
    # Neither NaN nor an infinity is between two numbers.
    return [value for value in values if isinstance(value, (int, float)) and not low <= value < high]


def _reject_implausible(row: Sequence[Value], columns: Iterable[tuple[int, str]]) -> None:
    """Raise ValidationError for a figure that no row can have, in one of these columns."""
    for place, column in columns:
        for value in _implausible(column, (row[place],)):
            message = f"{value:g} is no {column}"
            raise msgspec.ValidationError(message)
