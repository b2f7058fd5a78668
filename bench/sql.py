"""The gateway's own statements, ready for the sqlite3 shell."""

import json
import sqlite3
from pathlib import Path

from bench.vocabulary import END_MS, HOUR_MS
from llmgw_report import gateways

#: What the queries are asked with: one hour, a trend of twelve in five-minute buckets, the five slowest over 5 s.
PARAMETERS: dict[str, int | str] = {
    "until_ms": END_MS,
    "since_ms": END_MS - HOUR_MS,
    "trend_since_ms": END_MS - 12 * HOUR_MS,
    "bucket_ms": 300_000,
    "slow_ms": 5_000,
    "top": 5,
    "group_by": "provider",
}
#: Those that count all rows: their cost is the table's size by nature.
COUNTING = ("tables", "levels")


def as_json() -> str:
    """The parameters as one argument."""
    return json.dumps(PARAMETERS)


def write(folder: Path, database: Path) -> Path:
    """One file per statement and `parameters`, which sets the bounds too; `all` reads them in turn, bounds included."""
    folder.mkdir()
    queries = {query.name: query.sql for query in gateways.load("llm-gateway").queries}
    bounds = queries.pop("bounds")
    values = PARAMETERS | bound(bounds, database)
    set_all = "".join(f".parameter set :{name} {literal(value)}\n" for name, value in values.items())
    (folder / "parameters").write_text(set_all)
    for name, statement in queries.items():
        (folder / f"{name}.sql").write_text(f"{statement};\n")
    reads = "".join(f".read {folder / name}.sql\n" for name in queries)
    (folder / "all").write_text(f".read {folder / 'parameters'}\n{bounds};\n{reads}")
    return folder


def bound(statement: str, database: Path) -> dict[str, int | str]:
    """The row ids at which the windows begin, as literals: the shell cannot keep a query's result."""
    connection = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
    cursor = connection.execute(statement, PARAMETERS)
    names = [column[0] for column in cursor.description]
    found = dict(zip(names, cursor.fetchone(), strict=True))
    connection.close()
    return found


def literal(value: int | str | None) -> str:
    """A value as the shell's `.parameter set` wants it."""
    return "NULL" if value is None else f"\"'{value}'\"" if isinstance(value, str) else str(value)
