"""A PostgreSQL of this machine, started as a user without rights on a free port, with what LiteLLM keeps in one.

The program is found where Debian's package has it; a test skips by this name where it is absent.
"""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

#: initdb refuses root. This user owns nothing else.
NOBODY = 65534
PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
COLUMNS = (
    '"request_id", "api_key", "spend", "prompt_tokens", "completion_tokens", "startTime", "endTime", "model",'
    ' "model_group", "custom_llm_provider", "call_type", "status", "model_id", "metadata", "cache_hit"'
)
INSERT = """INSERT INTO "LiteLLM_SpendLogs" (request_id, call_type, api_key, spend, prompt_tokens, completion_tokens,
  "startTime", "endTime", model, model_id, model_group, custom_llm_provider, metadata, cache_hit, status, messages)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s, '{"role": "PROMPT"}')"""
#: LiteLLM's own table, of which a report reads a part.
SCHEMA = """CREATE TABLE "LiteLLM_SpendLogs" (
  request_id text PRIMARY KEY, call_type text NOT NULL, api_key text DEFAULT '' NOT NULL,
  spend double precision DEFAULT 0.0 NOT NULL, total_tokens integer DEFAULT 0 NOT NULL,
  prompt_tokens integer DEFAULT 0 NOT NULL, completion_tokens integer DEFAULT 0 NOT NULL,
  "startTime" timestamp(3) without time zone NOT NULL, "endTime" timestamp(3) without time zone NOT NULL,
  "completionStartTime" timestamp(3) without time zone, model text DEFAULT '' NOT NULL, model_id text DEFAULT '',
  model_group text DEFAULT '', custom_llm_provider text DEFAULT '', api_base text DEFAULT '', "user" text DEFAULT '',
  metadata jsonb DEFAULT '{}', cache_hit text DEFAULT '', messages jsonb DEFAULT '{}', response jsonb DEFAULT '{}',
  proxy_server_request jsonb DEFAULT '{}', session_id text, status text);
CREATE INDEX ON "LiteLLM_SpendLogs" ("startTime")"""
GRANT = f'GRANT SELECT ({COLUMNS}) ON "LiteLLM_SpendLogs" TO reader'


class Postgres:
    """A running server, with the roles `admin`, who may all, and `reader`, who may read what it is granted."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self._number = 0

    def url(self, database: str, role: str = "reader") -> str:
        """The connection URL of a database."""
        return f"postgresql://{role}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres", role: str = "admin") -> Any:  # noqa: ANN401 - psycopg is optional
        """A connection that commits each statement."""
        import psycopg

        return psycopg.connect(self.url(database, role), autocommit=True)

    def database(self, *scripts: str) -> str:
        """A new database on which the scripts were run."""
        self._number += 1
        name = f"made{self._number}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name}")
        with self.connect(name) as connection:
            for script in scripts:
                connection.execute(script)
        return name

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
    if not PLACES:
        pytest.skip("PostgreSQL is absent: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="llmgw-postgres-"))
    try:
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        yield from _started(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _started(folder: Path) -> Iterator[Postgres]:
    data, port = folder / "data", _free_port()
    _run("initdb", "-D", str(data), "-A", "trust", "-U", "admin", "--no-sync", "-E", "UTF8", "--locale=C")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    _run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    server = Postgres(folder, port)
    try:
        with server.connect() as connection:
            connection.execute("CREATE ROLE reader LOGIN")
        yield server
    finally:
        _run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")


def _run(program: str, *arguments: str) -> None:
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    subprocess.run(
        [str(PLACES[-1] / program), *arguments],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
        **user,  # type: ignore[call-overload]
    )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])
