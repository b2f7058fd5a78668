"""Log databases of llm-gateway, of any rows, and what its queries read there."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from llmgw_report import gateways
from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.model.database import Database, Value
from llmgw_report.sources import sqlite

UNTIL = 1_795_000_000_000
HOUR = 3_600_000
LOG_TABLES = """
CREATE TABLE logs (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp INTEGER NOT NULL, level TEXT NOT NULL,
                   target TEXT NOT NULL, message TEXT NOT NULL, request_id TEXT, span_id TEXT, fields TEXT);
CREATE TABLE spans (span_id TEXT PRIMARY KEY, parent_span_id TEXT, request_id TEXT NOT NULL, name TEXT NOT NULL,
                    kind TEXT NOT NULL, start_time INTEGER NOT NULL, end_time INTEGER, duration_ms INTEGER,
                    status TEXT, attributes TEXT);
CREATE INDEX idx_spans_request_id ON spans (request_id);
CREATE TABLE metrics_snapshots (id INTEGER PRIMARY KEY, timestamp INTEGER NOT NULL UNIQUE, metrics TEXT NOT NULL);
CREATE TABLE retention_policy (table_name TEXT PRIMARY KEY, ttl_days INTEGER NOT NULL, last_cleanup INTEGER NOT NULL);
"""
#: Time, level, message, request id, fields.
LogRow = tuple[int, str, str, str | None, str | None]


def database(path: Path, rows: Sequence[LogRow], answered: Sequence[str]) -> Path:
    with sqlite3.connect(path) as connection:
        connection.executescript(LOG_TABLES)
        ordered = sorted(rows, key=lambda row: row[0] // 1000)
        connection.executemany(
            "INSERT INTO logs (timestamp, level, target, message, request_id, fields) VALUES (?, ?, 't', ?, ?, ?)",
            ordered,
        )
        connection.executemany(
            "INSERT INTO spans (span_id, request_id, name, kind, start_time, status) VALUES (?, ?, 'n', 'k', 0, 'ok')",
            ((f"span-{name}", name) for name in answered),
        )
    connection.close()
    return path


def read(path: Path, group_by: str = "provider") -> Database:
    parameters: dict[str, Value] = {
        "until_ms": UNTIL,
        "latest_ms": UNTIL,
        "since_ms": UNTIL - HOUR,
        "trend_since_ms": UNTIL - HOUR,
        "bucket_ms": HOUR // 12,
        "slow_ms": 5000,
        "top": 5,
        "group_by": group_by,
        "burn_windows": "[]",
        "burn_since_ms": UNTIL,
        "burn_step_ms": 1000,
        "burn_part_ms": 1000,
    }
    plan = gateways.plan(gateways.load("llm-gateway"))
    return sqlite.read(DatabaseTarget(path=str(path)), lambda _: plan, parameters)
