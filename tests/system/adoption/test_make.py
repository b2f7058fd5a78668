"""What a newcomer types first in a checkout: `make demo`, in an environment that is not ours."""

import sys
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.process import CHECKOUT, needs
from tests.system.adoption.machine import shell, stub

REPORTS = ("demo-report.md", "demo-report.html", "demo-report.json")
#: What a caller's own settings of pip say of where to install, which would leave `.venv` empty.
ELSEWHERE = {"PIP_USER": "1"} | {f"PIP_{name}": "/nowhere" for name in ("PREFIX", "PYTHON", "ROOT", "TARGET")}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """One that is set up, where what is written is not among ours."""
    needs("make")
    for one in CHECKOUT.iterdir():
        if not one.name.startswith((".", "demo-report")):
            (tmp_path / one.name).symlink_to(one)
    programs = tmp_path / ".venv" / "bin"
    programs.parent.mkdir()
    installing = 'if test "$2" = pip; then env > installing; exit; fi'
    stub(programs, "python", f'{installing}; exec {sys.executable} "$@"')
    (tmp_path / ".venv" / ".runtime").touch()
    return tmp_path


def demo(checkout: Path, **variables: str) -> CompletedProcess[str]:
    return shell("make --no-print-directory demo", checkout, variables)


def break_program(checkout: Path, code: int) -> None:
    (checkout / "llmgw_report").unlink()
    (checkout / "llmgw_report").mkdir()
    (checkout / "llmgw_report" / "__init__.py").touch()
    (checkout / "llmgw_report" / "__main__.py").write_text(f"raise SystemExit({code})\n")


def test_the_demo_is_written_also_where_python_looks_at_no_working_directory(checkout: Path) -> None:
    done = demo(checkout, PYTHONSAFEPATH="1")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, f"Written: {' '.join(REPORTS)}"), done.stderr
    assert all((checkout / name).stat().st_size for name in REPORTS)


@pytest.mark.parametrize("code", [0, 1])
def test_a_demo_that_did_not_run_is_an_error(checkout: Path, code: int) -> None:
    break_program(checkout, code)
    for name in REPORTS:
        (checkout / name).write_text("of an earlier run")
    done = demo(checkout)
    assert done.returncode != 0
    assert "Written" not in done.stdout


def test_the_environment_is_where_packages_are_installed_and_the_index_is_the_callers(checkout: Path) -> None:
    (checkout / ".venv" / ".runtime").unlink()
    done = demo(checkout, **ELSEWHERE, PIP_INDEX_URL="https://example.com/simple")
    assert done.returncode == 0, done.stderr
    lines = (checkout / "installing").read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith("PIP_")] == ["PIP_INDEX_URL=https://example.com/simple"]
