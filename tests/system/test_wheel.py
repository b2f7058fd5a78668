"""The wheel holds what it should, starts with nothing of the checkout around it, and finds its data."""

import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.version import Version

from llmgw_report import __version__
from tools.release import environments
from tools.release.running import ReleaseError

CHECKOUT = Path(__file__).parents[2]
#: Where a folder of the checkout lies in the wheel; the package itself stays where it is.
MOVED = {"templates/": "llmgw_report/templates/", "examples/unhealthy/": "llmgw_report/demo/"}


def run(*command: str | Path, cwd: Path, expect: int = 0) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, cwd=CHECKOUT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, from the wheel alone; its dependencies are seen through a path, so that nothing is downloaded."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder)
    python = folder / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=folder)
    (site,) = folder.glob("lib/python*/site-packages")
    # A folder named in a .pth file is searched, and its own .pth files are not read: the checkout stays unseen.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "llmgw-report"


def test_the_wheel_holds_the_package_its_templates_and_the_demo_and_nothing_else(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("llmgw_report/")}
    compiled = {name for name in names if name.startswith("llmgw_report/_compiled/")}
    assert names - compiled == {in_wheel(name) for name in unignored()}
    assert len(compiled) == len(list((CHECKOUT / "templates").iterdir())) + 1  # the definitions of all gateways


def test_a_build_needs_only_what_it_requires(tmp_path: Path) -> None:
    """Pip builds in an environment that has nothing else; the builds of these tests see every package."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))
    required, runtime = (
        {re.split(r"[^\w-]", one)[0].replace("-", "_") for one in given}
        for given in (project["build-system"]["requires"], project["project"]["dependencies"])
    )
    absent = sorted(runtime - required)
    assert "httpx" in absent
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({absent!r}));"
        "from pathlib import Path; from llmgw_report.gateways import bundled;"
        "from llmgw_report.renderers._templates import compile_templates;"
        f"compile_templates(Path({str(tmp_path)!r})); bundled.write(Path({str(tmp_path)!r}))"
    )
    run(sys.executable, "-c", code, cwd=CHECKOUT)
    assert list(tmp_path.iterdir())


def unignored() -> list[str]:
    """Files of the checkout that git keeps or would keep, from the folders that are shipped."""
    shipped = ["llmgw_report", *(folder.rstrip("/") for folder in MOVED)]
    try:
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *shipped]
        listed = run(*command, cwd=CHECKOUT).splitlines()
    except (AssertionError, FileNotFoundError):
        pytest.skip("not a git checkout: what is ignored cannot be told")
    return [name for name in listed if (CHECKOUT / name).is_file()]


def in_wheel(name: str) -> str:
    for folder, target in MOVED.items():
        if name.startswith(folder):
            return target + name.removeprefix(folder)
    return name


def test_the_manual_and_the_completion_are_where_they_are_looked_for(installed: Path) -> None:
    share = installed.parents[1] / "share"
    assert {str(path.relative_to(share)) for path in share.rglob("*") if path.is_file()} == {
        "man/man1/llmgw-report.1",
        "bash-completion/completions/llmgw-report",
        "zsh/site-functions/_llmgw-report",
        "fish/vendor_completions.d/llmgw-report.fish",
    }


def test_the_installed_command_starts(installed: Path, tmp_path: Path) -> None:
    assert __version__ in run(installed, "--version", cwd=tmp_path)
    assert "--metrics-file" in run(installed, "--help", cwd=tmp_path)


def test_the_installed_command_has_the_templates_of_a_page(installed: Path, tmp_path: Path) -> None:
    """The demo's gateway is unhealthy: exit 1 is the right answer. The next test has Markdown and JSON of it."""
    assert run(installed, "--demo", "--format", "html", cwd=tmp_path, expect=1).lower().startswith("<!doctype html>")
    assert list(tmp_path.iterdir()) == []


def test_a_release_tries_the_installed_command(installed: Path, tmp_path: Path) -> None:
    environment = installed.parents[1]
    (right := tmp_path / "right").mkdir()
    environments.exercise(environment, Version(__version__), right)
    (wrong := tmp_path / "wrong").mkdir()
    with pytest.raises(ReleaseError, match=re.escape(f"{__version__}', and 999.0.0 was built")):
        environments.exercise(environment, Version("999.0.0"), wrong)


def test_the_lowest_dependencies_are_those_of_the_project(wheel: Path) -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    assert sorted(environments.lowest(wheel)) == sorted(one.replace(">=", "==") for one in project["dependencies"])
