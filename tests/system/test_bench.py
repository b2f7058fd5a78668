"""`make bench` and `make bench-scale`: what a row says, what is kept of a run, and what the pages show of it."""

import json
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.process import needs
from tools.bench import __main__ as program
from tools.bench import (
    evidence,
    fleet,
    parsing,
    relation,
    replicas,
    requests_table,
    saved,
    scale,
    scrape,
    server,
    small,
    sql,
    startup,
    suite,
)
from tools.bench.history import history
from tools.bench.measure import Command, Sample, Samples, Spread, interleave
from tools.bench.place import Place, install
from tools.bench.row import BARE, HEAD, Row, against_bare, seconds, spread
from tools.bench.saved import Measured
from tools.bench.vocabulary import DAY_MS, END_MS
from tools.release.running import git
from tools.scale import axes, chart, curve
from tools.scale.axes import AXES
from tools.scale.curve import Point

MEASURED = [
    spread("a / b", Spread(6.82, 6.63, 7.04), "x", 5, n=21),
    Row("memory", 31.1, "MiB", 32, n=15),
    spread("c / d", Spread(12.4, 12.0, 13.0), "x", 11, at_least=True, n=5),
    Row("e", None, "s", 3, note="not installed: prometheus"),
    Row("for information", 1.0, "x"),
    spread("g / h", Spread(0.96, 0.74, 1.06), "x", 0.75),
    spread("i / j", Spread(1.03, 0.94, 1.1), "x", 1.1),
    Row("k", None, "x"),
]


def test_the_rows_of_small_gateways_are_kept_by_the_names_that_they_have(tmp_path: Path) -> None:
    place = Place(tmp_path, Path(sys.executable), Path("llmgw-report"), 0, 1)
    gateways = real, demo = small.real(place), small.demo(place)
    kept = {row.name.removesuffix(f" / {BARE}") for row in saved.load()["small"].rows if row.name.endswith(BARE)}
    assert kept >= {f"{one.name} as {name}" for one in gateways for name in one.budget.formats}
    assert (real.name, demo.name) == ("158 log rows", "demo, database built beforehand,")


def test_the_quartiles_of_what_was_measured() -> None:
    assert Spread.of([5.0]) == (5, 5, 5)
    assert Spread.of([4.0, 1.0, 2.0, 3.0, 9.0]) == (3, 2, 4)


def test_a_ratio_is_of_the_same_round() -> None:
    taken = {"ours": [(2.0, 2.0, 0), (40.0, 14.0, 0)], BARE: [(1.0, 1.0, 0), (10.0, 2.0, 0)]}
    samples = Samples({name: [Sample(*one) for one in its] for name, its in taken.items()})
    assert samples.ratio("ours", BARE) == (3, 2.5, 3.5)
    row = seconds("a run", samples, "ours", 20, 2)
    assert (row.shown, row.limit, row.met) == ("21.0 s (11.5 to 30.5)", "≤ 20 s", "NO")
    assert row.note == f"3x {BARE}, 4x of CPU"
    assert against_bare("a run", samples, "ours", 5, 2).note == "4.5x of CPU"


def test_what_is_added_is_of_cpu_time_and_of_the_same_round() -> None:
    """Another program on the machine makes a round longer on the clock."""
    taken = {
        "with": [(9.0, 3.0, 0), (2.0, 5.0, 0)],
        "without": [(1.0, 1.0, 0), (2.0, 3.4, 0)],
        BARE: [(1.0, 0.5, 0)] * 2,
    }
    samples = Samples({name: [Sample(*one) for one in its] for name, its in taken.items()})
    assert samples.cpu_added("with", "without", BARE) == pytest.approx((3.6, 3.4, 3.8))
    assert samples.cpu_added("with", "without", BARE, 2).median == pytest.approx(1.8)


@pytest.mark.parametrize(("command", "code"), [("--help", 0), ("--version", 0), ("--no-such-option", 2)])
def test_a_page_is_measured_if_it_ends_as_it_should(tmp_path: Path, command: str, code: int) -> None:
    assert startup.HELP[command] == code
    accept = {command: (code,)}
    ending: Command = ["/bin/sh", "-c", f"exit {2 - code}"]
    with pytest.raises(SystemExit, match=f"exit {2 - code}"):
        interleave({command: ending}, 1, folder=tmp_path, accept=accept)
    assert interleave({command: ["/bin/sh", "-c", f"exit {code}"]}, 1, folder=tmp_path, accept=accept).taken


def test_a_row_says_whether_its_budget_is_met() -> None:
    assert [row.met for row in MEASURED] == ["NO", "yes", "yes", "-", "-", "NO", "yes", "-"]
    assert [row.name for row in MEASURED if row.undecided] == ["g / h", "i / j"]
    assert MEASURED[5].line().endswith("  NO      within the spread")
    assert MEASURED[0].line().split() == ["a", "/", "b", "6.82x", "(6.63", "to", "7.04)", "≤", "5x", "NO", "21"]


@pytest.mark.parametrize(
    ("figure", "budget", "shown"),
    [
        (60.04, 60, "60.04 MiB"),
        (59.96, 60, "59.96 MiB"),
        (1.4961, 1.5, "1.496 MiB"),
        (180.003, 180, "180.003 MiB"),
        (0.004, 0, "0.004 MiB"),
        (0, 0, "0.00 MiB"),
        (60, 60, "60.0 MiB"),
        (60.06, 60, "60.1 MiB"),
        (60.04, None, "60.0 MiB"),
    ],
)
def test_a_figure_that_is_not_its_budget_does_not_look_like_it(figure: float, budget: float | None, shown: str) -> None:
    assert Row("a", figure, "MiB", budget).shown == shown


def test_only_data_that_is_made_so_large_has_its_size_above_it() -> None:
    assert program.head(["nothing", "small"], 1_000) == HEAD
    assert program.head(["nothing", "large"], 1_000) == f"1,000 log rows\n\n{HEAD}"


def test_what_is_kept_is_what_was_measured_and_the_parts_before(tmp_path: Path) -> None:
    file = tmp_path / "measured.json"
    large, small = Measured(MEASURED[:2], "0123456789", "2026-01-31"), Measured(MEASURED[2:])
    saved.keep({"large": large}, ["small", "large"], file)
    saved.keep({"small": small}, ["small", "large"], file)
    assert saved.load(file) == {"small": small, "large": large}
    assert list(saved.load(file)) == ["small", "large"]
    saved.keep({"large": (again := Measured(MEASURED[:1], "abcdefabcd", "2026-02-28"))}, ["small", "large"], file)
    assert saved.load(file) == {"small": small, "large": again}


def test_the_table_says_what_misses_its_budget() -> None:
    lines = saved.table({"part": Measured(MEASURED)}).splitlines()[2:]
    assert lines == [
        "| a / b | 6.82x (6.63 to 7.04) | ≤ 5x | **missed** |",
        "| memory | 31.1 MiB | ≤ 32 MiB | yes |",
        "| c / d | 12.4x (12.0 to 13.0) | ≥ 11x | yes |",
        "| e | not measured, not installed: prometheus | ≤ 3 s | – |",
        "| g / h | 0.96x (0.74 to 1.06) | ≤ 0.75x | **missed**, within the spread |",
        "| i / j | 1.03x (0.94 to 1.10) | ≤ 1.1x | yes, within the spread |",
        "| k | not measured |  | – |",
        "",
        "Of 7 rows, 3 are met, 2 missed, 2 not measured. The median decides; 2 are within the spread: the budget",
        "lies between the quartiles, and another run may decide otherwise.",
        "",
        "| parts | measured at commit | on |",
        "| --- | --- | --- |",
        "| part | unknown | unknown |",
    ]


def test_the_table_says_at_which_commit_and_when_each_part_was_measured() -> None:
    rows = MEASURED[:1]
    parts = {
        "a": Measured(rows, "0123456789", "2026-01-31"),
        "b": Measured(rows, "0123456789 with changes", "2026-01-31"),
        "never": Measured([Row("l", None, "s", 3)]),
        "before": Measured(rows),
        "c": Measured(rows, "0123456789", "2026-01-31"),
    }
    assert saved.table(parts).splitlines()[-3:] == [
        "| a, c | 0123456789 | 2026-01-31 |",
        "| b | 0123456789 with changes | 2026-01-31 |",
        "| before | unknown | unknown |",
    ]


def test_a_sentence_has_the_figures_of_the_rows_that_it_names() -> None:
    parts = {"part": Measured(MEASURED)}
    found = saved.said("As a is 6.8 of b, it takes {a /\nb} as long, {memory} and {e}.", parts)
    assert found == "As a is 6.8 of b, it takes 6.82x (6.63 to 7.04) as long, 31.1 MiB and not measured."
    with pytest.raises(KeyError):
        saved.said("It takes {what nobody measures}.", parts)


def test_each_client_of_the_scrape_has_as_many_series_as_the_page_says() -> None:
    lines = list(scrape.exposition(10_000))
    counted = Counter(re.findall(r'api_key="(.*?)"', "".join(lines)))
    assert set(counted.values()) == {scrape.SERIES_PER_CLIENT}
    assert len(counted) == 10_000 // scrape.SERIES_PER_CLIENT


def test_what_is_measured_is_a_commit_or_more(tmp_path: Path) -> None:
    assert saved.present_commit(tmp_path) is None
    git(tmp_path, "init", "--quiet")
    (tmp_path / "module.py").touch()
    (kept := tmp_path / "tools" / "bench" / saved.FILE.name).parent.mkdir(parents=True)
    kept.touch()
    (tmp_path / "docs").mkdir()
    for name in ("user.name", "user.email"):
        git(tmp_path, "config", name, "somebody")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "all")
    commit = git(tmp_path, "rev-parse", "--short=10", "HEAD")
    kept.write_text("figures that were just kept")
    (tmp_path / "docs" / "history.md").write_text("and a page that shows them")
    assert saved.present_commit(tmp_path) == commit
    (tmp_path / "module.py").write_text("more")
    assert saved.present_commit(tmp_path) == f"{commit} with changes"


def test_every_part_is_in_the_table_measured_or_not() -> None:
    """One that was never measured is there by hand: its rows and budgets, with no figure."""
    kept = saved.load()
    assert list(kept) == sorted({*program.MEASURED, *program.NAMED}, key=[*program.MEASURED, *program.NAMED].index)
    assert all(measured.rows for measured in kept.values())
    lines = saved.table().splitlines()
    for measured in kept.values():
        for row in measured.rows:
            assert row.budget is None or any(line.startswith(f"| {row.name} | ") for line in lines), row


def test_a_quick_look_is_not_kept(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("BENCH_ROWS", "100000")
    with pytest.raises(SystemExit) as ended:
        program.main(["--save"])
    assert (ended.value.code, "BENCH_ROWS" in capsys.readouterr().err) == (2, True)


def test_tables_and_fleets_are_as_large_as_they_are_asked_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests_table.write(str(tmp_path / "a.db"), 400, 1, 1, (25, 3))
    with closing(sqlite3.connect(tmp_path / "a.db")) as database:
        asked = "SELECT count(*), count(DISTINCT model), count(DISTINCT api_key_name) FROM requests"
        assert database.execute(asked).fetchone() == (400, 25, 3)
        asked = "SELECT count(*), count(DISTINCT error_type), sum(total_tokens) FROM requests WHERE error_type <> ''"
        found, types, tokens = database.execute(asked).fetchone()
        assert (0 < found < 20, types > 1, tokens) == (True, True, 0)
    lines = list(fleet.exposition(axes.SERIES_OF_A_TARGET * 3, 3))
    assert sum(line.startswith("up{") for line in lines) == 3 * fleet.SCRAPES
    assert len(lines) == axes.SERIES_OF_A_TARGET * 3 * fleet.SCRAPES + len(["# EOF"])
    monkeypatch.setattr(fleet, "_TIMES", [0])
    assert len(list(fleet.exposition(server.SERIES))) == server.SERIES + len(["# EOF"])


OK, UNREAD = ("ok", None), ("unavailable", "too many groups")
WINDOW = {"total": {"requests": 1}, "lifetime": None}
LIFETIME = {"total": None, "lifetime": {"total": {"requests": 1}}}
NOTHING = {"total": {"requests": 0}, "lifetime": {"total": {"requests": None}}}
FAILED = {"name": "traffic", "reason": "took longer than 5 s"}


@pytest.mark.parametrize(
    ("inputs", "failed", "traffic", "lacking"),
    [
        ([OK, ("skipped", "switched off")], [], WINDOW, ""),
        ([OK], [], LIFETIME, ""),
        ([OK, UNREAD], [], WINDOW, "too many groups"),
        ([OK], [FAILED], WINDOW, "the query traffic failed: took longer than 5 s"),
        ([OK], [], NOTHING, "no request was counted"),
        ([OK], [], None, "no request was counted"),
    ],
)
def test_a_report_that_is_not_of_all_its_data_says_why(
    inputs: list[tuple[str, str | None]], failed: list[dict[str, str]], traffic: object, lacking: str
) -> None:
    read = [{"status": status, "reason": reason} for status, reason in inputs]
    document = {"inputs": read, "sections": {"failed_queries": failed, "traffic": traffic}}
    assert evidence.lacking(json.dumps(document)) == lacking


def measured_without(what: str, place: Place) -> Iterator[Row]:
    """A part of the benchmark whose data is not there, or holds no requests."""
    real, empty, gone = small.real(place), place.folder / "empty.db", place.folder / "gone"
    requests_table.write(str(empty), 0, 1)
    requests_table.write(str(rows := place.folder / "rows.db"), 50, 0.1)
    yield from {
        "files": lambda: startup.from_files(place, real._replace(scrape=gone)),
        "database": lambda: startup.from_files(place, real._replace(database=gone)),
        "scrape with a history": lambda: history(place, real._replace(scrape=gone)),
        "large table": lambda: scale.whole(place, real.scrape, gone, sql.write(place.folder / "sql", real.database)),
        "one of ten files": lambda: replicas.against_one(place, rows, [rows, gone]),
        "fleet": lambda: replicas.fleet(place, [gone]),
        "rows": lambda: replicas.fleet(place, [empty]),
    }[what]()


@pytest.mark.parametrize(
    "what", ["files", "database", "scrape with a history", "large table", "one of ten files", "fleet", "rows"]
)
def test_nothing_is_measured_without_data(tmp_path: Path, what: str) -> None:
    place = Place(tmp_path, Path(sys.executable), Path(sys.executable).with_name("llmgw-report"), 1, 0)
    with pytest.raises(SystemExit, match="nothing to measure: "):
        list(measured_without(what, place))


def test_what_is_measured_has_data(tmp_path: Path) -> None:
    place = Place(tmp_path, Path(sys.executable), Path(sys.executable).with_name("llmgw-report"), 1, 0)
    requests_table.write(str(tmp_path / "rows.db"), 50, 0.1)
    found = replicas.fleet(place, [tmp_path / "rows.db"])
    assert [row.name for row in found] == ["1 files of 1 rows, 1 h", "1 files of 1 rows, 1 h, peak memory"]


def asking(file: Path) -> Command:
    parameters = json.dumps(sql.parameters(END_MS))
    return [sys.executable, relation.READ, "llm-gateway-requests", file, parameters]


def test_queries_that_count_no_request_of_the_window_are_not_measured(tmp_path: Path) -> None:
    requests_table.write(str(file := tmp_path / "rows.db"), 50, 0.1)
    assert evidence.answered(asking(file), tmp_path) == asking(file)
    with closing(sqlite3.connect(file)) as database:
        database.execute("UPDATE requests SET timestamp = timestamp - ?", (DAY_MS,))
        database.commit()
    with pytest.raises(SystemExit, match="nothing to measure: no request was counted"):
        evidence.answered(asking(file), tmp_path)


def test_derived_queries_and_those_by_hand_say_the_same_of_requests_that_failed_too(tmp_path: Path) -> None:
    requests_table.write(str(file := tmp_path / "rows.db"), 1_000, 0.04)
    derived, hand = (evidence.rows(command, tmp_path) for command in (asking(file), [*asking(file), *BY_HAND]))
    relation.agree(derived, hand)
    assert {row["outcome"] for row in derived["outcomes"]} == {"success", "unknown"}
    with pytest.raises(SystemExit, match="do not say the same: no query"):
        relation.agree(derived, {})
    for name in derived.keys() & hand.keys():
        with pytest.raises(SystemExit, match=f"do not say the same: {name}"):
            relation.agree(derived, {**hand, name: hand[name][1:]})
    first, *others = hand["traffic"]
    with pytest.raises(SystemExit, match="do not say the same: traffic"):
        relation.agree(
            derived, {**hand, "traffic": [{**first, "mean_seconds": 1.0001 * first["mean_seconds"]}, *others]}
        )


BY_HAND = ("--hand", relation.HAND)


@pytest.mark.parametrize("broken", ["nothing", "scrape", "statement", "database"])
def test_the_pipeline_of_the_shell_fails_whatever_part_of_it_does(tmp_path: Path, broken: str) -> None:
    needs("curl", "jq", "sqlite3")
    (scrape := tmp_path / "scrape.prom").write_text("llm_requests_total 1\n")
    requests_table.write(str(database := tmp_path / "rows.db"), 10, 0.1)
    (folder := tmp_path / "sql").mkdir()
    (folder / "parameters").write_text(".parameter set :top 5\n")
    counting = "SELECT count(*) AS n FROM requests;\n"
    (folder / "a.sql").write_text(counting.replace("requests", "gone") if broken == "statement" else counting)
    (folder / "b.sql").write_text(counting)
    address = scrape.with_name("gone") if broken == "scrape" else scrape
    asked = database.with_name("gone.db") if broken == "database" else database
    done = subprocess.run(
        [scale.PIPELINE / "report.sh", address.as_uri(), asked, folder], capture_output=True, text=True, check=False
    )
    assert (done.returncode == 0, "| 10 |" in done.stdout) == (broken == "nothing", broken == "nothing"), done


def test_a_shell_that_fails_ends_the_benchmark(tmp_path: Path) -> None:
    """A report may end with 1, and the shell with 1 as well when its statement is wrong."""
    failing: Command = ["/bin/sh", "-c", "exit 1"]
    assert interleave({"ours": failing}, 1, folder=tmp_path, accept=scale.ACCEPT).taken
    with pytest.raises(SystemExit, match="exit 1"):
        interleave({"tuned": failing}, 1, folder=tmp_path, accept=scale.ACCEPT)


def test_what_pytest_counts_at_the_end() -> None:
    text = "....\n1 failed, 4321 passed, 5 skipped, 2 warnings, 1 error in 170.21s (0:02:50)\n"
    assert suite.counted(text) == {"passed": 4321, "failed": 1, "skipped": 5, "error": 1}
    assert suite.counted("make: *** [Makefile:1: test] Error 2\n") == suite.counted("") == {}


def test_a_suite_that_ends_otherwise_the_second_time_misses_its_budget() -> None:
    first, second = suite.Ended(170.0, {"passed": 10, "skipped": 2}), suite.Ended(176.0, {"passed": 10, "skipped": 2})
    flaky = second._replace(counts={"passed": 9, "failed": 1, "skipped": 2})
    time, alike = suite.rows([first, second])
    assert (time.shown, time.met, time.n) == ("173 s (172 to 174)", "yes", 2)
    assert (alike.figure, alike.met, alike.note) == (0, "yes", "10 passed, 2 skipped")
    _, alike = suite.rows([first, flaky])
    assert (alike.figure, alike.met) == (1, "NO")
    assert alike.note == "10 passed, 2 skipped; 9 passed, 1 failed, 2 skipped"


def test_a_part_that_is_not_measured_is_shown_as_it_was_kept() -> None:
    for part, kept in ((name, saved.load()[name]) for name in program.NAMED):
        rows = program.kept_rows(part)
        assert [row._replace(note="") for row in rows] == [row._replace(note="") for row in kept.rows]
        assert all(f"kept, of commit {kept.commit}; make bench BENCH={part} measures it" in row.line() for row in rows)


def test_rows_of_a_scrape_have_their_spread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [tmp_path / name for name in ("few", "many", "most")]
    seconds_of = {"few": (1.0, 1.0), "many": (2.0, 3.0), "most": (11.0, 19.0)}
    taken = {name: [Sample(one, one, 0) for one in its] for name, its in seconds_of.items()}
    monkeypatch.setattr(parsing, "interleave", lambda *_, **__: Samples(taken))
    monkeypatch.setattr(parsing, "against_others", lambda *_: ())
    peaks = iter((1024, 2048, 3072, 1024))
    monkeypatch.setattr(parsing, "output", lambda *_: json.dumps({"over_base_kib": next(peaks)}))
    growth, few, most = parsing.parsing(Place(tmp_path, tmp_path, tmp_path, 1, 0.4), *files)
    assert (growth.shown, few.shown, most.shown) == (
        "0.95x (0.93 to 0.97)",
        "1.50 MiB (1.25 to 1.75)",
        "2.00 MiB (1.50 to 2.50)",
    )


def test_what_cannot_be_installed_is_an_error_with_its_cause_and_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    there = Place(tmp_path, Path(sys.executable), tmp_path, 1, 1)
    with pytest.raises(SystemExit) as ended:
        install(there, "no-such-package==1 --hash=sha256:" + "0" * 64)
    first, *_, last = str(ended.value).splitlines()
    assert first.startswith("not installed: pip ended with 1 and said: ERROR: Could not find a version")
    assert "a network is needed" in last
    assert "PIP_FIND_LINKS" in last


POINTS = [
    Point(10, 0.05, 5.0, 4.9, 5.2, 30.0, ended=""),
    Point(100, 0.4, 40.0, 38, 41, 34.5, ended="took longer than 5 s"),
]


def test_a_curve_shows_what_ten_times_as_much_costs() -> None:
    assert curve.table("rows", {"rows": POINTS}).splitlines()[2:] == [
        "| 10 | 0.05 | 5 (5 to 5) |  | 30.0 MiB |  |",
        "| 100 | 0.40, ended: took longer than 5 s | 40 (38 to 41) | 8.0 | 34.5 MiB | +4.5 MiB |",
    ]


def test_the_page_has_every_size_of_the_last_whole_run() -> None:
    found = curve.load()
    assert {name: tuple(point.size for point in points) for name, points in found.items()} == {
        name: axis.sizes for name, axis in AXES.items()
    }
    assert chart.FILE.read_text("utf-8") == chart.picture(found)
