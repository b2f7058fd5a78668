"""A database or a query that keeps SQLite busy where nothing can interrupt it, and schemas that only look hostile."""

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.errors import SourceError
from llmgw_report.model.database import Access, Plan, Query, Schema
from llmgw_report.sources.sqlite import read

LONG = "hex(zeroblob(7000000))"
#: Each takes minutes in one step of SQLite's virtual machine, or many long steps without a look at an interrupt.
SLOW = {
    "instr": f"instr({LONG}, hex(zeroblob(3000000)) || '1')",
    "replace": f"replace({LONG}, hex(zeroblob(3000000)) || '1', '')",
    "like": f"{LONG} LIKE '%{'0' * 900}1'",
    # Together they stay below the memory that a report may use, for SQLite keeps the texts of all of them.
    "many short ones": " + ".join(["instr(hex(zeroblob(50000 + id)), hex(zeroblob(25000)) || '1')"] * 300),
}
#: Reads as the command does, and says how long that took; the process must then end at once.
RUN = """
import sys, time
from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.model.database import Access, Plan, Query
from llmgw_report.sources.sqlite import read
path, *queries = sys.argv[1:]
access = Access(columns={"t": ("id", "slow")})
plan = Plan(queries=tuple(Query(name=f"q{n}", sql=sql, title="") for n, sql in enumerate(queries)), access=access)
began = time.perf_counter()
found = read(DatabaseTarget(path=path, timeout_seconds=0.3), lambda _: plan, {})
print(time.perf_counter() - began)
for name, table in found.tables.items():
    print(name, table.rows)
for failed in found.failed:
    print(failed.name, failed.reason)
"""


def made(path: Path, expression: str, *, wal: bool) -> Path:
    """A table with a generated column that whoever made the file did not have to compute."""
    with closing(sqlite3.connect(path)) as connection:
        if wal:
            connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript("CREATE TABLE t (id INTEGER); INSERT INTO t VALUES (1); PRAGMA writable_schema = 1;")
        sql = f"CREATE TABLE t (id INTEGER, slow AS ({expression}))"
        connection.execute("UPDATE sqlite_master SET sql = ?", (sql,))
        connection.commit()
    return path


@pytest.mark.parametrize("wal", [True, False], ids=["WAL", "rollback"])
@pytest.mark.parametrize("name", SLOW)
def test_what_cannot_be_interrupted_is_given_up_and_ends_with_the_process(
    tmp_path: Path,
    name: str,
    wal: bool,  # noqa: FBT001 - the parameter
) -> None:
    path = made(tmp_path / "t.db", SLOW[name], wal=wal)
    command = [sys.executable, "-c", RUN, str(path), "SELECT slow FROM t", "SELECT count(id) FROM t"]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert time.perf_counter() - began < 5
    seconds, *lines = done.stdout.splitlines()
    assert float(seconds) < 2
    assert lines == ["q1 ((1,),)", "q0 took longer than 0.3 s: --db-timeout gives a statement more"]
    with closing(sqlite3.connect(path, timeout=0)) as gateway:
        gateway.execute("CREATE TABLE more (a)")


def test_queries_that_find_no_connection_are_failed_not_lost(tmp_path: Path) -> None:
    path = made(tmp_path / "t.db", SLOW["instr"], wal=False)
    command = [sys.executable, "-c", RUN, str(path), "SELECT 1", *["SELECT slow FROM t"] * 3]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    lines = done.stdout.splitlines()[1:]
    assert sorted(line.split()[0] for line in lines) == ["q0", "q1", "q2", "q3"]
    assert sum("took longer" in line for line in lines) == 2
    assert sum("not run: queries before it could not be interrupted" in line for line in lines) == 2


#: The same with rows that are kept, to which two queries are put.
RUN_RELATION = """
import sys
from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.model.database import Access, Plan, Query, Relation
from llmgw_report.sources.sqlite import read
path, *queries = sys.argv[1:]
kept, *derived = [Query(name=f"q{n}", sql=sql, title="") for n, sql in enumerate(queries)]
columns = dict.fromkeys(("time_ms", "outcome"), "{x}")
relation = Relation(query=kept, table="kept", columns=columns, required=(), checked=(), derived=tuple(derived))
plan = Plan(queries=(), relations=(relation,), access=Access(columns={"t": ("id", "slow")}))
found = read(DatabaseTarget(path=path, timeout_seconds=0.3), lambda _: plan, {"since_ms": 0, "until_ms": 2})
print(*found.tables, *(f"{one.name}: {one.reason[:11]}" for one in found.failed), sep="\\n")
"""


def test_queries_that_are_put_to_the_rows_of_a_lost_connection_are_failed_not_lost(tmp_path: Path) -> None:
    path = made(tmp_path / "t.db", SLOW["instr"], wal=True)
    queries = ("SELECT 1 AS time_ms, 'success' AS outcome", "SELECT slow FROM t", "SELECT count(*) FROM kept")
    command = [sys.executable, "-c", RUN_RELATION, str(path), *queries]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.splitlines() == ["q0", "q1: took longer", "q2: not run: qu"]


@pytest.mark.parametrize(
    "script",
    [
        "CREATE INDEX i ON t (json_extract(a, '$.x'))",
        "CREATE INDEX i ON t (a) WHERE json_valid(a)",
        "CREATE TABLE g (a, x AS (json_extract(a, '$.x')))",
        "CREATE TABLE g (a, x AS (json_extract(a, '$.x')) STORED)",
        "CREATE VIEW v AS SELECT json_extract(a, '$.x') AS x FROM t",
        "CREATE TABLE g (a CHECK (json_valid(a)), b DEFAULT (json_array()))",
        "CREATE INDEX i ON t (date(a)); CREATE INDEX j ON t (replace(trim(a), 'a', 'b'))",
        "CREATE TRIGGER r AFTER INSERT ON t BEGIN UPDATE t SET a = json_set(a, '$.x', 1); END",
    ],
)
def test_a_schema_that_calls_functions_is_read(tmp_path: Path, script: str) -> None:
    path = tmp_path / "t.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("""CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('{"x": 1}');""")
        connection.executescript(script)
    queries = [Query(name="q", sql="SELECT count(*) FROM t WHERE json_extract(a, '$.x') = 1", title="")]
    tables: list[Schema] = []

    def plan(schema: Schema) -> Plan:
        tables.append(schema)
        if "v" in schema.tables:
            queries.append(Query(name="v", sql="SELECT x FROM v", title=""))
        return Plan(queries=tuple(queries), access=Access(columns={"t": ("a",), "v": ("x",)}))

    found = read(DatabaseTarget(path=str(path)), plan, {})
    assert not found.failed
    assert {table.rows for table in found.tables.values()} == {((1,),)}


def test_a_schema_that_this_sqlite_cannot_use_is_not_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE t (a); PRAGMA writable_schema = 1;")
        connection.execute("UPDATE sqlite_master SET sql = 'CREATE TABLE t (a) FUTURE'")
        connection.commit()
    with pytest.raises(SourceError) as caught:
        read(DatabaseTarget(path=str(path)), lambda _: Plan(queries=()), {})
    assert "its schema cannot be used by SQLite" in str(caught.value.message)
    assert "damaged" not in f"{caught.value.message} {caught.value.hint}"
