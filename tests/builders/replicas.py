"""Databases of several processes of one gateway, of which every request is known."""

import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from llmgw_report.model import timestamp
from llmgw_report.model.report import Report
from tests.builders.gateway import Machine, report

PRODUCTS = Path(__file__).parents[1] / "gateways" / "products"
#: 2026-11-20T10:00:00Z, the end of the window, in milliseconds and as the reports are asked for it.
UNTIL_MS, AT = 1_795_168_800_000, "2026-11-20T10:00:00Z"
HOUR_MS = 3_600_000


class Request(NamedTuple):
    """What one request was."""

    time_ms: int
    seconds: float
    model: str
    failed: bool = False
    tokens: int = 0
    cost: float = 0.0
    session: str = ""


def replica(seed: int, n: int, *, failing: float = 0.0, slow: float = 1.0) -> list[Request]:
    """`n` requests of the last hour, no two of them at one time; a part of them fails."""
    rng = random.Random(seed)  # noqa: S311 - the same requests in every run
    times = sorted(rng.sample(range(UNTIL_MS - HOUR_MS + 1000, UNTIL_MS - 1000), n))
    return [
        Request(
            time_ms=at,
            seconds=round(slow * rng.lognormvariate(0.0, 0.8), 3),
            model=rng.choice(("gpt-4o", "claude-sonnet-4")),
            failed=rng.random() < failing,
            tokens=rng.randrange(10, 500),
            cost=rng.randrange(1, 90) / 1000,
            session=f"s{rng.randrange(20)}",
        )
        for at in times
    ]


_REQUESTS = """INSERT INTO requests (request_id, timestamp, model, input_tokens, output_tokens, duration_ms, total_cost,
  session_id, date, hour, api_key_name, provider, instance, endpoint, status, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, '2026-11-20', 9, 'web', 'openai', 'openai-main', '/v1/responses', 'success', 0)"""
_FINAL = """INSERT INTO request_logs (id, timestamp, group_id, group_name, model, is_success, status_code, duration,
  error_message, upstream_addr, is_stream)
VALUES (?, ?, 1, 'chat', ?, ?, ?, ?, ?, 'https://one.example/v1/chat/completions', 0)"""
_GROUPS = """INSERT INTO groups VALUES (1, 'chat', 'standard', '[{"url":"https://one.example/v1","weight":1}]', '{}');
INSERT INTO api_keys VALUES (1, 'k1', 'h1', 1, 'active', 0);"""


def requests_table(path: Path, requests: Sequence[Request]) -> Path:
    """The database of llm-gateway since its requests table: a row for each request, which succeeded."""
    schema = (PRODUCTS / "llm-gateway-requests" / "schema.sql").read_text("utf-8")
    rows = [
        (f"{path.stem}-{i}", at, model, tokens, 2 * tokens, round(seconds * 1000), cost, session)
        for i, (at, seconds, model, _, tokens, cost, session) in enumerate(requests)
    ]
    return _written(path, schema, _REQUESTS, rows)


def request_logs(path: Path, requests: Sequence[Request], *, state: str = "active") -> Path:
    """The database of GPT-Load: a row for each request, and whether the only key of its upstream is valid."""
    schema = (PRODUCTS / "gpt-load" / "schema.sql").read_text("utf-8")
    rows = [
        (f"{path.stem}-{i}", timestamp.text(one.time_ms), one.model, not one.failed, 503 if one.failed else 200,
         round(one.seconds * 1000), "upstream closed the connection" if one.failed else "")
        for i, one in enumerate(requests)
    ]  # fmt: skip
    return _written(path, schema + _GROUPS.replace("active", state), _FINAL, rows)


def _written(path: Path, schema: str, insert: str, rows: Sequence[tuple[object, ...]]) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"PRAGMA synchronous = OFF;\n{schema}")  # nobody waits for the disk
        connection.executemany(insert, rows)
        connection.commit()
        connection.execute("PRAGMA journal_mode = wal")
    return path


def of(*arguments: str) -> Report:
    """The report of databases alone, over the hour that the replicas are of."""
    sources = ("--no-config", "--no-metrics", "--window", "1h", "--trend-window", "1h")
    return report(*sources, "--at", AT, *arguments, machine=Machine(AT))


def named(files: Sequence[Path]) -> tuple[str, ...]:
    return tuple(word for file in files for word in ("--db-path", str(file)))
