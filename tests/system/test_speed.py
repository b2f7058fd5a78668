"""`make speed`: more instructions or more modules than are stored are exit 1, whatever else runs on the machine."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.process import CHECKOUT, FILE, HEALTHY, call, needs
from tools.bench import place
from tools.bench.evidence import REPORTED, proven
from tools.bench.measure import Command, output
from tools.speed import __main__ as program
from tools.speed import counting, stored
from tools.speed.cases import (
    FIGURES,
    JUDGING,
    PAGES,
    PARTS,
    TIMES,
    WHOLE,
    Case,
    Figure,
    Run,
    again,
    more,
    part,
    repeated,
    shown,
    whole,
)
from tools.speed.cases import REPORTS as COUNTED
from tools.speed.counting import Count, Lost
from tools.speed.stored import Build, Change, Stored
from tools.temporary import temporary

RUN = "version"
VERSION = "{}.{}".format(*sys.version_info)
STORE = "make speed SPEED=--store"
STORED = Count(instructions=10.0, modules=200)


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """The package beside the dependencies of this one, and nothing to build or to download."""
    venv.create(folder := tmp_path / "venv")
    site = package(folder).parent
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    shutil.copytree(CHECKOUT / "llmgw_report", package(folder), ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "bin" / "llmgw-report").write_text("from llmgw_report.__main__ import run\n\nrun()\n")
    return folder


def package(environment: Path) -> Path:
    (site,) = environment.glob("lib/python*/site-packages")
    return site / "llmgw_report"


def speed(environment: Path, *arguments: str) -> tuple[int, str]:
    """The tool as a process; what is imported is compiled before, as a wheel's modules are."""
    subprocess.run([sys.executable, "-m", "compileall", "-q", package(environment)], check=True)
    given = ("--environment", environment, "--figures", environment / "figures.json", RUN, *arguments)
    command = [sys.executable, "-m", "tools.speed", *map(str, given)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """The tool where this Python takes so many instructions to start and has so much in a run, beside such figures."""

    def judged(bare: int, count: Count, figures: list[Build], *arguments: str) -> tuple[int, str]:
        file = tmp_path / "figures.json"
        for build in figures:
            stored.keep(file, VERSION, build.bare, build.counts)

        def instructions(command: Sequence[str | Path], _folder: Path) -> int:
            return bare if "-c" in command else round(bare * count.instructions)

        monkeypatch.setattr(counting, "missing", lambda: False)
        monkeypatch.setattr(counting, "instructions", instructions)
        monkeypatch.setattr(counting, "modules", lambda *_: count.modules)
        given = ("--environment", sys.prefix, "--figures", str(file), RUN, *arguments)
        return program.main(list(given)), capsys.readouterr().out

    return judged


def test_a_fifth_more_instructions_or_modules_is_an_error(environment: Path) -> None:
    needs("valgrind")
    code, said = speed(environment, "--store")
    assert code == 0, said
    ((build,),) = json.loads((environment / "figures.json").read_text()).values()
    bare, count = build["pass"], build["runs"][RUN]

    start = package(environment) / "__init__.py"
    healthy = start.read_text()
    # Of the machine's own interpreter, whose compiler may have optimised a loop better or worse.
    hundred_thousand = (
        counting.instructions([environment / "bin" / "python", "-c", "sum(range(10**5))"], environment) - bare
    )
    fifth = round(0.2 * bare * count["instructions"] / hundred_thousand * 10**5)
    start.write_text(f"{healthy}\nsum(range({fifth}))\n")
    code, said = speed(environment)
    assert (code, "MORE" in said) == (1, True), said
    assert re.search(r" \+(19|20)\.\d% +\d+ +\d+ +\+0\.0%  MORE", said), said

    added = [f"added_{number}" for number in range(count["modules"] // 5)]
    for name in added:
        start.with_name(f"{name}.py").touch()
    start.write_text(healthy + "".join(f"\nfrom llmgw_report import {name}" for name in added))
    code, said = speed(environment)
    assert (code, "MORE" in said) == (1, True), said
    assert re.search(r" \+(19|20)\.\d%  MORE", said), said


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (STORED, "within"),
        (Count(11.4, 200), "within"),
        (Count(11.6, 200), "MORE"),
        (Count(10.0, 229), "within"),
        (Count(10.0, 231), "MORE"),
        (Count(8.6, 180), "within"),
        (Count(8.4, 200), "less"),
        (Count(10.0, 169), "less"),
        (Count(8.4, 231), "MORE"),
    ],
)
def test_what_is_too_much(found: Count, verdict: str) -> None:
    assert Change(found, Stored(*STORED)).verdict == verdict
    assert Change(found, Stored()).verdict == "not stored"


def test_a_build_is_compared_with_itself_and_its_modules_with_those_of_every_build(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    assert stored.load(file) == {}
    stored.keep(file, "3.11", 30_000_000, {"a": STORED})
    stored.keep(file, "3.11", 40_000_000, {"a": Count(8.0, 190)})
    stored.keep(file, "3.12", 35_000_000, {"a": Count(9.0, 180)})

    def known(bare: int, version: str = "3.11") -> dict[str, Stored]:
        return stored.known(stored.load(file), version, bare)

    assert known(30_100_000) == {"a": Stored(10.0, 200)}
    assert known(39_900_000) == {"a": Stored(8.0, 190)}
    assert known(35_000_000) == {"a": Stored(None, 190)}
    assert known(35_000_000, "3.99") == {"a": Stored(None, 180)}
    stored.keep(file, "3.11", 30_100_000, {"b": Count(1.0, 1)})
    assert known(30_100_000) == {"a": Stored(10.0, 200), "b": Stored(1.0, 1)}
    assert known(39_900_000) == {"a": Stored(8.0, 190)}
    assert known(35_000_000) == {"a": Stored(None, 190), "b": Stored(None, 1)}


def of_build(bare: int, count: Count) -> list[Build]:
    return [Build(bare, {RUN: count})]


OURS, OTHER = 30_000_000, 40_000_000
FRESH = of_build(OURS, STORED)


@pytest.mark.parametrize(
    ("count", "figures", "codes", "said"),
    [
        (STORED, FRESH, (0, 0), "All within 15%."),
        (Count(12.0, 200), FRESH, (1, 1), f"More than 15% above what is stored: {RUN}. If that is worth it: {STORE}"),
        (Count(7.5, 200), FRESH, (1, 1), f"More than 15% below what is stored: {RUN}. To keep it that way: {STORE}"),
        (STORED, [], (1, 1), f"NOT STORED, so nothing is compared: {RUN}. {STORE}"),
        (STORED, [Build(OURS, {})], (1, 1), f"NOT STORED, so nothing is compared: {RUN}. {STORE}"),
        (STORED, [Build(OURS, {}), *of_build(OTHER, STORED)], (1, 1), "NOT STORED, so nothing is compared:"),
        (STORED, of_build(OTHER, STORED), (0, 1), "NOT JUDGED: no instructions are stored of this build of Python"),
        (Count(90.0, 200), of_build(OTHER, STORED), (0, 1), "NOT JUDGED: no instructions are stored of this build"),
        (Count(10.0, 240), of_build(OTHER, STORED), (1, 1), f"More than 15% above what is stored: {RUN}."),
        (STORED, FRESH + of_build(OTHER, Count(20.0, 300)), (0, 1), "STALE: what is stored of the build of Python"),
        (STORED, FRESH + of_build(OTHER, Count(20.0, 210)), (0, 0), "All within 15%."),
    ],
)
def test_what_is_an_error_and_what_is_one_where_nothing_may_slip_through(
    counted: Callable[..., tuple[int, str]], count: Count, figures: list[Build], codes: tuple[int, int], said: str
) -> None:
    for arguments, expected in zip(([], ["--strict"]), codes, strict=True):
        ended, text = counted(OURS, count, figures, *arguments)
        assert (ended, said in text) == (expected, True), text
        assert ("All within" in text) == (codes == (0, 0)), text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"3.11": [{}]}',
        '{"3.11": [{"pass": NaN, "runs": {}}]}',
        '{"3.11": [{"pass": 1e300, "runs": {}}]}',
        '{"3.11": [{"pass": 0, "runs": {}}]}',
        '{"3.11": [{"pass": 30000000, "runs": {"version": {"instructions": NaN, "modules": 200}}}]}',
        '{"3.11": [{"pass": 30000000, "runs": {"version": {"instructions": 1e300, "modules": 200}}}]}',
        '{"3.11": [{"pass": 30000000, "runs": {"version": {"instructions": -10.0, "modules": 200}}}]}',
        '{"3.11": [{"pass": 30000000, "runs": {"version": {"instructions": 10.0, "modules": 1e300}}}]}',
        '{"3.11": [{"pass": 30000000, "runs": {"version": {"instructions": 10.0}}}]}',
    ],
)
def test_figures_that_cannot_be_right_are_an_error_before_anything_is_counted(tmp_path: Path, text: str) -> None:
    (file := tmp_path / "figures.json").write_text(text)
    for arguments in ([], ["--strict"], ["--store"]):
        with pytest.raises(SystemExit, match=r"DAMAGED: .*figures\.json compares nothing: "):
            program.main(["--figures", str(file), "--environment", str(tmp_path / "absent"), RUN, *arguments])
    assert file.read_text() == text


def test_storing_leaves_nothing_to_say_but_what_other_builds_lack(counted: Callable[..., tuple[int, str]]) -> None:
    before = of_build(OTHER, Count(20.0, 300))
    code, text = counted(OURS, STORED, before, "--store", "--strict")
    assert (code, "NOT JUDGED" in text, "Stored in" in text) == (0, False, True)
    assert "that takes 40,000,000 instructions to start" in text
    code, text = counted(OTHER, STORED, [], "--store")
    assert (code, "STALE" in text) == (0, False), text
    assert counted(OURS, STORED, [], "--strict")[0] == 0


def test_a_stale_build_of_another_version_is_listed(tmp_path: Path, counted: Callable[..., tuple[int, str]]) -> None:
    stored.keep(tmp_path / "figures.json", "3.99", OURS, {RUN: Count(10.0, 300)})
    code, text = counted(OURS, STORED, FRESH, "--strict")
    assert (code, "STALE: what is stored of the build of Python 3.99" in text) == (1, True), text


def test_continuous_integration_lets_nothing_slip_through() -> None:
    jobs = YAML(typ="safe").load(CHECKOUT / ".github" / "workflows" / "ci.yml")["jobs"]
    variables = {"PATH": os.defpath, **jobs["everything"]["env"]}
    command = ["/usr/bin/make", "--dry-run", "--assume-old", ".venv/.stamp", "speed"]
    done = subprocess.run(command, cwd=CHECKOUT, env=variables, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].split()[1:] == ["-m", "tools.speed", "--strict"]


@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="no Python beside this one")
def test_another_python_gets_an_environment_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[list[str]] = []
    monkeypatch.setattr(place, "_module", lambda *words: made.append(list(map(str, words))))
    (tmp_path / "llmgw_report.whl").touch()
    there = place.prepare(tmp_path, 0, 1, Path("/usr/bin/python3"))
    asked = "import sys; print(sys.base_prefix, sys.prefix, sep='\\n')"
    done = subprocess.run([there.python, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["/usr", str(tmp_path / "venv")]
    assert [str(there.python) in words for words in made] == [False, True, True]


def test_every_run_is_stored() -> None:
    builds = json.loads(stored.FILE.read_text("utf-8"))
    assert {version: [set(one["runs"]) for one in ones] for version, ones in builds.items()} == {
        version: [set(FIGURES)] * len(ones) for version, ones in builds.items()
    }


def installed(folder: Path) -> place.Place:
    """This environment, with the program in it."""
    return place.Place(folder, Path(sys.executable), Path(sys.executable).with_name("llmgw-report"), 0, 1)


def reported(case: Case, folder: Path) -> str:
    """The report of this run, which is of all its data, and which no time limit ends."""
    folder.mkdir()
    with ExitStack() as running:
        command = proven(case(installed(folder), running), folder)
        limits = {"--db-timeout", "--timeout"}.intersection(command)
        assert {command[command.index(option) + 1] for option in limits} <= {"1h"}
        assert len(limits) == (0 if "--rejudge" in command else 2), "a report that is evaluated again reads no source"
        return output([*command, "--format", "json"], folder, REPORTED)


#: A format changes nothing of what is read.
READ = [name for name in COUNTED if name == "demo's document as json" or "document" not in name]


@pytest.mark.parametrize("name", READ)
def test_what_is_counted_is_a_report_of_all_its_data(tmp_path: Path, name: str) -> None:
    assert reported(COUNTED[name], tmp_path / "run")


#: Each has cases that are not among the whole runs.
OF_MORE_DATA = [name for name in PARTS if " more " in name]


@pytest.mark.parametrize("name", OF_MORE_DATA)
def test_growth_is_of_what_the_report_is_of(tmp_path: Path, name: str) -> None:
    """What lies outside the window costs next to nothing, and the cost of what lies in it would be that of no run."""
    (larger,), (smaller,) = PARTS[name]
    reports = [json.loads(reported(run.case, tmp_path / str(place))) for place, run in enumerate((larger, smaller))]
    found = [report["sections"]["traffic"]["total"]["requests"] for report in reports]
    assert found[0] > 2 * found[1]


def test_old_rows_are_those_that_no_report_is_of(tmp_path: Path) -> None:
    case = PARTS["90,000 old requests"].runs[0].case
    report = json.loads(reported(case, tmp_path / "run"))
    assert 0 < report["sections"]["traffic"]["total"]["requests"] < 50


def test_what_cannot_be_read_is_not_counted(tmp_path: Path) -> None:
    gone: Command = [installed(tmp_path).command, "--no-config", "--no-db", "--metrics-file", tmp_path / "gone"]
    with pytest.raises(SystemExit, match="nothing to measure: no such file"):
        program.count(installed(tmp_path / "run"), Run(lambda *_: gone), 1, report=True)


def costing(start: int, **parts: int) -> Case:
    """A run of so many instructions: those of its start, and those of its parts, of which each run has all."""
    return lambda *_: [Path("command"), str(start), *map(str, parts.values())]


Counted = Callable[[Figure], float | Lost]


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """What is counted for a figure where runs take what they say, in times of 100 instructions."""

    def instructions(command: Sequence[str | Path], _folder: Path) -> int:
        words = [str(word) for word in command]
        times, costs = (int(words[3]), words[5:]) if str(program.AGAIN) in words else (1, words[2:])
        return int(costs[0]) + times * sum(map(int, costs[1:]))

    monkeypatch.setattr(program, "proven", lambda *_: None)
    monkeypatch.setattr(counting, "modules", lambda *_: 200)
    monkeypatch.setattr(counting, "instructions", instructions)

    def found(figure: Figure) -> float | Lost:
        monkeypatch.setitem(FIGURES, "planted", figure)
        with temporary("speed") as folder:
            ((_, count),) = program.counted(installed(folder), ["planted"], 100)
        return count if isinstance(count, Lost) else count.instructions

    return found


#: Start and parts of a run as they are: the start is most of it, and rendering and a history are least.
START, MEASURED, RENDERED, REMEMBERED, JUDGED, ROWS = 1000, 100, 90, 80, 80, 500
FIGURE_OF: dict[str, Callable[[dict[str, int]], Figure]] = {
    "rendering": lambda cost: part(
        costing(START + 300, measured=MEASURED, of_ours=cost["rendering"]), costing(START, measured=MEASURED)
    ),
    "history": lambda cost: part(
        costing(START + 60, measured=MEASURED, of_ours=cost["history"]), costing(START, measured=MEASURED)
    ),
    "rows": lambda cost: more(
        costing(START, measured=MEASURED, rows=cost["rows"]), costing(START, measured=MEASURED, rows=ROWS // 9)
    ),
    "judging": lambda cost: repeated(JUDGING, costing(START + MEASURED, of_ours=cost["judging"])),
    "a run": lambda cost: again(costing(START, measured=cost["a run"])),
}
COST = {"rendering": RENDERED, "history": REMEMBERED, "rows": ROWS, "judging": JUDGED, "a run": MEASURED}


@pytest.mark.parametrize("name", FIGURE_OF)
def test_a_fifth_more_of_a_part_is_an_error_though_the_whole_run_is_within(figures: Counted, name: str) -> None:
    """Beside the start of Python and all other parts, twice the work of one of these went unseen."""

    def told(figure: Figure) -> float:
        count = figures(figure)
        assert not isinstance(count, Lost)
        return count

    def verdicts(by: float) -> tuple[str, str]:
        costs = COST | {name: round(COST[name] * by)}
        pairs = [(FIGURE_OF[name](costs), FIGURE_OF[name](COST))]
        pairs += [(whole(now.runs[0].case), whole(then.runs[0].case)) for now, then in pairs]
        found = [Change(Count(told(now), 200), Stored(told(then), 200)).verdict for now, then in pairs]
        return found[0], found[1]

    assert verdicts(1.0) == ("within", "within")
    assert verdicts(1.2) == ("MORE", "within")
    assert verdicts(0.8) == ("less", "within")


def test_a_part_is_without_what_only_the_first_run_of_a_process_takes(figures: Counted) -> None:
    cost = costing(500, measured=100, rendered=30)
    assert figures(shown(cost, 3)) == pytest.approx(2 * 1.3)
    assert figures(whole(cost)) == 6.3
    assert figures(again(cost)) == pytest.approx((TIMES - 1) * 1.3)
    assert figures(part(cost, costing(200, measured=100))) == pytest.approx((TIMES - 1) * 0.3)
    assert figures(more(cost, costing(500, measured=10))) == pytest.approx(1.2)


def test_a_difference_that_may_be_how_counts_vary_is_no_figure(figures: Counted) -> None:
    assert figures(more(costing(1070), costing(1000))) == Lost(10.7, 10.0)
    assert figures(more(costing(1000), costing(1500))) == Lost(10.0, 15.0)


def test_a_run_on_both_sides_of_a_difference_hides_nothing_of_it(figures: Counted) -> None:
    """It was counted once, so that how counts vary does not tell them apart."""
    called = costing(1000, called=40)
    assert figures(repeated(JUDGING, called)) == pytest.approx((TIMES - 1) * 0.4)
    assert isinstance(figures(Figure((Run(called), Run(costing(1070))), (Run(called), Run(costing(1000))))), Lost)


@pytest.mark.parametrize("arguments", [[], ["--strict"], ["--store"]])
def test_a_figure_that_is_lost_is_an_error_and_all_others_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    file, names = tmp_path / "figures.json", list(PAGES)
    stored.keep(file, VERSION, OURS, dict.fromkeys(names, STORED))
    found = dict(zip(names, (STORED, Lost(56.35, 52.02), Count(12.0, 200)), strict=True))
    monkeypatch.setattr(counting, "missing", lambda: False)
    monkeypatch.setattr(counting, "instructions", lambda *_: OURS)
    monkeypatch.setattr(program, "counted", lambda *_: iter(found.items()))
    code = program.main(["--environment", sys.prefix, "--figures", str(file), *names, *arguments])
    said = capsys.readouterr().out
    verdicts = [line.split()[-1] for line in said.split("\n\n")[1].splitlines()[1:]]
    assert (code, verdicts) == (1, ["within", "LOST", "MORE"])
    assert f"LOST, so not compared: {names[1]}. What its runs take" in said
    assert (f"above what is stored: {names[2]}." in said) == ("--store" not in arguments)
    assert "All within" not in said
    kept = stored.load(file)[VERSION][0].counts
    assert kept == dict(
        zip(names, (STORED, STORED, STORED if "--store" not in arguments else found[names[2]]), strict=True)
    )


def test_a_run_that_several_figures_need_is_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Run] = []

    def counted_once(_place: place.Place, run: Run, _bare: int, *, report: bool) -> Count:
        assert report
        asked.append(run)
        return Count(10.0 * (run.times or 1), 200)

    monkeypatch.setattr(program, "count", counted_once)
    document = "demo's document"
    named = [f"{document} as json", f"{document}, without start"]
    found = dict(program.counted(installed(tmp_path), named, 100))
    assert found == {named[0]: Count(10.0, 200), named[1]: Count(10.0 * (TIMES - 1), 200)}
    assert len(asked) == len(set(asked)) == 2


def test_several_runs_in_one_process_are_that_many_whole_runs(tmp_path: Path) -> None:
    (scrape := tmp_path / "scrape.prom").write_text(HEALTHY)
    command: Command = [
        sys.executable,
        "-P",
        program.AGAIN,
        "3",
        WHOLE,
        "--no-config",
        *FILE,
        scrape,
        "--format",
        "csv",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    once = call("--no-config", *FILE, str(scrape), "--format", "csv", cwd=tmp_path)
    assert (done.returncode, done.stdout.count("\n")) == (once.returncode, 3 * once.stdout.count("\n"))
    assert done.stderr == 3 * done.stderr[: len(done.stderr) // 3]


def telling(folder: Path, function: str) -> Path:
    """What repeats a function, and is told of each call to the function itself."""
    module, _, name = function.rpartition(".")
    told = folder / "told.py"
    told.write_text(
        f"import sys; sys.path.insert(0, {str(program.AGAIN.parent)!r}); import {module} as module\n"
        f"function = module.{name}\n"
        f"def told(*given, **named): print('called', file=sys.stderr); return function(*given, **named)\n"
        f"module.{name} = told\n"
        "import again\n"
    )
    return told


def test_a_function_is_called_so_many_times_for_each_call_of_a_run(tmp_path: Path) -> None:
    (scrape := tmp_path / "scrape.prom").write_text(HEALTHY)
    arguments = ("--no-config", *FILE, str(scrape), "--format", "csv")
    command: Command = [sys.executable, "-P", telling(tmp_path, JUDGING), "3", JUDGING, *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    once = call(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (once.returncode, once.stdout)
    assert done.stderr.count("called\n") == 3


#: Every function that is repeated, with a run of it.
REPEATED = {run.of: run.case for figure in PARTS.values() for run in figure.runs if run.of != WHOLE}


@pytest.mark.parametrize("place", REPEATED)
def test_what_is_repeated_is_called_by_that_name(tmp_path: Path, place: str) -> None:
    told = telling(tmp_path, place)
    (folder := tmp_path / "run").mkdir()
    with ExitStack() as running:
        _, *arguments = REPEATED[place](installed(folder), running)
        calls = []
        for times in ("1", "3"):
            command: Command = [sys.executable, "-P", told, times, place, *arguments]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            assert done.returncode in REPORTED, done.stderr
            calls.append(done.stderr.count("called\n"))
    assert 0 < 3 * calls[0] == calls[1]


def test_a_process_that_is_started_is_counted_too(tmp_path: Path) -> None:
    needs("valgrind")
    child = ("/bin/cat", "/proc/self/maps")
    alone, nothing = counting.instructions(child, tmp_path), counting.instructions(["/bin/sh", "-c", ":"], tmp_path)
    both = counting.instructions(["/bin/sh", "-c", f"{' '.join(child)} 2>&1 >/dev/null; :"], tmp_path)
    assert both > nothing + 0.9 * alone
    assert not list(tmp_path.iterdir())


#: Its child, which has begun, is killed: the first time, or every time.
KILLING = """
import pathlib, subprocess, sys
child = subprocess.Popen(["/bin/sh", "-c", "echo; read end"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
times = pathlib.Path("times")
times.write_text(times.read_text() + "x" if times.exists() else "x")
if len(times.read_text()) <= int(sys.argv[1]):
    child.kill()
child.stdin.close()
child.wait()
"""


def test_a_run_is_counted_again_if_a_process_of_it_was_killed(tmp_path: Path) -> None:
    needs("valgrind")
    command: Command = [sys.executable, "-c", KILLING]
    assert counting.instructions([*command, "1"], tmp_path) == pytest.approx(
        counting.instructions([*command, "0"], tmp_path), rel=0.02
    )
    assert (tmp_path / "times").read_text() == "xxx"
    with pytest.raises(SystemExit, match=r"(?s)in 3 tries.*Command: /bin/sh -c .*less to do"):
        counting.instructions([*command, "100"], tmp_path)


def test_what_valgrind_says_of_its_own_failure_is_shown(tmp_path: Path) -> None:
    """It ends with 1 then, as a report may."""
    needs("valgrind")
    with pytest.raises(SystemExit, match=r"(?s)not counted every process.*Unknown option: --no-such-option"):
        counting.instructions(["--no-such-option", "/bin/true"], tmp_path)


def test_nothing_to_count_with_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", "")
    assert program.main([]) == 2
    assert "valgrind" in capsys.readouterr().err
