"""Beside a process that writes."""

import multiprocessing
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.model.database import Access, Plan, Query, Reading
from llmgw_report.sources.sqlite import read
from tests.builders import published

Make = Callable[[str], Path]
ACCESS = Access(columns={"a": ("n",), "b": ("n",), "logs": ("id",)})
WAL = "PRAGMA journal_mode = WAL;"
ACCOUNTS = "CREATE TABLE a (n INTEGER); CREATE TABLE b (n INTEGER); INSERT INTO a VALUES (0); INSERT INTO b VALUES (0);"


def sums(path: Path) -> dict[str, object]:
    """`a` and `b` by four queries each."""
    return read_sums(path)[1]


def read_sums(path: Path) -> tuple[Reading, dict[str, object]]:
    """How they were read, and the sums: enough of them that both connections answer some of each."""
    queries = [
        Query(name=f"{table}{number}", sql=f"SELECT sum(n) FROM {table}", title="")  # noqa: S608 - two literals
        for number in range(4)
        for table in "ab"
    ]
    found = read(DatabaseTarget(path=str(path)), lambda _: Plan(queries=tuple(queries), access=ACCESS), {})
    assert not found.failed
    return found.reading, {name: table.rows[0][0] for name, table in found.tables.items()}


def move(path: Path, ready: Event, stop: Event) -> None:
    """Take from one table and give to the other, in one transaction, as fast as it goes."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as writer:
        writer.execute("PRAGMA synchronous = OFF")
        ready.set()
        while not stop.is_set():
            writer.executescript("BEGIN IMMEDIATE; UPDATE a SET n = n - 1; UPDATE b SET n = n + 1; COMMIT;")


@pytest.fixture
def busy(make_database: Make, request: pytest.FixtureRequest) -> Iterator[Path]:
    path = make_database(f"PRAGMA journal_mode = {request.param}; {ACCOUNTS}")
    # A process of its own: one that closes a file drops its own locks on it.
    context = multiprocessing.get_context("spawn")
    ready, stop = context.Event(), context.Event()
    writer = context.Process(target=move, args=(path, ready, stop))
    writer.start()
    assert ready.wait(30)
    yield path
    stop.set()
    writer.join()


@pytest.mark.parametrize("busy", ["WAL", "DELETE"], indirect=True)
def test_all_queries_see_one_state_whoever_writes(busy: Path) -> None:
    found = [read_sums(busy) for _ in range(60)]
    # A writer that never pauses may leave no moment to copy the file in, and then each query sees a state of its own.
    states = [state for reading, state in found if reading != "short transactions"]
    if not states:
        pytest.skip("the writer left no moment to copy the file")
    for state in states:
        assert len({state[f"a{number}"] for number in range(4)}) == 1
        assert -state["a0"] == state["b0"]  # type: ignore[operator] # the sum of integers
        assert len({state[f"b{number}"] for number in range(4)}) == 1
    assert len({state["b0"] for _, state in found}) > 1


def test_rows_that_are_only_in_the_log_are_seen(make_database: Make) -> None:
    path = make_database(WAL + ACCOUNTS)
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("INSERT INTO a VALUES (41)")
        before = path.read_bytes()
        assert sums(path)["a0"] == 41
        assert path.read_bytes() == before


def test_a_published_database(tmp_path: Path) -> None:
    published.llm_gateway(tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    count = Query(name="logs", sql="SELECT count(*) FROM logs", title="")
    found = read(
        DatabaseTarget(path=str(tmp_path / "observability.db")), lambda _: Plan(queries=(count,), access=ACCESS), {}
    )
    assert found.tables["logs"].rows == ((158,),)
    assert {name: (tmp_path / name).read_bytes() for name in before} == before


@pytest.fixture
def quiet(make_database: Make, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database in WAL mode that nobody has open, as if that were so for a while."""
    monkeypatch.setattr("llmgw_report.sources.sqlite.files._STILL_NS", 0)
    return make_database(WAL + ACCOUNTS)


def test_what_nobody_has_open_is_read_without_a_file_beside_it(quiet: Path) -> None:
    seen: list[list[str]] = []

    def choose(_: object) -> Plan:
        seen.append([file.name for file in quiet.parent.iterdir()])
        return Plan(queries=(Query(name="a", sql="SELECT sum(n) FROM a", title=""),), access=ACCESS)

    found = read(DatabaseTarget(path=str(quiet)), choose, {})
    assert found.tables["a"].rows == ((0,),)
    assert seen == [[quiet.name]]


def test_a_gateway_that_comes_meanwhile_is_not_missed(quiet: Path) -> None:
    times: list[bool] = []

    def choose(_: object) -> Plan:
        if not times:
            with closing(sqlite3.connect(quiet)) as writer:
                writer.execute("INSERT INTO a VALUES (41)")
                writer.commit()
        times.append(True)
        return Plan(queries=(Query(name="a", sql="SELECT sum(n) FROM a", title=""),), access=ACCESS)

    found = read(DatabaseTarget(path=str(quiet)), choose, {})
    assert found.tables["a"].rows == ((41,),)
    assert len(times) == 2
    assert [file.name for file in quiet.parent.iterdir()] == [quiet.name]
