"""An installation of which something is missing or broken says so: that is no bug, and to install it again helps."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import rmtree

import pytest

from llmgw_report import installation
from llmgw_report.sources.sqlite import build
from tests.builders.installation import install
from tests.process import HEALTHY

SCRAPE = ("--no-config", "--no-db", "--metrics-file", "metrics.prom", "--window", "all")
REPORT = (*SCRAPE, "--format", "md")
#: A definition of the user's own whose queries are the program's.
EXTENDED = (*SCRAPE[:1], "--gateway", "mine", "--no-metrics", "--db-path", "observability.db", "--format", "json")
CHECK = "checks/error_ratio.py"
BEGIN = "\nfrom llmgw_report.__main__ import run\nrun()\n"

Damage = Callable[[Path], object]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    package = install(folder)
    (folder / "metrics.prom").write_text(HEALTHY)
    build((package / "demo" / "database.sql").read_text("utf-8"), folder / "observability.db")
    (folder / "mine").mkdir()
    (folder / "mine" / "gateway.toml").write_text('extends = "llm-gateway"\n')
    done = run(package, "--demo", "--format", "json")
    assert done.returncode == 1, done.stderr
    return package


@pytest.fixture
def installed(whole: Path) -> Iterator[Path]:
    """The same package in every test, which is as it was after each."""
    kept = {file: file.read_bytes() for file in whole.rglob("*") if file.is_file()}
    yield whole
    for file, content in kept.items():
        if not file.is_file() or file.read_bytes() != content:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


def run(
    installed: Path, *arguments: str, begin: str = "", language: str = "C", kept: bool = True
) -> subprocess.CompletedProcess[str]:
    """A run, after `begin`; with the bytecode that another has left, or without any."""
    options = () if kept else ("-B", "-X", f"pycache_prefix={installed.parent / 'none'}")
    command = [sys.executable, *options, *(("-c", begin + BEGIN) if begin else ("-m", "llmgw_report")), *arguments]
    environment = {"PYTHONPATH": str(installed.parent), "LC_ALL": language, "PATH": os.defpath}
    return subprocess.run(
        command, cwd=installed.parent, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def missing(file: Path) -> None:
    rmtree(file) if file.is_dir() else file.unlink()


def cut(file: Path) -> None:
    """At the end of a line: what is left may be a whole module."""
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[: len(lines) * 2 // 3]))


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def flipped(file: Path) -> None:
    """One bit of the last byte but one, which of code is a comment's or a name's."""
    content = file.read_bytes()
    file.write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])


def zeroed(file: Path) -> None:
    file.write_bytes(bytes(file.stat().st_size))


DAMAGES = (missing, cut, emptied, flipped, zeroed)
#: A file of each sort, and a run that reads it. The first of them meets every damage, the others some in turn.
SORTS = {
    CHECK: REPORT,
    "renderers/md.py": REPORT,
    "checks/_ratios.py": REPORT,
    "cli/reporting.py": REPORT,
    "errors.py": REPORT,
    "installation.py": REPORT,
    "__main__.py": REPORT,
    "config/presets/production.toml": (*REPORT, "--preset", "production"),
    "demo/arguments.txt": ("--demo", "--format", "json"),
    "demo/database.sql": ("--demo", "--format", "json"),
    "gateways/llm-gateway/outcomes.sql": EXTENDED,
    "_compiled/report_md_j2.py": REPORT,
    "_compiled/gateways.msgpack": REPORT,
    installation.RECORD: REPORT,
}


def damaged(done: subprocess.CompletedProcess[str], what: str) -> None:
    assert (done.returncode, done.stdout) == (4, ""), done.stderr
    *_, said, hint, last = done.stderr.splitlines()
    assert said.startswith("Error: ")
    assert "this installation is damaged: " in said
    assert what in said
    assert hint.startswith("Hint: install llmgw-report again")
    assert last == "llmgw-report: INTERNAL exit=4"


def cases() -> Iterator[tuple[str, Damage]]:
    for number, name in enumerate(SORTS):
        yield from ((name, damage) for at, damage in enumerate(DAMAGES) if number == 0 or (at - number) % 5 in {0, 2})


@pytest.mark.parametrize(("name", "damage"), tuple(cases()))
def test_a_file(installed: Path, name: str, damage: Damage) -> None:
    damage(installed / name)
    # Bytecode is of what was there before one bit was another.
    damaged(run(installed, *SORTS[name], kept=damage is not flipped), f"{installed / name}: ")


def test_what_was_built_is_gone(installed: Path) -> None:
    missing(installed / installation.COMPILED)
    missing(installed / CHECK)
    (installed.parent / "pyproject.toml").touch()  # as another package may leave one in site-packages
    damaged(run(installed, *REPORT), f"{installed / installation.COMPILED}/")


@pytest.mark.parametrize("name", ["config/presets/__init__.py", "locale", "renderers", "demo", "templates", "gateways"])
def test_a_folder_or_what_makes_it_a_package(installed: Path, name: str) -> None:
    missing(installed / name)
    damaged(run(installed, *REPORT), f"{installed / name}")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        (CHECK, (*REPORT, "--set", "error-ratio.warn=1%")),
        (CHECK, ("--explain", "error-ratio")),
        (CHECK, ("--list-checks",)),
        (CHECK, ("--show-config", "--no-config")),
        (CHECK, ("--check-gateway", "mine", *SCRAPE)),
        ("renderers/junit.py", (*SCRAPE, "--format", "junit")),
        ("config/presets/staging.toml", (*REPORT, "--preset", "staging")),
        ("templates/report.md.j2", (*REPORT, "--template-dir", "mine")),
        ("gateways/llm-gateway/gateway.toml", EXTENDED),
        ("config/options.py", (*REPORT, "--preset", "staging")),
    ],
    ids=lambda given: given if isinstance(given, str) else " ".join(given[-2:]),
)
def test_it_is_not_for_the_user_to_put_right(installed: Path, name: str, arguments: tuple[str, ...]) -> None:
    """What a call names is not there, or reads as wrong: exit code 2 would blame whoever calls."""
    (cut if name == "config/options.py" else missing)(installed / name)
    damaged(run(installed, *arguments), f"{installed / name}: ")


def test_a_saved_report_is_not_evaluated_again(installed: Path) -> None:
    saved = str(installed.parent / "saved.json")
    assert run(installed, *SCRAPE, "--output", saved).returncode == 0
    cut(installed / CHECK)
    written = installed.parent / "new.json"
    damaged(run(installed, "--no-config", "--rejudge", saved, "--output", str(written)), f"{installed / CHECK}: ")
    assert not written.exists()


@pytest.mark.parametrize("damage", [cut, flipped])
def test_a_translation(installed: Path, damage: Damage) -> None:
    (file,) = installed.glob("locale/zh_CN/*/*.mo")
    damage(file)
    damaged(run(installed, *REPORT, language="zh_CN.UTF-8"), f"{file}: ")


@pytest.mark.parametrize("package", ["jinja2", "msgspec", "click"])
def test_a_package_that_is_missing(installed: Path, package: str) -> None:
    damaged(run(installed, *REPORT, begin=f"import sys\nsys.modules[{package!r}] = None\n"), package)


@pytest.mark.parametrize(
    ("library", "broken"),
    [("click", "import click\nclick.ParamType = object\n"), ("jinja2", "import jinja2\ndel jinja2.Environment\n")],
)
def test_a_library_that_is_too_old(installed: Path, library: str, broken: str) -> None:
    """As its metadata say it, whatever error comes of it."""
    begin = f"""{broken}
import importlib.metadata as about
version = about.version
about.version = lambda name: "0.5.0" if name == {library!r} else version(name)
"""
    damaged(run(installed, *REPORT, begin=begin), f"{library} 0.5.0 is installed, and {library}>=")


def test_an_error_of_a_whole_installation_is_a_bug(installed: Path) -> None:
    begin = "import llmgw_report.pipeline.document as one\ndef run(*_):\n    raise KeyError('x')\none.run = run\n"
    done = run(installed, *REPORT, begin=begin)
    assert (done.returncode, "a bug of llmgw-report: KeyError" in done.stderr) == (4, True), done.stderr


@pytest.mark.parametrize(("raised", "code"), [("KeyboardInterrupt", -signal.SIGINT), ("ValueError", 4)])
def test_what_ends_python_before_a_run_could(installed: Path, raised: str, code: int) -> None:
    """An interrupt is one, and no damage."""
    begin = f"import sys\nsys.argv[0] = '/bin/llmgw-report'\nimport llmgw_report\nraise {raised}\n"
    done = run(installed, begin=begin)
    assert done.returncode == code, done.stderr
    assert ("is damaged" in done.stderr) is (code == 4)


def test_a_program_that_calls_the_command_ends_as_it_wants(installed: Path) -> None:
    calls = "from llmgw_report.cli import main\nmain(['--version'])\nsys.exit(7)\n"
    begin = f"import sys\nsys.argv[0] = 'llmgw-report'\n{calls}"
    done = run(installed, begin=begin)
    assert (done.returncode, done.stderr) == (7, "")


def test_bytecode_that_is_cut(installed: Path) -> None:
    run(installed, *REPORT)
    for file in installed.glob("checks/__pycache__/_episodes.*.pyc"):
        file.write_bytes(file.read_bytes()[:40])
    damaged(run(installed, *REPORT), "marshal data")


@pytest.mark.parametrize("asked", [("-m", "llmgw_report"), ("-Bm", "llmgw_report"), ("-Bmllmgw_report",)])
def test_an_empty_file_to_begin_with(installed: Path, asked: tuple[str, ...]) -> None:
    emptied(installed / "__main__.py")
    command = [sys.executable, *asked, *REPORT]
    environment = {"PYTHONPATH": str(installed.parent), "PATH": os.defpath}
    done = subprocess.run(
        command, cwd=installed.parent, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    damaged(done, "__main__.py")


def test_a_program_with_an_option_of_that_name(installed: Path) -> None:
    command = [sys.executable, "-c", "import llmgw_report", "-m", "llmgw_report"]
    environment = {"PYTHONPATH": str(installed.parent), "PATH": os.defpath}
    done = subprocess.run(
        command, cwd=installed.parent, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
