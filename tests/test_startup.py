"""A run imports what it needs and nothing else: at this size the imports are most of its time."""

import subprocess
import sys
from pathlib import Path

import pytest

HTTP = {"httpx", "ssl", "http.client"}
TEMPLATES = {"jinja2"}
TABLES = {"tabulate"}
SQLITE = {"sqlite3"}
#: Never in a run without --query: it scans the entry points of every installed package when it connects.
HEAVY_SQLITE = {"sqlite_utils"}
#: What the libraries above and careless standard modules drag in.
STDLIB = {"concurrent.futures", "inspect", "logging", "statistics", "importlib.metadata", "unittest"}


def imported(arguments: list[str], folder: Path) -> set[str]:
    """Names of all modules that a run with these arguments imports, as the interpreter reports them."""
    command = [sys.executable, "-X", "importtime", "-m", "llmgw_report", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    trace = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    names = {line.rpartition("|")[2].strip() for line in trace}
    assert "click" in names, done.stderr[-2000:]
    return names


@pytest.mark.parametrize(
    ("arguments", "unneeded"),
    [
        (["--help"], HTTP | TEMPLATES | TABLES | SQLITE | HEAVY_SQLITE),
        (["--version"], HTTP | TEMPLATES | TABLES | SQLITE | HEAVY_SQLITE),
        (["--no-such-option"], HTTP | TEMPLATES | TABLES | SQLITE | HEAVY_SQLITE),
        (["--demo", "--format", "json"], HTTP | TEMPLATES | TABLES | HEAVY_SQLITE),
        (["--demo", "--format", "html"], HTTP | TABLES | HEAVY_SQLITE),
        (["--demo", "--format", "md"], HTTP | HEAVY_SQLITE),
    ],
    ids=" ".join,
)
def test_a_run_imports_no_library_it_does_not_use(arguments: list[str], unneeded: set[str], tmp_path: Path) -> None:
    assert imported(arguments, tmp_path) & unneeded == set()


@pytest.mark.parametrize("arguments", [["--help"], ["--demo", "--format", "json"]], ids=" ".join)
def test_no_run_without_templates_pays_for_slow_standard_modules(arguments: list[str], tmp_path: Path) -> None:
    assert imported(arguments, tmp_path) & STDLIB == set()
