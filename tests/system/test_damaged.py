"""An installation of which something is missing or broken says so: that is no bug, and to install it again helps."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from llmgw_report.gateways import bundled
from llmgw_report.renderers._templates import compile_templates
from tests.process import CHECKOUT, HEALTHY

TEMPLATE = "report_md_j2.py"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The package as a wheel has it: with what its build has made."""
    package = tmp_path / "llmgw_report"
    copytree(CHECKOUT / "llmgw_report", package, ignore=ignore_patterns("__pycache__"))
    (made := tmp_path / "made").mkdir()
    compile_templates(made)
    bundled.write(made)
    made.rename(package / "_compiled")
    (tmp_path / "metrics.prom").write_text(HEALTHY)
    return package


def reported(installed: Path, begin: str = "", language: str = "C") -> subprocess.CompletedProcess[str]:
    """A report in Markdown, after what Python runs as it starts."""
    (installed.parent / "sitecustomize.py").write_text(begin)
    arguments = ("--no-config", "--no-db", "--metrics-file", "metrics.prom", "--window", "all", "--format", "md")
    command, environment = (
        [sys.executable, "-m", "llmgw_report", *arguments],
        {"PYTHONPATH": str(installed.parent), "LC_ALL": language},
    )
    return subprocess.run(command, cwd=installed.parent, env=environment, capture_output=True, text=True, check=False)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def emptied(file: Path) -> None:
    file.write_text("")


def overwritten(file: Path) -> None:
    file.write_bytes(b"\xff\x00" * 100)


def damaged(done: subprocess.CompletedProcess[str], what: str) -> None:
    assert (done.returncode, done.stdout) == (4, ""), done.stderr
    said, hint, last = done.stderr.splitlines()
    assert said.startswith("Error: ")
    assert "this installation is damaged: " in said
    assert what in said
    assert hint.startswith("Hint: install llmgw-report again")
    assert last == "llmgw-report: INTERNAL exit=4"


@pytest.mark.parametrize("damage", [Path.unlink, cut, emptied, overwritten])
def test_a_template(installed: Path, damage: Callable[[Path], None]) -> None:
    assert reported(installed).returncode == 0
    damage(file := installed / "_compiled" / TEMPLATE)
    damaged(reported(installed), f"{file}: ")


@pytest.mark.parametrize("damage", [Path.unlink, cut, emptied, overwritten])
def test_a_translation(installed: Path, damage: Callable[[Path], None]) -> None:
    (file,) = installed.glob("locale/zh_CN/*/*.mo")
    damage(file)
    damaged(reported(installed, language="zh_CN.UTF-8"), f"{installed}/locale/zh_CN: ")


@pytest.mark.parametrize("name", ["checks/serving.py", "renderers/junit.py"])
def test_a_plug_in_that_is_missing(installed: Path, name: str) -> None:
    """Nothing else says that it was there, and a gateway that is dead would pass without its check."""
    (installed / name).unlink()
    damaged(reported(installed), name.removesuffix(".py"))


@pytest.mark.parametrize("package", ["jinja2", "msgspec", "click"])
def test_a_package_that_is_missing(installed: Path, package: str) -> None:
    damaged(reported(installed, f"import sys\nsys.modules[{package!r}] = None\n"), package)


@pytest.mark.parametrize("damage", [Path.unlink, cut])
def test_a_module_of_its_own(installed: Path, damage: Callable[[Path], None]) -> None:
    for name in ("renderers/_markdown.py", "pipeline/judge.py", "cli/output.py"):
        whole = (file := installed / name).read_bytes()
        damage(file)
        damaged(reported(installed), file.stem)
        file.write_bytes(whole)
