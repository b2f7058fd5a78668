"""The event relation: one row per request, from which everything else that a report says about rows is derived.

A gateway's `requests.sql` says what a request is, and its `attempts.sql` what a call to an upstream is. Their rows of
the window are copied once, checked, into a temporary table; the queries in `derived/` are put to that table. A file of
the gateway's own with the name of one of those takes its place.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from msgspec import structs

from llmgw_report.errors import UsageError
from llmgw_report.gateways import definition
from llmgw_report.gateways.definition import Gateway, TimeColumn
from llmgw_report.gateways.macros import expanded
from llmgw_report.gateways.traffic_sql import DURATION_COLUMNS, SUMMED_COLUMNS, traffic
from llmgw_report.model.database import Query, Relation
from llmgw_report.model.outcomes import OUTCOMES
from llmgw_report.model.quantities import LONGEST_SECONDS

#: What a row is of, and the folder of `derived/` with the queries that are put to such rows.
REQUESTS, ATTEMPTS = "requests", "attempts"
_DERIVED = Path(__file__).parent / "derived"
_REQUIRED = ("time_ms", "outcome")
#: Tokens, retries or dollars of one request.
_MOST = 1_000_000_000
_OUTCOMES = ", ".join(f"'{word}'" for word in OUTCOMES)
_TEXTS = ("status", "provider", "instance", "model", "api_key", "endpoint", "request_id", "error")
_WHOLE = " AND {x} = CAST({x} AS INTEGER)"


def planned(gateway: Gateway, own: Sequence[Query]) -> tuple[tuple[Query, ...], tuple[Relation, ...]]:
    """What a gateway's queries come to: those that are put to the database itself, and the relations.

    A gateway without a `requests.sql` has no relation.
    """
    others = {query.name: structs.replace(query, sql=expanded(query.sql)) for query in own}
    kept = [others.pop(name) for name in (ATTEMPTS, REQUESTS) if name in others]
    known = set(others)
    relations = []
    for query in kept:
        derived = tuple(one for one in _derived(gateway, query) if one.name not in known)
        known |= {one.name for one in derived}
        relations.append(_relation(query, derived))
    if kept and "tables" not in others:
        if not gateway.times:
            message = f"{gateway.folder}: {kept[-1].name}.sql needs [times], the column with the time of each table"
            raise UsageError(message, 'such as: requests = { column = "created_at", unit = "s" }')
        others["tables"] = Query(name="tables", title="Rows per table", sql=_tables(gateway.times))
    return tuple(others.values()), tuple(relations)


def answering(name: str, own: Collection[str]) -> str | None:
    """Which of a gateway's `own` queries answers what `name` asks: itself, or the relation that it is put to."""
    if name in own:
        return name
    return next((kept for kept in (ATTEMPTS, REQUESTS) if kept in own and name in _names(kept)), None)


@cache
def _names(kept: str) -> frozenset[str]:
    """The queries that are put to a relation."""
    return frozenset(
        (*(file.stem for file in (_DERIVED / kept).glob("*.sql")), *(["traffic"] if kept == REQUESTS else []))
    )


def _relation(query: Query, derived: tuple[Query, ...]) -> Relation:
    return Relation(
        query=query,
        table=f"llmgw_{query.name}",
        columns=columns(),
        required=_REQUIRED,
        checked=(*DURATION_COLUMNS, *SUMMED_COLUMNS),
        derived=derived,
    )


@cache
def columns() -> dict[str, str]:
    """Every column that a relation may have, with the SQL that makes it of the query's own column `{x}`."""
    return {
        "time_ms": "CAST({x} AS INTEGER)",
        "kind": "coalesce({x}, 'request')",
        "outcome": f"CASE WHEN {{x}} IS NULL OR {{x}} IN ({_OUTCOMES}) THEN {{x}} ELSE 'unknown' END",
        **dict.fromkeys(_TEXTS, "nullif(CAST({x} AS TEXT), '')"),
        "stream": "{x} <> 0",
        "attempts": _number(_MOST, _WHOLE),
        "began_ms": "CAST({x} AS INTEGER)",
        "recorded": "coalesce({x}, 1) <> 0",
        "streamed": "coalesce({x}, 0) <> 0",
        **dict.fromkeys(DURATION_COLUMNS, _number(LONGEST_SECONDS)),
        **{name: _number(_MOST, _WHOLE if unit.startswith("{") else "") for name, unit in SUMMED_COLUMNS.items()},
    }


def _number(limit: float, whole: str = "") -> str:
    """A number that can be right, else NULL. A text sorts after every number, and is none."""
    return f"CASE WHEN {{x}} >= 0 AND {{x}} < {limit:.0f}{whole} THEN {{x}} END"


def _derived(gateway: Gateway, query: Query) -> Iterator[Query]:
    """The queries that are put to a relation. What its rows are is said in the words of its own title."""
    parameters = {**query.parameters, "successes_only": gateway.records == "successes"}
    for file in sorted((_DERIVED / query.name).glob("*.sql")):
        one = definition.load(file, builtin=True)
        title = query.title if one.name == "trend" else one.title
        yield structs.replace(one, title=title, parameters=parameters)
    if query.name == REQUESTS:
        yield Query(name="traffic", title=query.title, sql=traffic(), weight=7)


def _tables(times: Mapping[str, TimeColumn]) -> str:
    """Rows of each table with a time, the oldest and the newest; each is a seek where the time has an index."""
    return " UNION ALL ".join(_table(name, column) for name, column in times.items())


def _table(name: str, time: TimeColumn) -> str:
    table, column = f'"{name}"', f'"{time.column}"'
    if time.unit == "text":
        return expanded(_OF_TEXT.format(name=name, table=table, column=column))
    return _OF_NUMBERS.format(name=name, table=table, column=column, ms=1000 if time.unit == "s" else 1)


#: A number is after `''` in no order, so that what is no number is not among them.
_OF_NUMBERS = """SELECT '{name}' AS name,
  (SELECT count(*) FROM {table}) - (SELECT count(*) FROM {table} WHERE {column} > :until_ms / {ms}) AS rows,
  (SELECT min({column}) FROM {table} WHERE {column} >= 0 AND {column} <= :until_ms / {ms}) * {ms} AS first_ms,
  (SELECT max({column}) FROM {table} WHERE {column} >= 0 AND {column} <= :until_ms / {ms}) * {ms} AS last_ms,
  (SELECT max({column}) FROM {table} WHERE {column} < 9223372036854775) * {ms} AS newest_ms,
  (SELECT count(*) FROM {table} WHERE {column} > :latest_ms / {ms} AND {column} < '') AS future,
  (SELECT count(*) FROM {table} WHERE {column} < 0 OR {column} >= '') AS untimed"""
_OF_TEXT = """SELECT '{name}' AS name,
  (SELECT count(*) FROM {table}) - (SELECT count(*) FROM {table} WHERE {column} > strftime('%Y-%m-%d %H:%M:%S',
    (:until_ms - 50400000) / 1000, 'unixepoch') AND ms({column}) > :until_ms) AS rows,
  (SELECT ms({column}) FROM {table} WHERE {column} > '0' ORDER BY {column} LIMIT 1) AS first_ms,
  (SELECT ms({column}) FROM {table} WHERE {column} < strftime('%Y-%m-%dT%H:%M:%S', (:until_ms + 50401000) / 1000,
    'unixepoch') AND ms({column}) <= :until_ms ORDER BY {column} DESC LIMIT 1) AS last_ms,
  (SELECT ms({column}) FROM {table} ORDER BY {column} DESC LIMIT 1) AS newest_ms,
  (SELECT count(*) FROM {table} WHERE {column} > strftime('%Y-%m-%d %H:%M:%S', (:latest_ms - 50400000) / 1000,
    'unixepoch') AND ms({column}) > :latest_ms) AS future,
  (SELECT count(*) FROM {table} WHERE {column} < '1') AS untimed"""
