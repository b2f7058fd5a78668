"""A file system that nothing can be written in, as a hardened container has it: what a run does, and what it says."""

import json
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.builders.postgres import Postgres
from tests.process import needs, run
from tools.bench import requests_table
from tools.bench.vocabulary import END, END_MS

Run = Callable[..., subprocess.CompletedProcess[str]]
OWN_MOUNTS = ("unshare", "--map-root-user", "--mount")
#: In a place of its own among the mounts; `/` alone where the others are part of it.
READ_ONLY = """for place in / /tmp /var/tmp /usr/tmp "$PWD"; do mount -o remount,bind,ro "$place" 2>/dev/null; done
exec "$@"
"""
ROWS = 20_000


def read_only(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command where not even a temporary file can be made."""
    prefix = (*OWN_MOUNTS, "sh", "-c", READ_ONLY, "sh")
    if subprocess.run([*prefix, "touch", cwd / "new"], cwd=cwd, capture_output=True, check=False).returncode == 0:
        pytest.fail("the file system is not read-only")
    return run(*arguments, cwd=cwd, prefix=prefix)


@pytest.fixture(autouse=True)
def may_mount() -> None:
    needs("unshare", "mount")
    if subprocess.run([*OWN_MOUNTS, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no mounts of one's own here")


def report(folder: Path, rows: int, mode: str, run: Run) -> dict[str, Any]:
    """That of a database of so many requests, in this journal mode."""
    if not (path := folder / "o.db").exists():
        requests_table.write(str(path), rows, 0.1)
        with closing(sqlite3.connect(path)) as database:
            database.execute(f"PRAGMA journal_mode = {mode}")
    command = (
        "--no-metrics",
        "--db-path",
        path.name,
        "--at",
        END,
        "--window",
        "3h",
        "--fail-on",
        "never",
        "-f",
        "json",
    )
    document: dict[str, Any] = json.loads(run(*command, cwd=folder).stdout)
    return document


def test_a_report_says_the_same_without_a_temporary_file(tmp_path: Path) -> None:
    usual, other = (report(tmp_path, 8_000, "WAL", one) for one in (run, read_only))
    assert usual["sections"]["failed_queries"] == []
    for part in ("verdict", "sections", "findings"):
        assert other[part] == usual[part]


def test_a_database_that_cannot_be_copied_is_read_where_it_is(tmp_path: Path) -> None:
    """A busy machine may need longer for it than the gateway may be kept waiting."""
    document = report(tmp_path, 500, "DELETE", read_only)
    (read,) = (one for one in document["inputs"] if one["kind"] == "database")
    assert read["status"] == "ok"
    assert "it was read in short transactions" in " ".join(read["notes"])


@pytest.mark.parametrize("arguments", [["--demo"], ["--check-gateway", "llm-gateway"]])
def test_what_needs_a_temporary_file_says_so(arguments: list[str], tmp_path: Path) -> None:
    done = read_only(*arguments, cwd=tmp_path)
    assert "no folder for temporary files" in done.stderr
    assert "TMPDIR" in done.stderr
    assert done.returncode == 3


def test_rows_of_a_server_are_unknown_and_the_report_is_written(postgres: Postgres, tmp_path: Path) -> None:
    (tmp_path / "pg.txt").write_text(postgres.url(postgres.spend_logs([{"time_ms": END_MS}])))
    command = ("--no-metrics", "--db-url-file", "pg.txt", "--at", END, "--window", "1h", "-f", "json")
    assert run(*command, cwd=tmp_path).returncode == 0
    done = read_only(*command, cwd=tmp_path)
    assert done.returncode == 3
    (read,) = (one for one in json.loads(done.stdout)["inputs"] if one["kind"] == "database")
    assert "no folder for temporary files" in read["reason"]
