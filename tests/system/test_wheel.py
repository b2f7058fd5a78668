"""Wheel and sdist hold what they should; the wheel starts with nothing of the checkout around it and finds its data."""

import json
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import grimp
import pytest
from packaging.version import Version

from llmgw_report import __version__, installation
from llmgw_report.cli.demo import INPUTS
from llmgw_report.sources.sqlite import build
from tests.process import HEALTHY, needs_repository
from tools.release import environments
from tools.release.running import ReleaseError

CHECKOUT = Path(__file__).parents[2]
#: Where a folder of the checkout lies in the wheel; the package itself stays where it is.
MOVED = {"templates/": "llmgw_report/templates/", "examples/unhealthy/": "llmgw_report/demo/"}
#: Says to a type checker that the package has types.
MARKER = "llmgw_report/py.typed"
POLICY = """
[[expect]]
figure = "traffic.total.requests"
at-least = 1
[[waive]]
check = "error-ratio"
reason = "known"
expires = 2099-12-31
"""
#: A process that runs the command lines it is given, and lists the files that were opened meanwhile.
READING = """
import json, os, sys
opened = set()
def see(event, given):
    if event == "open" and isinstance(given[0], (str, bytes, os.PathLike)):
        opened.add(os.fsdecode(given[0]))
sys.addaudithook(see)
import llmgw_report.__main__
from llmgw_report import installation
from llmgw_report.cli import main
installation._recorded()
installation._recorded = dict  # to compare the files opens all of them
for arguments in json.load(sys.stdin):
    main(arguments)
with open("opened.json", "w") as file:
    json.dump(sorted(opened), file)
"""


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
    names = names_in(wheel)
    compiled = {name for name in names if name.startswith("llmgw_report/_compiled/")}
    shipped = filter(is_shipped, unignored("llmgw_report", *MOVED))
    assert names - compiled == {in_wheel(name) for name in shipped}
    assert (
        len(compiled) == len(list((CHECKOUT / "templates").iterdir())) + 2
    )  # the definitions of all gateways, the record
    files = zipfile.ZipFile(wheel)
    contents = {name.removeprefix("llmgw_report/"): files.read(name) for name in names}
    recorded = contents.pop(installation.RECORD)
    assert installation.record(contents) == recorded


def test_the_sdist_is_the_checkout(tmp_path: Path) -> None:
    """Whoever packages it for a distribution tests it there: a test finds whatever it reads."""
    kept = unignored(".")
    run(sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", tmp_path, cwd=CHECKOUT)
    (built,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(built) as sdist:
        assert {one.name.partition("/")[2] for one in sdist} == {"PKG-INFO", *kept}


def test_some_run_reads_every_file_of_the_wheel(wheel: Path, installed: Path, tmp_path: Path) -> None:
    names = names_in(wheel)
    # The sources are opened, and no bytecode: there is none in an empty place.
    command = [installed.with_name("python"), "-B", "-X", f"pycache_prefix={tmp_path / 'none'}", "-c", READING]
    given = json.dumps(list(command_lines(names, tmp_path)))
    subprocess.run(list(map(str, command)), cwd=tmp_path, input=given, stdout=subprocess.DEVNULL, text=True, check=True)
    (site,) = installed.parents[1].glob("lib/python*/site-packages")
    opened = {name.removeprefix(f"{site}/") for name in json.loads((tmp_path / "opened.json").read_text("utf-8"))}
    assert {name for name in names - opened if not is_imported(name, opened)} == {MARKER}


def is_imported(name: str, opened: set[str]) -> bool:
    """Whether another module imports this one, or it lies in a folder whose modules are loaded by their names.

    It may be one for a server's answer that no run of this test gets.
    """
    graph = imports()
    modules = {one: one.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for one in {name, *opened}}
    alone = {
        one
        for one, module in modules.items()
        if module in graph.modules and not graph.find_modules_that_directly_import(module)
    }
    by_name = {str(Path(one).parent) for one in alone & opened}
    return modules[name] in graph.modules and (name not in alone or str(Path(name).parent) in by_name)


@cache
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("llmgw_report", cache_dir=None)


def command_lines(names: set[str], folder: Path) -> Iterator[list[str]]:
    """Every format, language, preset, list and template; every gateway, by a definition that extends it."""
    formats, languages, presets, gateways = (
        sorted(found[1] for name in names if (found := re.fullmatch(f"llmgw_report/{pattern}", name)))
        for pattern in (
            r"renderers/([a-z]\w*)\.py",
            r"locale/(\w+)/.*\.mo",
            r"config/presets/([\w-]+)\.toml",
            r"gateways/([\w-]+)/gateway\.toml",
        )
    )
    scrape = written(folder, "metrics.prom", HEALTHY)
    report = ["--no-config", "--no-db", "--metrics-file", scrape]
    yield ["--demo", "--format", "html"]  # which has every kind of chart
    yield from ([*report, "--format", name] for name in formats)
    yield from ([*report, "--lang", name.replace("_", "-")] for name in languages)
    yield from ([*report, "--preset", name] for name in presets)
    yield from (["--list-checks"], ["--list-gateways"], ["--schema"], ["--explain", "error-ratio"])
    yield ["--demo", "--slo", "99%", "--config", written(folder, "own.toml", POLICY)]
    for kind in ("md", "html"):
        own = written(folder, f"own.{kind}.j2", f'{{% extends "report.{kind}.j2" %}}')
        yield [*report, "--format", kind, "--template", own]
    yield [*report, "--history", str(folder / "runs")]
    build("CREATE TABLE logs (a)", folder / "logs.db")
    for name in gateways:
        (folder / name).mkdir()
        written(folder, f"{name}/gateway.toml", f'extends = "{name}"')
        yield ["--check-gateway", str(folder / name), "--metrics-file", scrape, "--db-path", str(folder / "logs.db")]


def written(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, "utf-8")
    return str(folder / name)


def names_in(wheel: Path) -> set[str]:
    """Files of the package."""
    return {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("llmgw_report/")}


def is_shipped(name: str) -> bool:
    """Whether a file of the shipped folders is there for a run."""
    if name.startswith("examples/"):
        return any(Path(name).match(pattern) for pattern in (*INPUTS, "arguments.txt"))
    return not name.endswith(".po")


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


def unignored(*folders: str) -> list[str]:
    """Files of the checkout that git keeps or would keep, from these folders."""
    needs_repository()
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *folders, cwd=CHECKOUT)
    return [name for name in listed.splitlines() if (CHECKOUT / name).is_file()]


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
