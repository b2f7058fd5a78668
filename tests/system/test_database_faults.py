"""Databases as they are found, by the command: case, what the report says, exit code."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from llmgw_report.cli.demo import example
from tests.process import HEALTHY, call, run

EXAMPLES = Path(__file__).parents[2] / "examples"
AT = "2026-01-09T01:26:40Z"
#: Root may read and write everything; without these two of its rights it is a user like any other.
ANYBODY = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
PAGE = 4096
OPENED = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.executescript(sys.argv[2])"
#: As a reader of SQLite's does, without any of the files that it makes.
SHARED = "import fcntl, sys; f = open(sys.argv[1], 'rb'); fcntl.lockf(f, fcntl.LOCK_SH, 510, 0x40000002)"
#: A script that does the same again and again for as long as a file is there.
AGAIN = """
import os, shutil, sqlite3, sys
path, good, sql = sys.argv[1:]
print(flush=True)
while os.path.exists(path + ".go"):
    if not sql:
        os.unlink(path)
        shutil.copy(good, path)
        continue
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    connection.executescript(sql)
    connection.close()
"""

Break = Callable[[Path], object]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of 67 log rows and 29 snapshots, in no folder of any test."""
    path = tmp_path_factory.mktemp("good") / "o.db"
    with example(EXAMPLES / "verification"):
        shutil.copy("observability.db", path)
    return path


@pytest.fixture
def place(tmp_path: Path, good: Path) -> Path:
    """A copy of it beside a good scrape, of a model that it names: else the two contradict each other."""
    (tmp_path / "m.prom").write_text(HEALTHY.replace('model="m"', 'model="claude-sonnet-4-5-20250929"'))
    folder = tmp_path / "data"
    folder.mkdir()
    return Path(shutil.copy(good, folder / "o.db"))


def script(text: str, *, wal: bool = False) -> Break:
    """Run SQL on it."""

    def change(path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.executescript(("PRAGMA journal_mode = WAL;" if wal else "") + text)

    return change


def pages(name: str, content: bytes, kind: str = "%") -> Break:
    """Overwrite the last page of a table or an index."""

    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            found = "SELECT max(pageno) FROM dbstat WHERE name = ? AND pagetype LIKE ?"
            (page,) = connection.execute(found, (name, kind)).fetchone()
        with path.open("r+b") as file:
            file.seek((page - 1) * PAGE)
            file.write(content)

    return change


def cut(size: int) -> Break:
    return lambda path: os.truncate(path, size)


def instead(make: Callable[[Path], object]) -> Break:
    """Something else in its place."""

    def change(path: Path) -> None:
        path.unlink()
        make(path)

    return change


def killed(text: str, *lost: str) -> Break:
    """A process that is killed in the middle of this; of what it leaves, some files are lost."""

    def change(path: Path) -> None:
        ending = "import os; os.kill(os.getpid(), 9)"
        subprocess.run([sys.executable, "-c", f"{OPENED}; {ending}", path, text], check=False)
        for suffix in lost:
            path.with_name(path.name + suffix).unlink()

    return change


@contextmanager
def held(path: Path, text: str, opened: str = OPENED) -> Iterator[None]:
    """A process that has done this and waits."""
    command: list[str | Path] = [sys.executable, "-c", f"{opened}; print(flush=True); input()", path, text]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        yield
        process.communicate(b"\n")


def contents(path: Path) -> dict[str, bytes]:
    """Every file beside it; of the shared memory, which readers write, that it is there."""
    files = [file for file in path.parent.iterdir() if file.is_file()]
    return {file.name: b"" if file.name.endswith("-shm") else file.read_bytes() for file in files}


def report(path: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit code and document; what is beside the database is the same afterwards."""
    before = contents(path)
    where = ("--metrics-file", "m.prom", "--db-path", str(path), "--at", AT, "-f", "json")
    # What is no file may never end: a process is given up after a minute.
    done = (call if path.is_file() else run)(*where, *arguments, cwd=path.parents[1])
    assert "Traceback" not in done.stderr, done.stderr
    assert contents(path) == before
    return done.returncode, json.loads(done.stdout)


def said(document: dict[str, Any]) -> str:
    """All of what it says of the database, in one text."""
    source = document["inputs"][1]
    failed = (f"{one['name']}: {one['reason']}" for one in document["sections"]["failed_queries"])
    findings = (f"{one['check']} {one['status']}: {one['seen']}" for one in document["findings"])
    about = (source["status"], source["reason"] or "", *source["notes"], *document["gateway"]["detected_by"])
    return "\n".join([*about, *failed, *findings])


def rows(document: dict[str, Any]) -> dict[str, int]:
    database = document["sections"]["database"]
    return {table["name"]: table["rows"] for table in database["tables"]} if database else {}


NOISE = random.Random(1).randbytes(PAGE)  # noqa: S311 - the same noise every time
SHIFTED = "UPDATE {0} SET {1} = {1} {2};"
EVERY = (("logs", "timestamp"), ("spans", "start_time"), ("metrics_snapshots", "timestamp"))
LOCKS = "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; UPDATE logs SET level = level;"
WRITTEN = "PRAGMA journal_mode = WAL; UPDATE logs SET level = 'INFO'"
HOT = "PRAGMA cache_size = 2; BEGIN; UPDATE logs SET fields = zeroblob(3000);"


@pytest.mark.parametrize(
    ("broken", "text", "code", "kept"),
    [
        pytest.param(script(""), "ok", 0, 67, id="as a gateway leaves it"),
        pytest.param(script("", wal=True), "ok", 0, 67, id="WAL, closed"),
        pytest.param(killed(WRITTEN), "ok", 0, 67, id="WAL, crashed"),
        pytest.param(killed(WRITTEN, "-shm"), "ok", 0, 67, id="WAL, crashed, without -shm"),
        pytest.param(killed(WRITTEN, "-wal", "-shm"), "ok", 0, 67, id="WAL, its log lost"),
        pytest.param(killed(HOT), "left in the middle of a transaction", 3, 0, id="rollback journal, hot"),
        pytest.param(
            script("DELETE FROM logs; DELETE FROM spans; DELETE FROM metrics_snapshots;"), "ok", 0, 0, id="no rows"
        ),
        pytest.param(script("ALTER TABLE logs ADD trace; CREATE TABLE more (a);"), "ok", 0, 67, id="newer schema"),
        pytest.param(
            script("DROP INDEX idx_spans_duration; ALTER TABLE spans DROP attributes"),
            *("table spans (without attributes)", 0, 67),
            id="older schema",
        ),
        pytest.param(script("DROP INDEX idx_logs_timestamp; DROP INDEX idx_logs_level"), "ok", 0, 67, id="no index"),
        pytest.param(
            script("DROP TABLE spans"),
            "not a supported gateway: none of its tables is known",
            3,
            0,
            id="a table missing",
        ),
        pytest.param(
            script("UPDATE logs SET timestamp = 'then' WHERE id % 3 = 0; UPDATE logs SET level = 5 WHERE id % 3 = 1"),
            *("22 rows whose time cannot be right", 0, 45),
            id="wrong types",
        ),
        pytest.param(
            script("UPDATE logs SET timestamp = '2026-01-09T01:20:00Z'"),
            *("the times in its table logs are text", 3, 0),
            id="times as text",
        ),
        pytest.param(
            script("UPDATE logs SET fields = '{'; UPDATE metrics_snapshots SET metrics = ''"),
            *("ok", 0, 67),
            id="broken JSON",
        ),
        pytest.param(
            script("".join(SHIFTED.format(*each, "/ 1000") for each in EVERY)),
            *("the times in its table logs are seconds, not milliseconds", 3, 0),
            id="seconds",
        ),
        pytest.param(
            script("".join(SHIFTED.format(*each, "* 1000") for each in EVERY)),
            *("the times in its table logs are microseconds, not milliseconds", 3, 0),
            id="microseconds",
        ),
        pytest.param(
            script("UPDATE logs SET timestamp = 2 * timestamp WHERE id % 2 = 0"),
            *("times-plausible warn: 33 rows in the future: two clocks differ", 0, 34),
            id="rows in the future",
        ),
        pytest.param(
            pages("logs", NOISE, "leaf"), "outcomes: a page that it reads is damaged", 3, 67, id="a page of rows"
        ),
        pytest.param(
            pages("idx_logs_level", bytes(PAGE)),
            "levels: a page that it reads is damaged",
            3,  # `started` reads it as well, without which nobody knows what the counters are of
            67,
            id="a page of an index",
        ),
        pytest.param(
            pages("sqlite_schema", NOISE), "is not an SQLite database, or is encrypted", 3, 0, id="the first page"
        ),
        pytest.param(cut(10 * PAGE), "is damaged", 3, 0, id="cut off"),
        pytest.param(cut(50), "is damaged", 3, 0, id="cut off in the header"),
        pytest.param(cut(0), "is empty", 3, 0, id="empty"),
        pytest.param(instead(lambda path: path.write_bytes(NOISE)), "or is encrypted", 3, 0, id="encrypted"),
        pytest.param(instead(lambda path: path.write_text("dear diary")), "is not an SQLite", 3, 0, id="text"),
        pytest.param(instead(Path.mkdir), "is a directory", 3, 0, id="a directory"),
        pytest.param(instead(os.mkfifo), "is a device or a pipe, not a file", 3, 0, id="a pipe"),
        pytest.param(instead(lambda path: path.symlink_to("/dev/zero")), "a device or a pipe", 3, 0, id="a device"),
        pytest.param(instead(lambda path: path.symlink_to(path)), "symbolic links", 3, 0, id="a link to itself"),
        pytest.param(lambda path: path.rename(path.with_name("other.db")), "no such file", 3, 0, id="gone"),
        pytest.param(
            lambda path: path.rename(path.with_name("real.db")) and path.symlink_to("real.db"), "ok", 0, 67, id="a link"
        ),
    ],
)
def test_a_database_as_it_is_found(place: Path, broken: Break, text: str, code: int, kept: int) -> None:
    broken(place)
    ended, document = report(place)
    assert text in said(document)
    assert (ended, rows(document).get("logs", 0)) == (code, kept), said(document)


@pytest.mark.parametrize(
    ("state", "text", "code"),
    [
        pytest.param("PRAGMA journal_mode = WAL; UPDATE logs SET level = level", "ok", 0, id="WAL, open"),
        pytest.param("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; DELETE FROM logs", "ok", 0, id="WAL, being written"),
        pytest.param(
            "PRAGMA journal_mode = WAL; " + LOCKS, "is locked by another process", 3, id="WAL, for itself alone"
        ),
        pytest.param("BEGIN IMMEDIATE; DELETE FROM logs", "ok", 0, id="being written"),
        pytest.param(LOCKS, "is locked by another process", 3, id="locked exclusively"),
    ],
)
def test_a_database_that_somebody_has_open(place: Path, state: str, text: str, code: int) -> None:
    with held(place, state):
        ended, document = report(place)
    assert text in said(document)
    assert (ended, rows(document).get("logs", 0)) == (code, 0 if code else 67)


@pytest.mark.parametrize("name", ["a%41?mode=rwc#.db", "ÿ'\"\n.db"])
def test_any_file_name(place: Path, name: str) -> None:
    script("", wal=True)(place)
    code, document = report(place.rename(place.with_name(name)))
    assert (code, document["inputs"][1]["status"], rows(document)["logs"]) == (0, "ok", 67)


class Modes(NamedTuple):
    """What this process may do in the folder and with the file."""

    folder: int
    file: int


@contextmanager
def another_users(path: Path, modes: Modes) -> Iterator[None]:
    """Its owner is somebody else; what the others may do, this process may."""
    if ANYBODY:
        os.chown(path, 65534, 65534)
        os.chown(path.parent, 65534, 65534)
    path.chmod(modes.file)
    path.parent.chmod(modes.folder)
    yield
    path.parent.chmod(0o755)


@pytest.mark.skipif(bool(ANYBODY) and not shutil.which("setpriv"), reason="setpriv takes root's rights away: not here")
@pytest.mark.parametrize(
    ("state", "modes", "text", "code"),
    [
        pytest.param("", Modes(0o555, 0o444), "ok", 0, id="read-only folder"),
        pytest.param("PRAGMA journal_mode = WAL", Modes(0o555, 0o444), "ok", 0, id="read-only folder, WAL, closed"),
        pytest.param("PRAGMA journal_mode = WAL", Modes(0o777, 0o444), "ok", 0, id="read-only file, WAL, closed"),
        pytest.param("", Modes(0o755, 0o200), "permission denied", 3, id="not readable"),
    ],
)
def test_a_database_of_another_user(place: Path, state: str, modes: Modes, text: str, code: int) -> None:
    script(state)(place)
    names = {one.name for one in place.parent.iterdir()}
    where = ("--metrics-file", "m.prom", "--db-path", "data/o.db", "--at", AT, "-f", "json")
    with another_users(place, modes):
        done = run(*where, cwd=place.parents[1], prefix=ANYBODY)
    assert done.returncode == code, done.stderr
    assert text in said(json.loads(done.stdout))
    assert {one.name for one in place.parent.iterdir()} == names


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("PRAGMA wal_checkpoint(TRUNCATE)", id="checkpointed"),
        pytest.param("VACUUM", id="vacuumed"),
        pytest.param(
            "DELETE FROM logs; INSERT INTO logs (timestamp, level, target, message) VALUES (1, 'INFO', 't', 'm')",
            id="emptied",
        ),
        pytest.param("CREATE TABLE more (a); DROP TABLE more", id="altered"),
        pytest.param(None, id="deleted and made again"),
    ],
)
def test_a_database_that_changes_under_us(place: Path, good: Path, change: str | None) -> None:
    script("", wal=True)(place)
    go = place.with_name("o.db.go")
    go.touch()
    with subprocess.Popen([sys.executable, "-c", AGAIN, place, good, change or ""], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        done = run("--metrics-file", "m.prom", "--db-path", str(place), "--at", AT, "-f", "json", cwd=place.parents[1])
        go.unlink()
    assert process.returncode == 0
    assert "Traceback" not in done.stderr
    document = json.loads(done.stdout)
    # Whole before or whole after, or a reason; never a part of one and a part of the other.
    assert rows(document).get("logs") in {67, 1, 0, None}
    assert done.returncode == 0 or document["inputs"][1]["reason"] or document["sections"]["failed_queries"]


def test_files_that_cannot_be_removed_are_said(place: Path) -> None:
    """Another reader came meanwhile: its lock says that the files may be in use."""
    script("", wal=True)(place)
    with held(place, "", SHARED):
        done = run("--metrics-file", "m.prom", "--db-path", str(place), "--at", AT, cwd=place.parents[1])
    assert "Reading it created o.db-wal and o.db-shm, which could not be removed" in done.stdout
    assert {file.name for file in place.parent.iterdir()} == {"o.db", "o.db-wal", "o.db-shm"}


def test_a_query_that_reads_what_people_said(place: Path) -> None:
    script("ALTER TABLE logs ADD prompt TEXT; UPDATE logs SET prompt = 'the secret question'")(place)
    own = place.parents[1] / "own.sql"
    own.write_text("-- title: All of it\nSELECT * FROM logs")
    code, document = report(place, "--query", str(own))
    assert code == 0
    assert "own: reads logs.prompt, whose name suggests credentials or content: leave the column out" in said(document)
    assert "the secret question" not in json.dumps(document)
    assert rows(document)["logs"] == 67


def test_a_statement_has_the_time_of_db_timeout_and_the_message_says_so(place: Path) -> None:
    own = place.parents[1] / "endless.sql"
    own.write_text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")
    started = time.perf_counter()
    _, document = report(place, "--query", str(own), "--db-timeout", "300ms")
    assert "endless: took longer than 0.3 s: --db-timeout gives a statement more" in said(document)
    assert time.perf_counter() - started < 4


@pytest.mark.parametrize(("wal", "note"), [(False, "in rollback journal mode, not WAL: a private copy"), (True, "")])
def test_a_note_says_which_journal_mode_it_has_and_how_it_was_read(place: Path, wal: bool, note: str) -> None:  # noqa: FBT001
    script("", wal=wal)(place)
    _, document = report(place)
    notes = " ".join(document["inputs"][1]["notes"])
    assert note in notes
    assert bool(notes) is not wal


def test_reading_takes_no_longer_than_it_says(place: Path) -> None:
    own = place.parents[1] / "endless.sql"
    own.write_text(
        "-- deadline: 0.2\nWITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    )
    started = time.perf_counter()
    _, document = report(place, "--query", str(own))
    assert "endless: took longer than 0.2 s" in said(document)
    assert 0.2 <= document["timings"]["database_read_seconds"] <= time.perf_counter() - started
