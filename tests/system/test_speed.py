"""`make speed`: more instructions or more modules than are stored are exit 1, whatever else runs on the machine."""

import json
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.process import CHECKOUT, needs
from tools.speed import __main__ as program
from tools.speed import counting, stored
from tools.speed.cases import CASES
from tools.speed.counting import Count
from tools.speed.stored import Change

RUN = "version"
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


def test_a_fifth_more_instructions_or_modules_is_an_error(environment: Path) -> None:
    needs("valgrind")
    code, said = speed(environment, "--store")
    assert code == 0, said
    ((build,),) = json.loads((environment / "figures.json").read_text()).values()
    bare, count = build["pass"], build["runs"][RUN]

    start = package(environment) / "__init__.py"
    healthy = start.read_text()
    # Of the machine's own interpreter, whose compiler may have optimised a loop better or worse.
    million = counting.instructions([environment / "bin" / "python", "-c", "sum(range(10**6))"], environment) - bare
    fifth = round(0.2 * bare * count["instructions"] / million * 10**6)
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
        (STORED, "same"),
        (Count(11.4, 200), "same"),
        (Count(11.6, 200), "MORE"),
        (Count(10.0, 229), "same"),
        (Count(10.0, 231), "MORE"),
        (Count(8.6, 180), "same"),
        (Count(8.4, 200), "less"),
        (Count(8.4, 231), "MORE"),
    ],
)
def test_what_is_too_much(found: Count, verdict: str) -> None:
    assert Change(found, STORED).verdict == verdict


def test_a_build_is_compared_with_itself_alone(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    assert stored.load(file, 30_000_000) == {}
    stored.keep(file, 30_000_000, {"a": STORED})
    stored.keep(file, 40_000_000, {"a": Count(8.0, 200)})
    assert stored.load(file, 30_100_000) == {"a": STORED}
    assert stored.load(file, 39_900_000) == {"a": Count(8.0, 200)}
    assert stored.load(file, 35_000_000) == {}
    stored.keep(file, 30_100_000, {"b": Count(1.0, 1)})
    assert stored.load(file, 30_100_000) == {"a": STORED, "b": Count(1.0, 1)}
    assert Change(STORED, None).verdict == "not stored"


def test_every_run_is_stored() -> None:
    builds = json.loads(stored.FILE.read_text("utf-8"))
    assert {version: [list(one["runs"]) for one in ones] for version, ones in builds.items()} == {
        version: [list(CASES)] * len(ones) for version, ones in builds.items()
    }


def test_nothing_to_count_with_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", "")
    assert program.main([]) == 2
    assert "valgrind" in capsys.readouterr().err
