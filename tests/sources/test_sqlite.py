"""What is read from a database, under which limits, and what is said of one that cannot be read."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.errors import SourceError
from llmgw_report.model.database import Access, Database, Plan, Query, Schema, Table, Value
from llmgw_report.sources.answers import answered
from llmgw_report.sources.sqlite import read

Make = Callable[[str], Path]
#: What a definition of the tables below would list.
ACCESS = Access(columns={"logs": ("id", "level", "size"), "errors": ("error id",), "broken": (), "t": ("abc",)})
SCRIPT = """
CREATE TABLE logs (id INTEGER PRIMARY KEY, level TEXT, size AS (length(level)));
INSERT INTO logs (level) VALUES ('INFO'), ('INFO'), ('ERROR');
CREATE VIEW errors AS SELECT id AS "error id" FROM logs WHERE level = 'ERROR';
CREATE VIEW broken AS SELECT * FROM gone;
"""
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def query(sql: str, name: str = "q", **more: Any) -> Query:  # noqa: ANN401 - whatever a query takes
    return Query(name=name, sql=sql, title=name, **more)


def run(path: Path, *queries: Query, parameters: Mapping[str, Value] | None = None) -> Database:
    return read(DatabaseTarget(path=str(path)), lambda _: Plan(queries=tuple(queries), access=ACCESS), parameters or {})


def failure(path: Path, one: Query) -> str:
    found = run(path, one)
    assert not found.tables
    (failed,) = found.failed
    assert failed.name == one.name
    return failed.reason


def rejection(path: Path) -> str:
    with pytest.raises(SourceError) as caught:
        run(path, query("SELECT 1"))
    assert caught.value.hint
    assert str(path) in caught.value.message
    return caught.value.message


def test_schema_tables_and_their_order(make_database: Make) -> None:
    seen: list[dict[str, tuple[str, ...]]] = []

    levels = query("SELECT level, count(*) AS n FROM logs GROUP BY level ORDER BY n", "levels")

    def choose(schema: Schema) -> Plan:
        seen.append(schema.tables)
        return Plan(queries=(levels,), access=ACCESS)

    found = read(DatabaseTarget(path=str(make_database(SCRIPT))), choose, {})
    assert seen == [{"logs": ("id", "level", "size"), "errors": ("error id",), "broken": ()}] == [found.schema.tables]
    table = found.tables["levels"]
    assert (table.columns, table.rows, table.truncated) == (("level", "n"), (("ERROR", 1), ("INFO", 2)), False)


@pytest.mark.parametrize("name", ["a b.db", "100%.db", "q?mode=rwc.db", "#.db", "ü.db"])
def test_any_file_name(make_database: Make, name: str) -> None:
    path = make_database(SCRIPT)
    path = path.rename(path.with_name(name))
    assert run(path, query("SELECT count(*) FROM logs")).tables["q"].rows == ((3,),)
    assert [found.name for found in path.parent.iterdir()] == [name]


@pytest.mark.parametrize("builtin", [True, False])
def test_values_that_json_does_not_know(make_database: Make, builtin: bool) -> None:  # noqa: FBT001 - the parameter
    sql = "SELECT x'0001' AS a, 9e999 AS a, CAST(x'61ff' AS TEXT) AS b, NULL, -1.5"
    table = run(make_database(SCRIPT), query(sql, builtin=builtin)).tables["q"]
    assert table.columns == ("a", "a", "b", "NULL", "-1.5")
    assert table.rows == (("<2 bytes>", None, "a\N{REPLACEMENT CHARACTER}", None, -1.5),)
    assert table.builtin is builtin


@pytest.mark.parametrize(("limit", "truncated"), [(2, True), (3, False), (4, False)])
def test_a_limit_says_whether_there_was_more(make_database: Make, limit: int, truncated: bool) -> None:  # noqa: FBT001
    table = run(make_database(SCRIPT), query("SELECT id FROM logs ORDER BY id", limit=limit)).tables["q"]
    assert (table.rows, table.truncated) == (((1,), (2,), (3,))[:limit], truncated)


@pytest.mark.parametrize("builtin", [True, False])
@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("DELETE FROM logs", "only SELECT is allowed"),
        ("UPDATE logs SET level = ''", "only SELECT is allowed"),
        ("CREATE TEMP TABLE t (a)", "only SELECT is allowed"),
        ("PRAGMA query_only = 0", "only SELECT is allowed"),
        ("ATTACH ':memory:' AS other", "only SELECT is allowed"),
        ("COMMIT", "only SELECT is allowed"),
        ("SELECT load_extension('x')", "calls load_extension()"),
        ("SELECT 1; SELECT 2", "more than one statement"),
        ("SELECT 1; DELETE FROM logs", "more than one statement"),
        ("-- nothing", "contains no SELECT"),
        ("SELEC 1", 'near "SELEC": syntax error'),
        ("SELECT count(* FROM logs", "syntax error"),
        ("SELECT * FROM gone", "the database has no table gone"),
        ("SELECT * FROM broken", "the database has no table main.gone"),
        ("SELECT gone FROM logs", "the database has no column gone"),
        ("SELECT gone(1)", "this SQLite has no function gone"),
        ("SELECT :gone", "needs a parameter"),
        ("SELECT json_extract('{', '$')", "malformed JSON"),
        ("SELECT '\0'", "null character"),
    ],
)
def test_a_failing_query_says_why_and_the_others_run(make_database: Make, sql: str, reason: str, builtin: bool) -> None:  # noqa: FBT001
    found = run(make_database(SCRIPT), query(sql, "bad", builtin=builtin), query("SELECT count(*) FROM logs"))
    assert found.tables["q"].rows == ((3,),)
    (failed,) = found.failed
    assert reason in failed.reason
    # Only what a query declares to need can be missing; an error while it runs may have any cause.
    assert not failed.missing_column


def test_a_column_name_that_is_no_text(make_database: Make) -> None:
    path = make_database("CREATE TABLE t (abc); INSERT INTO t VALUES (1);")
    path.write_bytes(path.read_bytes().replace(b"abc", b"a\xffc"))
    assert "not UTF-8" in failure(path, query("SELECT * FROM t"))
    assert run(path).schema.tables == {"t": ("a\N{REPLACEMENT CHARACTER}c",)}


@pytest.mark.parametrize("builtin", [True, False])
def test_a_query_that_takes_too_long_is_left_and_the_rest_runs(make_database: Make, builtin: bool) -> None:  # noqa: FBT001
    endless = query(ENDLESS, "endless", deadline_seconds=0.05, weight=9, builtin=builtin)
    found = run(make_database(SCRIPT), endless, query("SELECT 1", "one"), query("SELECT 2", "two"))
    assert [(failed.name, failed.reason) for failed in found.failed] == [("endless", "took longer than 0.05 s")]
    assert found.failed[0].elapsed_seconds >= 0.05
    assert found.tables.keys() == {"one", "two"}


def test_what_a_query_requires(make_database: Make) -> None:
    path = make_database(SCRIPT)
    assert run(path, query("SELECT 1", requires=("LOGS.Level", "logs", "logs.size"))).failed == ()
    (failed,) = run(path, query("SELECT 1", requires=("logs.level", "logs.at", "spans.id"))).failed
    assert (failed.reason, failed.missing_column) == ("the database has no logs.at, spans.id", True)


def test_two_queries_of_one_name(make_database: Make) -> None:
    found = run(make_database(SCRIPT), query("SELECT 1"), query("SELECT 2", builtin=False))
    assert found.tables["q"].rows == ((1,),)
    assert "another query is also named q" in found.failed[0].reason


def test_bounds_are_parameters_of_the_others(make_database: Make) -> None:
    bounds = query("SELECT :since + 1 AS first, NULL AS second", "bounds")
    others = [query(f"SELECT :first, :second, :since, {number}", f"q{number}") for number in range(4)]
    found = run(make_database(SCRIPT), *others, bounds, parameters={"since": 1})
    assert {name: table.rows for name, table in found.tables.items()} == {
        f"q{number}": ((2, None, 1, number),) for number in range(4)
    }


@pytest.mark.parametrize("sql", ["SELECT 1 AS first WHERE 0", "SELECT id AS first FROM logs", "SELECT gone"])
def test_bounds_that_are_none_fail_with_what_needs_them(make_database: Make, sql: str) -> None:
    found = run(make_database(SCRIPT), query(sql, "bounds"), query("SELECT :first"), query("SELECT 1", "one"))
    assert {failed.name for failed in found.failed} == {"bounds", "q"}
    assert found.tables.keys() == {"one"}


@pytest.mark.parametrize(("alone_seconds", "most"), [(60.0, 1), (0.0, 2)])
def test_a_second_thread_helps_only_where_the_first_is_not_soon_done(
    make_database: Make, monkeypatch: pytest.MonkeyPatch, alone_seconds: float, most: int
) -> None:
    threads = set()

    def noted(query: Query, columns: Sequence[str], answer: Iterable[tuple[Value, ...]], started: float) -> Table:
        threads.add(threading.current_thread())
        return answered(query, columns, answer, started)

    monkeypatch.setattr("llmgw_report.sources.sqlite.workers._ALONE_SECONDS", alone_seconds)
    monkeypatch.setattr("llmgw_report.sources.sqlite.query.answered", noted)
    found = run(make_database(SCRIPT), *(query(f"SELECT {number}", f"q{number}") for number in range(9)))
    assert len(found.tables) == 9
    assert 1 <= len(threads) <= most


def test_a_bug_in_a_thread_is_raised_and_not_lost(make_database: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise AssertionError("a bug")

    monkeypatch.setattr("llmgw_report.sources.sqlite.query.answered", broken)
    with pytest.raises(AssertionError, match="a bug"):
        run(make_database(SCRIPT), query("SELECT 1", "one"), query("SELECT 2", "two"))


def test_a_bug_in_one_thread_ends_the_query_of_another_before_anything_is_closed(
    make_database: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise AssertionError("a bug")

    monkeypatch.setattr("llmgw_report.sources.sqlite.query.answered", broken)
    began = time.perf_counter()
    with pytest.raises(AssertionError, match="a bug"):
        run(make_database(SCRIPT), query("SELECT 1", "one"), query(ENDLESS, "endless", deadline_seconds=20.0))
    assert time.perf_counter() - began < 10
    assert not [thread for thread in threading.enumerate() if type(thread).__name__ == "_Worker"]


def test_a_query_that_runs_out_of_memory_after_its_time_names_its_time(make_database: Make) -> None:
    """One that SQLite cannot interrupt reaches whichever comes first, and the time had come before."""
    long = "instr(hex(zeroblob(7000000 + id)), '1' || hex(zeroblob(40)))"
    sql = f"SELECT {' + '.join([long] * 20)} FROM logs"  # noqa: S608 - a constant
    reason = failure(make_database(SCRIPT), query(sql, deadline_seconds=0.01))
    assert reason == "took longer than 0.01 s"


def test_what_is_plainly_no_database(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    (tmp_path / "text.db").write_text("dear diary, today I was a database")
    assert "no such file" in rejection(tmp_path / "missing.db")
    assert "is a directory" in rejection(tmp_path)
    assert "is empty" in rejection(tmp_path / "empty.db")
    assert "is not an SQLite database" in rejection(tmp_path / "text.db")


def test_a_damaged_and_an_encrypted_database(make_database: Make) -> None:
    path = make_database(SCRIPT)
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))
    assert "is damaged" in rejection(path)
    path.write_bytes(whole[:16] + bytes(range(200)) * 20)
    assert "encrypted" in rejection(path)


def test_a_locked_database(make_database: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmgw_report.sources.sqlite.files._BUSY_SECONDS", 0.05)
    path = make_database(SCRIPT)
    # A process of its own: one that closes a file drops its own locks on it.
    held = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('BEGIN EXCLUSIVE')"
    command = [sys.executable, "-c", f"{held}; print(flush=True); input()", str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout
        writer.stdout.readline()
        assert "is locked" in rejection(path)
        writer.communicate(b"\n")
