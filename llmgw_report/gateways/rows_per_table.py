"""The query for the rows of each table with a time, where a gateway has none of its own."""

# ruff: noqa: S608 - the text is a definition's own, or made of names of the vocabulary

from llmgw_report.gateways.definition import Gateway, TimeColumn
from llmgw_report.gateways.macros import TEXT_AFTER, TEXT_BEFORE, expanded
from llmgw_report.model.database import Dialect


def rows_per_table(gateway: Gateway) -> str:
    """Rows of each table with a time, the oldest and the newest; each is a seek where the time has an index."""
    return " UNION ALL ".join(_table(name, column, gateway.dialect) for name, column in gateway.times.items())


def _table(name: str, time: TimeColumn, dialect: Dialect) -> str:
    table, column = (f'"{one.replace(chr(34), 2 * chr(34))}"' for one in (name, time.column))
    name = name.replace("'", "''")
    if dialect == "postgresql":
        return expanded(_OF_TIMESTAMPS.format(name=name, table=table, column=column), dialect)
    if time.unit == "text":
        return expanded(_OF_TEXT.format(name=name, table=table, column=column))
    ms, own, last = _UNITS[time.unit]
    return _OF_NUMBERS.format(name=name, table=table, column=column, ms=ms, own=own, last=last)


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
_OF_TEXT = f"""SELECT '{{name}}' AS name,
  (SELECT count(*) FROM {{table}}) - (SELECT count(*) FROM {{table}}
    WHERE {{column}} > {TEXT_BEFORE.format(ms=":until_ms")} AND ms({{column}}) > :until_ms) AS rows,
  (SELECT ms({{column}}) FROM {{table}} WHERE {{column}} > '0' ORDER BY {{column}} LIMIT 1) AS first_ms,
  (SELECT ms({{column}}) FROM {{table}} WHERE {{column}} < {TEXT_AFTER.format(ms=":until_ms")}
    AND ms({{column}}) <= :until_ms ORDER BY {{column}} DESC LIMIT 1) AS last_ms,
  (SELECT ms({{column}}) FROM {{table}} ORDER BY {{column}} DESC LIMIT 1) AS newest_ms,
  (SELECT count(*) FROM {{table}}
    WHERE {{column}} > {TEXT_BEFORE.format(ms=":latest_ms")} AND ms({{column}}) > :latest_ms) AS future,
  (SELECT count(*) FROM {{table}} WHERE {{column}} < '1') AS untimed"""
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
