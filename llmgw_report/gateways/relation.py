"""The event relation: one row per request, from which everything else that a report says about rows is derived.

A gateway's `requests.sql` says what a request is, and its `attempts.sql` what a call to an upstream is. Their rows of
the window are copied once, checked, into a temporary table; the queries in `derived/` are put to that table. A file of
the gateway's own with the name of one of those takes its place.
"""

# ruff: noqa: S608 - the text is a definition's own, or made of names of the vocabulary

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from pathlib import Path

from msgspec import structs

from llmgw_report.errors import UsageError
from llmgw_report.gateways import definition
from llmgw_report.gateways.definition import Gateway, TimeColumn
from llmgw_report.model.database import LOG_LINES, Dialect, Query, Relation
from llmgw_report.model.outcomes import MAX_SUBJECTS, OTHER, OUTCOMES
from llmgw_report.model.quantities import DURATIONS, LONGEST_SECONDS, PERCENTILES, ROW_FIGURES, TOKEN_TYPES

#: What a row is of, and the folder of `derived/` with the queries that are put to such rows.
REQUESTS, ATTEMPTS = "requests", "attempts"
_DERIVED = Path(__file__).parent / "derived"
_REQUIRED = ("time_ms", "outcome")
#: Tokens, retries or dollars of one request.
_MOST = 1_000_000_000
_OUTCOMES = ", ".join(f"'{word}'" for word in OUTCOMES)
_NAMES = ("provider", "instance", "model", "api_key")
_TEXTS = ("status", *_NAMES, "endpoint", "request_id")
#: A client chooses the name of a model and its length; one of a megabyte would be all that a result may hold.
_LONGEST_NAME, _LONGEST_ERROR = 300, 500
_WHOLE = " AND {x} = CAST({x} AS INTEGER)"


def planned(gateway: Gateway, own: Sequence[Query]) -> tuple[tuple[Query, ...], tuple[Relation, ...]]:
    """What a gateway's queries come to: those that are put to the database itself, and the relations.

    A gateway without a `requests.sql` has no relation.
    """
    others = {query.name: query for query in own}
    kept = [others.pop(name) for name in (ATTEMPTS, REQUESTS) if name in others]
    known = set(others)
    of_log = [
        others.pop(name)
        for name, query in list(others.items())
        if LOG_LINES in query.sql and re.search(rf"\b{LOG_LINES}\b", query.sql)
    ]
    relations = []
    for query in kept:
        remote = tuple(one for one in _remote(gateway, query) if one.name not in known)
        known |= {one.name for one in remote}
        derived = tuple(one for one in _derived(gateway, query) if one.name not in known)
        if query.name == REQUESTS:  # its connection has the lines of the log
            derived += tuple(of_log)
        known |= {one.name for one in derived}
        relations.append(structs.replace(_relation(query, derived), remote=remote))
    if kept and "tables" not in others:
        if not gateway.times:
            message = f"{gateway.folder}: {kept[-1].name}.sql needs [times], the column with the time of each table"
            raise UsageError(message, 'such as: requests = { column = "created_at", unit = "s" }')
        tables = Query(name="tables", title="Rows per table", sql=_tables(gateway))
        if LOG_LINES in gateway.times:  # which is there on the relation's connection alone
            relations[-1] = structs.replace(relations[-1], derived=(*relations[-1].derived, tables))
        else:
            others["tables"] = tables
    return tuple(others.values()), tuple(relations)


def answering(name: str, own: Collection[str]) -> str | None:
    """Which of a gateway's `own` queries answers what `name` asks: itself, or the relation that it is put to."""
    if name in own:
        return name
    return next((kept for kept in (ATTEMPTS, REQUESTS) if kept in own and name in put_to(kept)), None)


@cache
def put_to(kept: str) -> frozenset[str]:
    """The queries that are put to a relation; none for the name of another query."""
    if kept not in {REQUESTS, ATTEMPTS}:
        return frozenset()
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
        usual=_usual(),
        folded=tuple(_folded(f"temp.llmgw_{query.name}", name) for name in _NAMES),
        derived=derived,
    )


@cache
def _usual() -> dict[str, str]:
    """Columns by the names that gateways have in common for what the relation calls by its own."""
    from llmgw_report.gateways import synonyms  # most runs keep no relation

    own = {"time": "time_ms", "code": "status", "word": "status", "flag": "outcome", "failed": "outcome"}
    found: dict[str, str] = {}
    for role, names in synonyms.COLUMNS.items():
        units = ("", "_ms", "_s", "_us", "_ns", "_seconds") if role in synonyms.DURATIONS else ("",)
        for name in (f"{name}{unit}" for name in names for unit in units):
            found.setdefault(name, own.get(role, role))
    return found


def _folded(table: str, name: str) -> str:
    """Of too many names the rarest become one, those first that no request of succeeded: anyone can make them up."""
    known = f"(SELECT count(DISTINCT {name}) FROM {table}) > {MAX_SUBJECTS}"
    usual = f"""SELECT {name} FROM {table} WHERE {name} IS NOT NULL GROUP BY {name}
      ORDER BY max(coalesce(outcome = 'success', 0)) DESC, count(*) DESC, {name} LIMIT {MAX_SUBJECTS - 1}"""
    return f"UPDATE {table} SET {name} = '{OTHER}' WHERE {known} AND {name} NOT IN ({usual})"


@cache
def columns() -> dict[str, str]:
    """Every column that a relation may have, with the SQL that makes it of the query's own column `{x}`."""
    return {
        "time_ms": "CAST({x} AS INTEGER)",
        "kind": "coalesce({x}, 'request')",
        "outcome": f"CASE WHEN {{x}} IS NULL OR {{x}} IN ({_OUTCOMES}) THEN {{x}} ELSE 'unknown' END",
        **dict.fromkeys(_TEXTS, f"nullif(substr(CAST({{x}} AS TEXT), 1, {_LONGEST_NAME}), '')"),
        "error": f"nullif(substr(CAST({{x}} AS TEXT), 1, {_LONGEST_ERROR}), '')",
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
        yield structs.replace(one, title=title, parameters=parameters, of_copy="{relation:" not in one.sql)
    if query.name == REQUESTS:
        yield Query(name="traffic", title=query.title, sql=traffic(), weight=7, limit=2 * MAX_SUBJECTS, of_copy=True)


def _remote(gateway: Gateway, query: Query) -> Iterator[Query]:
    """The queries over other windows than the one whose rows are fetched from a server; a local file needs none."""
    if gateway.dialect == "sqlite":
        return
    for file in sorted((_DERIVED / gateway.dialect / query.name).glob("*.sql")):
        one = definition.load(file, builtin=True)
        title = query.title if one.name == "trend" else one.title
        yield structs.replace(one, title=title, parameters=query.parameters)


def _tables(gateway: Gateway) -> str:
    """Rows of each table with a time, the oldest and the newest; each is a seek where the time has an index."""
    return " UNION ALL ".join(_table(name, column, gateway.dialect) for name, column in gateway.times.items())


def _table(name: str, time: TimeColumn, dialect: Dialect) -> str:
    table, column = (f'"{one.replace(chr(34), 2 * chr(34))}"' for one in (name, time.column))
    name = name.replace("'", "''")
    if dialect == "postgresql" or time.unit == "text":
        return _of_text(name, table, column, dialect)
    ms, own, last = _UNITS[time.unit]
    return _OF_NUMBERS.format(name=name, table=table, column=column, ms=ms, own=own, last=last)


def _of_text(name: str, table: str, column: str, dialect: Dialect) -> str:
    from llmgw_report.gateways import macros  # most gateways keep their times as numbers

    times = {
        "before": macros.TEXT_BEFORE.format(ms=":until_ms"),
        "after": macros.TEXT_AFTER.format(ms=":until_ms"),
        "before_latest": macros.TEXT_BEFORE.format(ms=":latest_ms"),
    }
    text = _OF_TIMESTAMPS if dialect == "postgresql" else _OF_TEXT
    return macros.expanded(text.format(name=name, table=table, column=column, **times), dialect)


#: Unit of a time -> what makes milliseconds of it, what makes it of milliseconds, and the largest one that is no error.
_UNITS = {
    "s": ("* 1000", "/ 1000", 2**63 // 1000),
    "ms": ("", "", 2**63 // 1000),
    "us": ("/ 1000", "* 1000", 2**63 - 1),
    "ns": ("/ 1000000", "* 1000000", 2**63 - 1),
}
#: A number is after `''` in no order, so that what is no number is not among them.
_OF_NUMBERS = """SELECT '{name}' AS name,
  (SELECT count(*) FROM {table}) - (SELECT count(*) FROM {table} WHERE {column} > :until_ms {own}) AS rows,
  (SELECT min({column}) FROM {table} WHERE {column} >= 0 AND {column} <= :until_ms {own}) {ms} AS first_ms,
  (SELECT max({column}) FROM {table} WHERE {column} >= 0 AND {column} <= :until_ms {own}) {ms} AS last_ms,
  (SELECT max({column}) FROM {table} WHERE {column} < {last}) {ms} AS newest_ms,
  (SELECT count(*) FROM {table} WHERE {column} > :latest_ms {own} AND {column} < '') AS future,
  (SELECT count(*) FROM {table} WHERE {column} < 0 OR {column} >= '') AS untimed"""
_OF_TEXT = """SELECT '{name}' AS name,
  (SELECT count(*) FROM {table}) - (SELECT count(*) FROM {table}
    WHERE {column} > {before} AND ms({column}) > :until_ms) AS rows,
  (SELECT ms({column}) FROM {table} WHERE {column} > '0' ORDER BY {column} LIMIT 1) AS first_ms,
  (SELECT ms({column}) FROM {table} WHERE {column} < {after}
    AND ms({column}) <= :until_ms ORDER BY {column} DESC LIMIT 1) AS last_ms,
  (SELECT ms({column}) FROM {table} ORDER BY {column} DESC LIMIT 1) AS newest_ms,
  (SELECT count(*) FROM {table}
    WHERE {column} > {before_latest} AND ms({column}) > :latest_ms) AS future,
  (SELECT count(*) FROM {table} WHERE {column} < '1') AS untimed"""
#: To count a table of millions takes seconds: beyond some rows the planner's estimate is given. A time may be infinite,
#: and a row with such a one is at no time.
_COUNTED_ROWS = 100_000
_OF_TIMESTAMPS = f"""SELECT '{{name}}' AS name,
  (SELECT CASE WHEN counted.n < {_COUNTED_ROWS} THEN counted.n ELSE greatest(counted.n,
      (SELECT reltuples::bigint FROM pg_catalog.pg_class WHERE oid = to_regclass('{{table}}'))) END
    FROM (SELECT count(*) AS n FROM (SELECT 1 FROM {{table}} WHERE {{column}} <= at_ms(:until_ms)
      LIMIT {_COUNTED_ROWS}) AS first_rows) AS counted) AS rows,
  ms((SELECT min({{column}}) FROM {{table}} WHERE {{column}} > '-infinity' AND {{column}} <= at_ms(:until_ms)))
    AS first_ms,
  ms((SELECT max({{column}}) FROM {{table}} WHERE {{column}} <= at_ms(:until_ms))) AS last_ms,
  ms((SELECT max({{column}}) FROM {{table}} WHERE {{column}} < 'infinity')) AS newest_ms,
  (SELECT count(*) FROM {{table}} WHERE {{column}} > at_ms(:latest_ms) AND {{column}} < 'infinity') AS future,
  (SELECT count(*) FROM {{table}} WHERE {{column}} IN ('infinity', '-infinity')) AS untimed"""


#: Columns of the relation that are durations of one request, in seconds, by the prefix of their columns in `traffic`.
_DURATIONS = {
    "" if one.by_name else f"{one.field}_": "seconds" if one.by_name else f"{one.field}_seconds" for one in DURATIONS
}
DURATION_COLUMNS = tuple(_DURATIONS.values())
#: Columns that add up over requests -> unit.
SUMMED_COLUMNS = {
    **{one.column: "{token}" for one in TOKEN_TYPES.values()},
    **{one.field: one.unit for one in ROW_FIGURES if one.kind == "counter"},
}

_GROUP = """CASE :group_by WHEN 'provider' THEN provider WHEN 'model' THEN model WHEN 'api-key' THEN api_key
  ELSE 'all' END"""
#: low and high are ranks between which the true p99 lies in 95 of 100 samples, 1.96 binomial deviations around it.
_RANKS = {
    **{name: f"CAST(ceil({one.ratio} * n - 1e-9) AS INTEGER)" for name, one in PERCENTILES.items()},
    **{
        f"{name}_{end}": text.format(p=one.ratio, d=1.96 * (one.ratio * (1 - one.ratio)) ** 0.5)
        for name, one in PERCENTILES.items()
        if one.interval
        for end, text in (
            ("low", "max(1, CAST({p} * n - {d:.5f} * sqrt(n) AS INTEGER))"),
            ("high", "min(n, CAST({p} * n + {d:.5f} * sqrt(n) AS INTEGER) + 2)"),
        )
    },
}

#: Successes with tokens. What was billed for a failure is in the sums.
_COUNTED = "count(coalesce(input_tokens, output_tokens)) FILTER (WHERE outcome = 'success') AS counted"


def traffic() -> str:
    """One row per group and one with `total` 1, as `TrafficRecord` describes it.

    The time that a success took and the time that a failure took are two figures: only successes are in a distribution.
    The rows are sorted by group once for the sums and once for each latency family; what is of all groups is made of
    the groups.
    """
    sums = ", ".join(f"sum({name}) AS {name}" for name in (*SUMMED_COLUMNS, "implausible"))
    tables = [
        f"""grouped AS MATERIALIZED (SELECT {_GROUP} AS grp, count(*) AS requests, {_COUNTED}, {sums}
          FROM llmgw_requests WHERE kind = 'request' GROUP BY 1)""",
        f"""summed AS (SELECT 0 AS total, * FROM grouped
          UNION ALL SELECT 1, NULL, coalesce(sum(requests), 0) AS requests, sum(counted) AS counted, {sums}
          FROM grouped)""",
    ]
    made = shown = joined = ""
    for number, (prefix, column) in enumerate(_DURATIONS.items()):
        name = f"duration{number}"
        made += _where_recorded(column, "".join(f", {table}" for table in _duration(name, prefix, column)))
        ranks = (f"{name}.{prefix}{rank}_seconds" for rank in _RANKS)
        found = (f"coalesce({name}.n, 0) AS {prefix}observed", f"{name}.{prefix}mean_seconds", *ranks)
        shown += _where_recorded(column, "".join(f", {one}" for one in (*found, f"{name}.{prefix}buckets")))
        join = f" LEFT JOIN {name} ON {name}.total = summed.total AND {name}.grp IS summed.grp"
        joined += _where_recorded(column, join)
    return f"WITH {', '.join(tables)}{made} SELECT summed.*{shown} FROM summed{joined}"


def _where_recorded(column: str, sql: str) -> str:
    """A part of a derived query that is left out where the relation lacks a column."""
    return f"/*if {column}*/{sql}/*end*/"


def _duration(name: str, prefix: str, column: str) -> list[str]:
    """The tables that make up `name`: one row per group with n, mean, percentiles and the sketch of the durations.

    Equal durations are counted together, and a percentile is the first of them that so many are not longer than. A
    window function over single rows would take three times as long.
    """
    ranks = ", ".join(f"{text} AS {rank}" for rank, text in _RANKS.items())
    picked = ", ".join(f"min(seconds) FILTER (WHERE upto >= {rank}) AS {prefix}{rank}_seconds" for rank in _RANKS)
    return [
        f"""{name}_of AS MATERIALIZED (SELECT {_GROUP} AS grp, {column} AS seconds, count(*) AS n FROM llmgw_requests
          WHERE kind = 'request' AND outcome = 'success' AND {column} IS NOT NULL GROUP BY 1, 2)""",
        f"""{name}_all AS MATERIALIZED (SELECT 0 AS total, grp, seconds, n FROM {name}_of
          UNION ALL SELECT 1, NULL, seconds, sum(n) FROM {name}_of GROUP BY seconds)""",
        f"""{name}_upto AS (SELECT *, sum(n) OVER (PARTITION BY total, grp ORDER BY seconds) AS upto
          FROM {name}_all)""",
        f"""{name}_ranks AS (SELECT *, {ranks} FROM (SELECT total, grp, sum(n) AS n, sum(n * seconds) / sum(n) AS mean
          FROM {name}_all GROUP BY total, grp))""",
        # Ten buckets for each power of ten: bucket 10 holds what took more than 7.9 s and up to 10 s.
        f"""{name}_buckets AS (SELECT total, grp, json_group_object(place, n) AS buckets FROM (SELECT total, grp,
          CAST(ceil(10 * log10(max(seconds, 0.001))) AS INTEGER) AS place, sum(n) AS n FROM {name}_all
          GROUP BY 1, 2, 3) GROUP BY total, grp)""",
        f"""{name} AS (SELECT ranks.total AS total, ranks.grp AS grp, ranks.n AS n,
          mean AS {prefix}mean_seconds, {picked}, sketch.buckets AS {prefix}buckets FROM {name}_ranks AS ranks
          JOIN {name}_upto AS one ON one.total = ranks.total AND one.grp IS ranks.grp
          JOIN {name}_buckets AS sketch ON sketch.total = ranks.total AND sketch.grp IS ranks.grp
          GROUP BY ranks.total, ranks.grp)""",
    ]
