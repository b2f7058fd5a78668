"""The gateway's own statements, ready for the sqlite3 shell."""

import json
import sqlite3
from pathlib import Path

from llmgw_report import gateways
from tools.bench.vocabulary import END_MS, HOUR_MS

#: Those that count all rows: their cost is the table's size by nature.
COUNTING = ("tables", "levels")


def parameters(until_ms: int) -> dict[str, int | str]:
    """One hour, a trend of twelve in five-minute buckets, the five slowest over 5 s: what the queries ask with."""
    return {
        "until_ms": until_ms,
        "latest_ms": until_ms + 60_000,
        "since_ms": until_ms - HOUR_MS,
        "trend_since_ms": until_ms - 12 * HOUR_MS,
        "bucket_ms": 300_000,
        "slow_ms": 5_000,
        "top": 5,
        "group_by": "provider",
        # Without an objective no budget burns.
        "burn_windows": "[]",
        "burn_since_ms": until_ms,
        "burn_step_ms": 1000,
        "burn_part_ms": 1000,
    }


def as_json() -> str:
    """The parameters for the large database, as one argument."""
    return json.dumps(parameters(END_MS))


def write(folder: Path, database: Path, until_ms: int = END_MS) -> Path:
    """One file per statement and `parameters`, which sets the bounds too; `all` reads them in turn, bounds included."""
    folder.mkdir()
    queries = {query.name: query.sql for query in gateways.queries(gateways.load("llm-gateway"))}
    bounds = queries.pop("bounds")
    asked = parameters(until_ms)
    values = asked | bound(bounds, database, asked)
    set_all = "".join(f".parameter set :{name} {literal(value)}\n" for name, value in values.items())
    (folder / "parameters").write_text(set_all)
    for name, statement in queries.items():
        (folder / f"{name}.sql").write_text(f"{statement};\n")
    reads = "".join(f".read {folder / name}.sql\n" for name in queries)
    (folder / "all").write_text(f".read {folder / 'parameters'}\n{bounds};\n{reads}")
    return folder


def bound(statement: str, database: Path, asked: dict[str, int | str]) -> dict[str, int | str]:
    """The row ids at which the windows begin, as literals: the shell cannot keep a query's result."""
    connection = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
    cursor = connection.execute(statement, asked)
    names = [column[0] for column in cursor.description]
    found = dict(zip(names, cursor.fetchone(), strict=True))
    connection.close()
    return found


def literal(value: int | str | None) -> str:
    """A value as the shell's `.parameter set` wants it."""
    return "NULL" if value is None else f"\"'{value}'\"" if isinstance(value, str) else str(value)
