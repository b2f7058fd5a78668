"""The queries of a product find the rows of a window by an index: its log may hold a year."""

import re
import sqlite3
from pathlib import Path

import pytest

from llmgw_report import gateways
from llmgw_report.gateways.relation import ATTEMPTS, REQUESTS
from tests.builders.databases import build
from tests.builders.products import script

STATES = sorted((Path(__file__).parent / "products").glob("*/*/database.sql"))


@pytest.mark.parametrize("state", STATES, ids=lambda file: f"{file.parent.parent.name}/{file.parent.name}")
def test_no_table_with_a_time_is_read_whole(state: Path, tmp_path: Path) -> None:
    product = gateways.load(state.parent.parent.name)
    build(script(state.parent), tmp_path / "database.db")
    connection = sqlite3.connect(tmp_path / "database.db")
    _complete(connection, product.reads)
    if product.log:
        connection.execute(f"CREATE TABLE log_lines (time_ms, {', '.join(product.log.columns)})")
    for query in gateways.queries(product):
        if query.name in {REQUESTS, ATTEMPTS}:
            plan = connection.execute(f"EXPLAIN QUERY PLAN {query.sql}", {"since_ms": 1, "until_ms": 2}).fetchall()
            scanned = {found[1] for step in plan if (found := re.match(r"SCAN (?:main\.)?(\w+)$", step[3]))}
            names = set(product.times) | {alias for table in product.times for alias in _aliases(table, query.sql)}
            assert not scanned & names, plan


def _complete(connection: sqlite3.Connection, reads: dict[str, tuple[str, ...]]) -> None:
    """Give the tables the columns that this version lacks: a report puts a NULL there."""
    for table, columns in reads.items():
        there = {row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')}
        for column in columns if there else ():
            if column not in there:
                connection.execute(f'ALTER TABLE "{table}" ADD COLUMN "{column}"')


def _aliases(table: str, sql: str) -> list[str]:
    return re.findall(rf'"?\b{table}\b"? AS (\w+)', sql)
