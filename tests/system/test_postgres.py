"""The whole command with a PostgreSQL: exit codes, and what a report shows of the connection."""

import json
import subprocess
from pathlib import Path

from tests.builders.postgres import Postgres
from tests.process import call

AT = 1_795_622_400_000
ROWS = [{"time_ms": AT - 1000 * number} for number in range(80)]
COMMON = ("--no-config", "--no-metrics", "--at", "2026-11-25T16:00:00Z")


def run(folder: Path, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command with the URL in a file."""
    (folder / "pg.txt").write_text(f"{url}\n")
    return call(*COMMON, "--db-url-file", "pg.txt", *arguments, cwd=folder, environment={"LLMGW_REPORT_WINDOW": ""})


def test_good_rows_are_a_pass_and_the_password_is_nowhere(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.url(postgres.spend_logs(ROWS)).replace("reader@", "reader:hunter2@")
    found = run(tmp_path, url, "-f", "json", "--debug")
    assert found.returncode == 0, found.stderr
    document = json.loads(found.stdout)
    (read,) = (one for one in document["inputs"] if one["kind"] == "database")
    assert read["target"].startswith(f"postgresql://127.0.0.1:{postgres.port}/made")
    assert document["gateway"]["name"] == "litellm-spendlogs"
    assert "hunter2" not in found.stdout + found.stderr
    assert "PROMPT" not in found.stdout


def test_the_verdict_of_rows_that_failed_and_of_none(postgres: Postgres, tmp_path: Path) -> None:
    failed = {"status": "failure", "class": "InternalServerError", "code": "500", "error": "it broke"}
    found = run(tmp_path, postgres.url(postgres.spend_logs([{**row, **failed} for row in ROWS])), "-f", "json")
    assert found.returncode == 1
    document = json.loads(found.stdout)
    assert [(one["count"], one["outcome"]) for one in document["sections"]["errors"]] == [(80, "server-error")]
    none = run(tmp_path, postgres.url(postgres.spend_logs([])), "-f", "json")
    assert none.returncode == 3
    assert [one["status"] for one in json.loads(none.stdout)["inputs"] if one["kind"] == "database"] == ["ok"]
    assert run(tmp_path, postgres.url(postgres.spend_logs([])), "--idle", "pass").returncode == 0


def test_a_role_that_could_read_content_is_told_the_rights_that_would_do(postgres: Postgres, tmp_path: Path) -> None:
    (tmp_path / "own.sql").write_text("SELECT 1 AS one\n")
    found = run(tmp_path, postgres.url(postgres.spend_logs(ROWS), "admin"), "-f", "json", "--query", "own.sql")
    document = json.loads(found.stdout)
    (read,) = (one for one in document["inputs"] if one["kind"] == "database")
    assert "GRANT SELECT" in read["notes"][0]
    assert document["sections"]["queries"] == [] or "one" not in str(document["sections"]["queries"][0].get("rows"))
    assert "LiteLLM_SpendLogs.messages" in str(document["absent"])


def test_what_cannot_be_read_is_exit_3_and_what_is_no_url_is_exit_2(postgres: Postgres, tmp_path: Path) -> None:
    unknown = run(tmp_path, f"postgresql://reader:hunter2@127.0.0.1:{postgres.port}/nothing", "-f", "json")
    assert unknown.returncode == 3
    assert "hunter2" not in unknown.stdout + unknown.stderr
    assert 'database "nothing" does not exist' in unknown.stdout.replace("\\", "")
    assert run(tmp_path, "mysql://x").returncode == 2


def failing(postgres: Postgres, each: int, *columns: str) -> str:
    """The URL of a database in which one of `each` requests failed, of a role that may not read some columns."""
    failed = {"status": "failure", "class": "InternalServerError", "code": "500"}
    rows = [{**row, **(failed if number % each == 0 else {})} for number, row in enumerate(ROWS)]
    revoke = f'REVOKE SELECT ({", ".join(columns)}) ON "LiteLLM_SpendLogs" FROM reader'  # noqa: S608
    return postgres.url(postgres.spend_logs(rows, *([revoke] if columns else [])))


def test_failures_that_the_role_may_not_read_are_no_pass(postgres: Postgres, tmp_path: Path) -> None:
    for each, columns, code in (
        (1, ("status", "metadata"), 3),
        (3, ("metadata",), 3),
        (80, ("metadata",), 0),
        (3, ("status",), 1),
        (3, (), 1),
    ):
        found = run(tmp_path, failing(postgres, each, *columns), "-f", "json")
        document = json.loads(found.stdout)
        assert found.returncode == code, (each, columns, document["verdict"])
        if code == 3:
            grant = f"GRANT SELECT ({', '.join(f'{chr(34)}{name}{chr(34)}' for name in columns)})"
            assert grant in document["verdict"]["headline"]


def test_a_query_of_the_users_that_fails_is_a_warning(postgres: Postgres, tmp_path: Path) -> None:
    (tmp_path / "own.sql").write_text('SELECT nosuch FROM "LiteLLM_SpendLogs"\n')
    found = run(tmp_path, postgres.url(postgres.spend_logs(ROWS)), "-f", "json", "--query", "own.sql")
    (finding,) = (one for one in json.loads(found.stdout)["findings"] if one["check"] == "queries-complete")
    assert finding["status"] == "warn"
    assert "nosuch" in finding["seen"]


def test_a_table_that_is_locked_is_exit_3(postgres: Postgres, tmp_path: Path) -> None:
    name = postgres.spend_logs(ROWS)
    with postgres.connect(name) as migration:
        migration.execute("BEGIN")
        migration.execute('LOCK TABLE "LiteLLM_SpendLogs" IN ACCESS EXCLUSIVE MODE')
        found = run(tmp_path, postgres.url(name))
    assert found.returncode == 3
    assert "locked" in found.stdout


def test_the_sql_of_a_finding_gives_its_figure_in_a_client_of_the_server(postgres: Postgres, tmp_path: Path) -> None:
    """As it is in the report, also before PostgreSQL 16, which wants a name for what is in brackets."""
    failed = {"status": "failure", "class": "InternalServerError", "code": "500"}
    rows = [{**row, **(failed if number % 4 == 0 else {}), "took_ms": 20 * number} for number, row in enumerate(ROWS)]
    name = postgres.spend_logs(rows)
    found = run(tmp_path, postgres.url(name), "-f", "json", "--set", "latency-p99.fail=0.1")
    findings = [one for one in json.loads(found.stdout)["findings"] if one["status"] == "fail" and not one["subject"]]
    shown = {one["check"]: one["evidence"] for one in findings}
    with postgres.connect(name, "reader") as connection:
        assert dict(connection.execute(shown["error-ratio"]).fetchall()) == {"success": 60, "server-error": 20}
        # Of 60 successes the p99 is the slowest; numbers 1, 2, 3 and 5 took no more than 100 ms.
        ((n, p99, slower),) = connection.execute(shown["latency-p99"]).fetchall()
    assert (n, float(p99), slower) == (60, 1.58, 56)
