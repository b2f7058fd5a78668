"""The file of earlier runs: made, migrated, pruned, and refused where it cannot be used."""

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from msgspec import structs

from llmgw_report.errors import ReportError, UsageError
from llmgw_report.history import appending, file, loading, pruning
from llmgw_report.history.runs import Entry, Figures, Reading
from llmgw_report.model.sections import Latency, Totals, TrafficRow

DAY = 86_400_000
NOW = 20_000 * DAY
MINUTE = 60_000


def entry(at_ms: int, requests: int, *failing: str, started: int | None = NOW - 40 * DAY) -> Entry:
    row = TrafficRow(group="all", requests=requests, latency=Latency())
    totals = Totals(group_by="provider", rows=(), total=row, source="metrics", basis="lifetime")
    figures = Figures(at_ms=at_ms, started_ms=started, requests=requests, good=requests - 1, bad=1)
    return Entry(
        source="s", gateway="g", verdict="pass", figures=figures, failing=failing, reading=Reading(traffic=totals)
    )


def lookup(at_ms: int = NOW, window_ms: int = 60 * MINUTE, *burn: int) -> loading.Lookup:
    return loading.Lookup(source="s", at_ms=at_ms, window_ms=window_ms, trend_ms=12 * 60 * MINUTE, burn_windows=burn)


@pytest.fixture
def path(tmp_path: Path) -> str:
    name = str(tmp_path / "history.db")
    file.prepare(name)
    return name


def add(path: str, *minutes: int) -> None:
    for minute in minutes:
        appending.append(path, entry(NOW + minute * MINUTE, 10_000 + 10 * minute), max(NOW, NOW + minute * MINUTE))


def query(path: str, text: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(text).fetchall()


def test_it_is_for_its_owner_alone_and_made_once(path: str) -> None:
    assert Path(path).stat().st_mode & 0o777 == 0o600
    add(path, -5)
    file.prepare(path)
    assert loading.load(path, lookup()).count == 1
    assert query(path, "PRAGMA user_version") == [(file.VERSION,)]


@pytest.mark.parametrize(
    ("minutes", "base"),
    [
        ((-5,), -5),
        ((-200, -120, -61, -30, -5), -61),
        ((-200, -120, -59, -5), -120 + 61),  # cron does not begin to the second: an hour ago is an hour ago
        ((-200, -120, -58, -5), -120),
        ((-30, -5), -30),
    ],
)
def test_the_youngest_run_that_is_a_window_old_else_the_oldest(path: str, minutes: tuple[int, ...], base: int) -> None:
    add(path, *minutes)
    found = loading.load(path, lookup())
    assert (found.runs[0].at_ms - NOW) // MINUTE == base
    assert found.runs[0].id in found.readings
    assert found.runs[-1].id in found.readings


def test_a_budget_counts_steps_from_the_run_that_is_old_enough(path: str) -> None:
    add(path, -120, -61, -30, -5)
    found = loading.load(path, lookup(NOW, 60 * MINUTE, 3600, 86_400, 300))
    assert {length: (one.good, one.bad) for length, one in found.counted.items()} == {
        3600: (560, 0),
        86_400: (1150, 0),
        300: (0, 0),
    }
    assert [one.counted_ms // MINUTE for one in found.counted.values()] == [56, 115, 0]


def test_runs_that_end_in_another_order_count_nothing_twice(path: str) -> None:
    add(path, -60, -10, -30, -20)
    counted = query(path, "SELECT at_ms, more_requests FROM run ORDER BY at_ms")
    assert [n for _, n in counted] == [None, 300, 100, 100]


def test_how_long_a_finding_has_not_passed(path: str) -> None:
    for minute, failing in ((-20, ("a",)), (-15, ("a", "b")), (-10, ("a",)), (-5, ("a", "b"))):
        appending.append(path, entry(NOW + minute * MINUTE, 100, *failing), NOW)
    last = loading.load(path, lookup()).newest[-1]
    assert last.failing == {"a": (NOW - 20 * MINUTE, 4), "b": (NOW - 5 * MINUTE, 1)}


def test_too_old_and_too_much_is_deleted_in_steps(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "STEP_RUNS", 3)
    for day in (40, 39, 38, 37, 36, 2, 1):
        appending.append(path, entry(NOW - day * DAY, 100), NOW - day * DAY)
    add(path, 0, 1, 2)
    ages = query(path, "SELECT at_ms FROM run ORDER BY at_ms")
    assert ages == [(NOW - 2 * DAY,), (NOW - DAY,), (NOW,), (NOW + MINUTE,), (NOW + 2 * MINUTE,)]
    monkeypatch.setattr(pruning, "KEPT_BYTES", 1)
    add(path, 3)
    assert query(path, "SELECT (SELECT count(*) FROM run) - (SELECT count(*) FROM reading)") == [(1,)]


def test_what_is_deleted_is_given_back_in_steps(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "STEP_PAGES", 40)
    monkeypatch.setattr(pruning, "FREE_PAGES", 10)
    add(path, -10)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("INSERT INTO reading VALUES (99, zeroblob(400000))")
    whole = Path(path).stat().st_size
    query_and_keep(path, "DELETE FROM reading WHERE run = 99")
    sizes = []
    for minute in range(4):
        add(path, minute)
        sizes.append(Path(path).stat().st_size)
    assert whole > sizes[0] > sizes[1] > sizes[2]
    assert sizes[3] <= whole - 300_000


def query_and_keep(path: str, text: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(text)


@pytest.mark.parametrize(
    "planted",
    [
        "CREATE TRIGGER planted AFTER INSERT ON run BEGIN UPDATE run SET failing = '7'; END",
        "CREATE VIEW planted AS SELECT * FROM run",
    ],
)
def test_what_another_program_planted_is_refused(planted: str, path: str) -> None:
    add(path, -5)
    query_and_keep(path, planted)
    with pytest.raises(UsageError, match="planted, which is not of llmgw-report"):
        file.prepare(path)


def test_a_run_after_one_that_was_edited_is_an_error_and_not_a_crash(path: str) -> None:
    add(path, -5)
    query_and_keep(path, "UPDATE run SET took_ms = 'long'")
    with pytest.raises(ReportError, match="Expected") as caught:
        add(path, 0)
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("mode", [0o666, 0o640, 0o600])
def test_a_file_that_is_there_is_for_its_owner_alone_as_well(mode: int, tmp_path: Path) -> None:
    (tmp_path / "history.db").touch()
    (tmp_path / "history.db").chmod(mode)
    file.prepare(str(tmp_path / "history.db"))
    assert (tmp_path / "history.db").stat().st_mode & 0o777 == 0o600


def test_an_older_file_is_migrated_and_keeps_its_runs(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    add(path, -5)

    def more(tables: object) -> None:
        tables.table("run").add_column("note", str)  # type: ignore[attr-defined]

    monkeypatch.setattr(file, "MIGRATIONS", (*file.MIGRATIONS, more))
    monkeypatch.setattr(file, "VERSION", len(file.MIGRATIONS))
    file.prepare(path)
    assert query(path, "SELECT count(*), count(note) FROM run") == [(1, 0)]
    assert query(path, "PRAGMA user_version") == [(file.VERSION,)]


@pytest.mark.parametrize("started", [None, (-DAY, -DAY + 3000)])
def test_what_workers_that_take_turns_seemed_to_count_is_in_no_sum(started: tuple[int, int] | None, path: str) -> None:
    """Each rise from one to the other was a step until the first one answered again."""
    for place in range(8):
        worker = place % 2
        one = entry(NOW - (60 - 5 * place) * MINUTE, (1000, 90_000)[worker] + 100 * place)
        start = started and NOW + started[worker]
        figures = structs.replace(one.figures, started_ms=start)
        appending.append(path, structs.replace(one, figures=figures), NOW)
    alone = entry(NOW - 20 * MINUTE, 2000)
    figures = structs.replace(alone.figures, started_ms=started and NOW + started[0])
    appending.append(path, structs.replace(alone, figures=figures), NOW)
    last = structs.replace(
        figures, at_ms=NOW - 15 * MINUTE, requests=2100, success=2100, good=figures.good and figures.good + 100
    )
    appending.append(path, structs.replace(alone, figures=last), NOW)
    found = loading.load(path, lookup(NOW, 60 * MINUTE, 3600)).counted[3600]
    assert (found.good, found.bad, found.counted_ms) == (100, 0, 5 * MINUTE)


def test_what_a_run_without_a_window_counted_is_in_no_sum(path: str) -> None:
    add(path, -15, -10)
    appending.append(path, structs.replace(entry(NOW - 5 * MINUTE, 10_100), doubtful=True), NOW)
    found = loading.load(path, lookup(NOW, 60 * MINUTE, 3600)).counted[3600]
    assert (found.good, found.counted_ms) == (50, 5 * MINUTE)


VERSION_1 = """
CREATE TABLE run (id INTEGER PRIMARY KEY, source TEXT NOT NULL, gateway TEXT NOT NULL, at_ms INTEGER NOT NULL,
  started_ms INTEGER, requests INTEGER, success INTEGER, good INTEGER, bad INTEGER, more_requests INTEGER,
  more_good INTEGER, more_bad INTEGER, dated_ahead INTEGER NOT NULL, verdict TEXT, failing TEXT, log_rows INTEGER,
  hidden_rows INTEGER);
CREATE INDEX run_by_time ON run (source, at_ms);
CREATE INDEX run_by_gateway ON run (source, gateway, dated_ahead, at_ms, more_good, more_bad);
CREATE TABLE reading (run INTEGER PRIMARY KEY, body BLOB);
CREATE TABLE pattern (gateway TEXT, digest TEXT, first_ms INTEGER, seen_ms INTEGER, PRIMARY KEY (gateway, digest));
INSERT INTO run (id, source, gateway, at_ms, requests, good, bad, dated_ahead, verdict)
  VALUES (3, 's', 'g', {at}, 100, 99, 1, 0, 'pass'), (4, 's', 'g', {at} + 1, 200, 199, 1, 1, 'pass');
INSERT INTO reading SELECT 3, body FROM kept.reading;
PRAGMA application_id = {application};
PRAGMA user_version = 1;
"""


def test_a_file_of_the_first_version_is_brought_up_to_date(path: str, tmp_path: Path) -> None:
    add(path, -5)
    older = str(tmp_path / "older.db")
    with closing(sqlite3.connect(older)) as database:
        database.execute("ATTACH ? AS kept", (path,))
        database.executescript(VERSION_1.format(at=NOW - 90 * MINUTE, application=file.APPLICATION_ID))
    file.prepare(older)
    assert query(older, "PRAGMA user_version") == [(file.VERSION,)]
    assert query(older, "PRAGMA auto_vacuum") == [(2,)]
    assert query(older, "SELECT count(*) FROM run") == [(2,)]
    found = loading.load(older, lookup())
    assert [(one.id, one.requests) for one in found.runs] == [(3, 100)]
    add(older, 0)
    assert query(older, "SELECT more_requests FROM run WHERE id = 5") == [(9900,)]


def opened(path: str) -> None:
    file.prepare(path)
    loading.load(path, lookup())


def test_a_pattern_is_known_once_a_window_has_passed(path: str) -> None:
    for minute, seen in ((-120, ("old",)), (-20, ("old", "new"))):
        one = structs.replace(entry(NOW + minute * MINUTE, 100), patterns=seen, log_rows=50)
        appending.append(path, one, NOW)
    found = loading.load(path, lookup()).errors
    assert found
    assert (set(found.digests), found.rows) == ({"old"}, 50)
    later = loading.load(path, lookup(NOW + 60 * MINUTE)).errors
    assert later
    assert later.digests == {"old", "new"}


def damaged(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + bytes(place * 37 % 256 for place in range(len(whole) - 4096)))


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 9")


def foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE calls (time_ms)")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (damaged, "malformed"),
        (newer, "newer version"),
        (foreign, "not a history"),
        (folder, "directory"),
        (pipe, "regular file"),
        (lambda path: path.write_text("text"), "not a history"),
        (lambda path: path.write_bytes(path.read_bytes()[:5000]), "malformed"),
    ],
)
def test_what_cannot_be_used_is_refused_before_anything_is_read(path: str, harm: object, words: str) -> None:
    add(path, -5)
    harm(Path(path))  # type: ignore[operator]
    with pytest.raises(UsageError) as caught:
        opened(path)
    assert words in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE reading SET body = 'text'",
        "UPDATE reading SET body = x'00'",
        "UPDATE run SET requests = 'many'",
        "UPDATE run SET failing = '[1'",
        "DROP TABLE reading",
    ],
)
def test_what_was_edited_so_that_it_cannot_be_read_is_refused(edit: str, path: str) -> None:
    add(path, -5)
    with closing(sqlite3.connect(path)) as database:
        database.executescript(edit)
    with pytest.raises(UsageError, match=r"damaged|no such table"):
        opened(path)


def test_a_link_may_lead_to_a_file_that_is_not_there_yet(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "kept.db")
    file.prepare(str(tmp_path / "link.db"))
    assert (tmp_path / "kept.db").stat().st_mode & 0o777 == 0o600
    add(str(tmp_path / "link.db"), -5)
    assert loading.load(str(tmp_path / "kept.db"), lookup()).count == 1


@pytest.mark.parametrize(("name", "words"), [("nowhere/h.db", "folder is not there"), ("-", "a file that stays")])
def test_a_place_where_there_can_be_no_file(name: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=words):
        file.prepare(name if name == "-" else str(tmp_path / name))


def test_a_foreign_database_is_not_touched(path: str) -> None:
    foreign(Path(path))
    before = Path(path).read_bytes()
    with pytest.raises(UsageError):
        file.prepare(path)
    assert Path(path).read_bytes() == before
    assert [one.name for one in Path(path).parent.iterdir()] == ["history.db"]


def test_a_file_that_is_read_only_is_refused(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    with pytest.raises(UsageError, match="read-only"):
        file.prepare(path)


def test_a_lock_and_a_full_disk_at_the_end_are_errors_and_lose_nothing(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(path, -5)
    monkeypatch.setattr(file, "LOCK_SECONDS", 0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ReportError, match="locked") as caught:
            add(path, 0)
        with pytest.raises(UsageError, match="locked"):
            file.prepare(path)
    assert caught.value.exit_code == 4
    pages = query(path, "PRAGMA page_count")[0][0]
    real = file.connect

    def full(name: str) -> sqlite3.Connection:
        database = real(name)
        database.execute(f"PRAGMA max_page_count = {pages}")
        return database

    monkeypatch.setattr(appending, "connect", full)
    with pytest.raises(ReportError, match="full"):
        add(path, *range(200))
    monkeypatch.undo()
    assert query(path, "PRAGMA integrity_check") == [("ok",)]
    assert loading.load(path, lookup()).count >= 1


def test_many_at_once_lose_no_run(tmp_path: Path) -> None:
    path = str(tmp_path / "new.db")

    def work(place: int) -> None:
        file.prepare(path)
        loading.load(path, lookup())
        add(path, -place)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(24)))
    assert loading.load(path, lookup()).count == 24
    steps = query(path, "SELECT sum(more_requests), max(requests) - min(requests) FROM run")
    assert steps[0][0] == steps[0][1]


KILLED = """
import os, sys
from llmgw_report.history import appending, file
from tests.history.test_file import NOW, entry
path, after = sys.argv[1], int(sys.argv[2])
seen = 0
def trace(text):
    global seen
    seen += 1
    if seen > after:
        os.kill(os.getpid(), 9)
real = file.connect
def traced(name):
    database = real(name)
    database.set_trace_callback(trace)
    return database
file.connect = appending.connect = traced
file.prepare(path)
appending.append(path, entry(NOW, 100), NOW)
"""


@pytest.mark.parametrize("statement", range(0, 30, 3))
def test_a_run_that_is_killed_at_any_statement_leaves_a_file_that_can_be_used(statement: int, tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    subprocess.run([sys.executable, "-c", KILLED, path, str(statement)], check=False, cwd=Path(__file__).parents[2])
    file.prepare(str(path))
    add(str(path), 1)
    assert query(str(path), "PRAGMA integrity_check") == [("ok",)]
    assert loading.load(str(path), lookup(NOW + 2 * MINUTE)).count in {1, 2}
