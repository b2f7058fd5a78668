"""The rows that LiteLLM writes into its table, in a PostgreSQL that a test starts; it skips where there is none."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tools.fleet import postgres
from tools.fleet.postgres import COLUMNS, GRANT, SCHEMA

__all__ = ["COLUMNS", "GRANT", "SCHEMA", "Postgres", "captured", "running"]
INSERT = """INSERT INTO "LiteLLM_SpendLogs" (request_id, call_type, api_key, spend, prompt_tokens, completion_tokens,
  "startTime", "endTime", model, model_id, model_group, custom_llm_provider, metadata, cache_hit, status, messages)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s, '{"role": "PROMPT"}')"""


class Postgres(postgres.Postgres):
    """A running server that can be given rows."""

    def spend_logs(self, rows: list[dict[str, Any]], *scripts: str) -> str:
        """A new database of LiteLLM with these rows, each beside what a good request has."""
        name = self.database(SCHEMA, GRANT)
        with self.connect(name) as connection:
            for number, row in enumerate(rows):
                connection.execute(INSERT, _values(number, row))
            for script in scripts:
                connection.execute(script)
        return name


def _values(number: int, row: dict[str, Any]) -> tuple[Any, ...]:
    start = row["time_ms"]
    more = {
        "user_api_key_alias": row.get("key", "alice"),
        "status": row.get("status", "success"),
        "attempted_retries": row.get("retries", 0),
        "attempted_fallbacks": row.get("fallbacks", 0),
        "usage_object": {"prompt_tokens_details": {"cached_tokens": row.get("cached")}},
        "requester_metadata": {"note": "PROMPT"},
    }
    if row.get("class"):
        more["error_information"] = {
            "error_class": row["class"],
            "error_code": row.get("code", ""),
            "error_message": row.get("error", "it failed"),
        }
    return (
        row.get("id", f"request-{number}"),
        row.get("call_type", "acompletion"),
        row.get("hash", "a" * 64),
        row.get("cost", 0.001),
        row.get("input", 100),
        row.get("output", 20),
        _time(start),
        _time(start + row.get("took_ms", 250)),
        row.get("model", "openai/gpt-4o"),
        row.get("instance", "gpt4o-a"),
        row.get("group", "gpt-4o"),
        row.get("provider", "openai"),
        json.dumps(more),
        row.get("cache_hit", "None"),
        row.get("status", "success"),
    )


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC).replace(tzinfo=None)


def captured(file: Path) -> list[dict[str, Any]]:
    """The rows of a real LiteLLM, as its export in the captures has them."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return [_row(row) for row in connection.execute("SELECT * FROM litellm_spend_logs ORDER BY start_ms")]


def _row(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["request_id"],
        "call_type": row["call_type"],
        "hash": row["api_key"] or "",
        "cost": row["spend"],
        "input": row["prompt_tokens"],
        "output": row["completion_tokens"],
        "time_ms": row["start_ms"],
        "took_ms": row["end_ms"] - row["start_ms"],
        "model": row["model"] or "",
        "instance": row["model_id"] or "",
        "group": row["model_group"] or "",
        "provider": row["custom_llm_provider"] or "",
        "cache_hit": row["cache_hit"],
        "status": row["status"],
        "key": row["api_key_alias"] or None,
        "class": row["error_class"],
        "code": row["error_code"],
        "error": row["error_message"],
        "retries": row["retries"],
        "fallbacks": row["fallbacks"],
        "cached": row["cached_tokens"],
    }


@contextmanager
def running() -> Iterator[Postgres]:
    """A server for as long as the `with`; skips where there is none."""
    pytest.importorskip("psycopg", reason="psycopg is absent: pip install 'llmgw-report[postgres]'")
    if not postgres.PLACES:
        pytest.skip("PostgreSQL is absent: apt-get install postgresql")
    with Postgres.running() as server:
        yield server
