"""A PostgreSQL of this machine, started as a user without rights on a free port, with LiteLLM's table.

The program is found where Debian's package has it.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from tools.fleet.engines import free_port

#: initdb refuses root. This user owns nothing else.
NOBODY = 65534
PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
COLUMNS = (
    '"request_id", "api_key", "spend", "prompt_tokens", "completion_tokens", "startTime", "endTime", "model",'
    ' "model_group", "custom_llm_provider", "call_type", "status", "model_id", "metadata", "cache_hit"'
)
#: LiteLLM's own table, of which a report reads a part, with its indexes.
SCHEMA = """CREATE TABLE "LiteLLM_SpendLogs" (
  request_id text PRIMARY KEY, call_type text NOT NULL, api_key text DEFAULT '' NOT NULL,
  spend double precision DEFAULT 0.0 NOT NULL, total_tokens integer DEFAULT 0 NOT NULL,
  prompt_tokens integer DEFAULT 0 NOT NULL, completion_tokens integer DEFAULT 0 NOT NULL,
  "startTime" timestamp(3) without time zone NOT NULL, "endTime" timestamp(3) without time zone NOT NULL,
  "completionStartTime" timestamp(3) without time zone, model text DEFAULT '' NOT NULL, model_id text DEFAULT '',
  model_group text DEFAULT '', custom_llm_provider text DEFAULT '', api_base text DEFAULT '', "user" text DEFAULT '',
  metadata jsonb DEFAULT '{}', cache_hit text DEFAULT '', cache_key text DEFAULT '', request_tags jsonb DEFAULT '[]',
  team_id text, end_user text, requester_ip_address text, messages jsonb DEFAULT '{}', response jsonb DEFAULT '{}',
  proxy_server_request jsonb DEFAULT '{}', session_id text, status text, mcp_namespaced_tool_name text,
  organization_id text, agent_id text, request_duration_ms integer,
  created_at timestamp(3) without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
  updated_at timestamp(3) without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL, litellm_call_id text,
  billing_agent_id text);
CREATE INDEX ON "LiteLLM_SpendLogs" ("startTime");
CREATE INDEX ON "LiteLLM_SpendLogs" ("startTime", request_id);
CREATE INDEX ON "LiteLLM_SpendLogs" (api_key, "startTime");
CREATE INDEX ON "LiteLLM_SpendLogs" (session_id)"""
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

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        """A server for as long as the `with`."""
        # Not below a folder of this process's own, into which the other user could not look.
        folder = Path(tempfile.mkdtemp(prefix="llmgw-postgres-"))
        try:
            if os.geteuid() == 0:
                os.chown(folder, NOBODY, NOBODY)
            yield from cls._started(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @classmethod
    def _started(cls, folder: Path) -> Iterator[Self]:
        data, port = folder / "data", free_port()
        _run("initdb", "-D", str(data), "-A", "trust", "-U", "admin", "--no-sync", "-E", "UTF8", "--locale=C")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        server = cls(folder, port)
        try:
            _run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
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
