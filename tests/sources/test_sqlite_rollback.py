"""A database that is not in WAL mode: its gateway waits for every reader."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.model.database import Access, Database, Plan, Query, Schema
from llmgw_report.sources.sqlite import copying, read

Make = Callable[[str], Path]
ACCESS = Access(columns={"a": ("n", "x")})
ROWS = """CREATE TABLE a (n INTEGER, x);
WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i LIMIT {0}) INSERT INTO a SELECT n, hex(n) FROM i;"""
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM a, n"
#: A process that keeps changing all rows at once: every state has one value in all of them.
WRITER = """
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=10)
c.execute("PRAGMA synchronous = OFF")
print(flush=True)
while True:
    c.execute("UPDATE a SET n = (SELECT max(n) + 1 FROM a)")
"""

HELD = """
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.executescript("BEGIN IMMEDIATE; DELETE FROM a")
print(flush=True)
input()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where copies are made; nothing may be left there."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def ask(path: Path, *queries: str, seen: Callable[[Schema], object] = bool) -> Database:
    def plan(schema: Schema) -> Plan:
        seen(schema)
        named = (Query(name=f"q{number}", sql=sql, title="", weight=number) for number, sql in enumerate(queries))
        return Plan(queries=tuple(named), access=ACCESS)

    return read(DatabaseTarget(path=str(path)), plan, {})


@pytest.fixture(params=[0, 2**30], ids=["by a child", "in this process"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "_SMALL_BYTES", request.param)


@pytest.mark.usefixtures("either_way")
def test_a_copy_is_read_that_nobody_else_can_read_and_nothing_is_left(make_database: Make, temporary: Path) -> None:
    path = make_database(ROWS.format(10_000))
    modes: list[int] = []

    def look(_: Schema) -> None:
        modes.extend(stat.S_IMODE(file.stat().st_mode) for file in temporary.rglob("*"))
        # The gateway is free to write while the queries run.
        with closing(sqlite3.connect(path, timeout=0)) as gateway:
            gateway.execute("DELETE FROM a")
            gateway.commit()

    found = ask(path, "SELECT count(*) FROM a", seen=look)
    assert (found.reading, found.tables["q0"].rows) == ("copy", ((10_000,),))
    assert modes == [], "the copy has no name any more"
    assert list(temporary.iterdir()) == []


@pytest.mark.usefixtures("either_way")
def test_the_copy_is_one_committed_state(make_database: Make) -> None:
    path = make_database(f"{ROWS.format(20_000)} UPDATE a SET n = 0")  # noqa: S608 - two literals
    with subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE) as writer:
        assert writer.stdout
        writer.stdout.readline()
        states = [ask(path, "SELECT count(*), min(n) = max(n), max(n) FROM a") for _ in range(10)]
        writer.kill()
    copies = [state.tables["q0"].rows[0] for state in states if state.reading == "copy"]
    assert copies
    assert {row[:2] for row in copies} == {(20_000, 1)}


def test_the_copy_has_its_mode_from_the_start_and_no_name(make_database: Make, temporary: Path, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        copy = copying.copy_in_time(make_database(ROWS.format(10)))
        assert copy is not None
        with copy:
            assert list(temporary.iterdir()) == []
            copying.name(copy, tmp_path / "copy")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600
    with closing(sqlite3.connect(tmp_path / "copy")) as connection:
        assert connection.execute("SELECT count(*) FROM a").fetchone() == (10,)


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGINT]
)  # a copy has a name for some ms, and SIGKILL may hit them
def test_a_report_that_is_stopped_leaves_no_copy(make_database: Make, temporary: Path, number: int) -> None:
    path = make_database("CREATE TABLE a (x); INSERT INTO a VALUES (zeroblob(100000000));")
    command = (sys.executable, "-m", "llmgw_report", "--no-config", "--no-metrics", "--db-path", path)
    for tenths in range(2, 8):
        environment = {**os.environ, "TMPDIR": str(temporary)}
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as report:
            time.sleep(tenths / 10)
            report.send_signal(number)
        # Python tries a folder with a file of four bytes, which a process that ends in that moment leaves.
        assert [file for file in temporary.rglob("*") if file.is_file() and file.read_bytes() != b"blat"] == []


@pytest.mark.parametrize("limit", ["_COPY_BYTES", "_COPY_SECONDS", "_LOCKED_SECONDS"])
def test_what_cannot_be_copied_in_time_is_read_in_short_transactions(
    make_database: Make, monkeypatch: pytest.MonkeyPatch, temporary: Path, limit: str
) -> None:
    monkeypatch.setattr(copying, limit, -1)
    path = make_database(ROWS.format(100))
    began = time.perf_counter()
    found = ask(path, *[ENDLESS] * 19, "SELECT count(*) FROM a")
    assert found.reading == "short transactions"
    # The lightest first: those that take all of the time come after it.
    reasons = {failed.reason for failed in found.failed}
    assert any("0.05 s" in reason for reason in reasons)
    assert any("used up 0.3 s" in reason for reason in reasons)
    assert time.perf_counter() - began < 2
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("content", [b"\0" * 512, b""])
def test_a_journal_that_is_kept_and_blank_is_none(make_database: Make, content: bytes) -> None:
    path = make_database(ROWS.format(10))
    path.with_name(path.name + "-journal").write_bytes(content)
    assert ask(path, "SELECT count(*) FROM a").reading == "copy"


def test_beside_a_transaction_that_does_not_end_the_committed_state_is_read(make_database: Make) -> None:
    path = make_database(ROWS.format(10))
    with subprocess.Popen([sys.executable, "-c", HELD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout
        writer.stdout.readline()
        found = ask(path, "SELECT count(*) FROM a")
        writer.communicate(b"\n")
    assert found.tables["q0"].rows == ((10,),)
