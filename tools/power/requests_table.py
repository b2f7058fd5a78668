"""What llm-gateway keeps of its calls since it has no metrics: one row per success."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from tools.power.traffic import Call, identity

NAME = "llm-gateway-requests"
TABLE = """
CREATE TABLE requests (request_id TEXT PRIMARY KEY, timestamp INTEGER NOT NULL, api_key_name TEXT, provider TEXT,
                       instance TEXT, model TEXT, status TEXT, input_tokens INTEGER, output_tokens INTEGER,
                       duration_ms INTEGER);
"""


def database(file: Path, calls: Sequence[Call], since_ms: int, now_ms: int) -> None:
    """The table as of an instant, up to `since_ms` written before."""
    ended = ((call, call.ended_ms) for call in calls if call.outcome == "success")
    rows = [
        (identity(call), end, call.key, call.provider, call.instance, call.model, "success", *_figures(call))
        for call, end in ended
        if since_ms < end <= now_ms
    ]
    fresh = not file.exists()
    with closing(sqlite3.connect(file)) as saved:
        saved.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + (TABLE if fresh else ""))
        saved.executemany("INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        saved.executescript("CREATE INDEX IF NOT EXISTS idx_requests_timestamp ON requests (timestamp DESC);")
        saved.commit()


def _figures(call: Call) -> tuple[int, int, int]:
    return call.input_tokens, call.output_tokens, round(call.seconds * 1000)
