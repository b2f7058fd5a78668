"""A run imports what it needs and nothing else: at this size the imports are most of its time."""

import json
import subprocess
import sys
from pathlib import Path
from shutil import copy

import pytest

from llmgw_report.sources.sqlite import build

UNHEALTHY = Path(__file__).parents[2] / "examples" / "unhealthy"

HTTP = {"httpx", "ssl", "http.client"}
TEMPLATES = {"jinja2"}
TABLES = {"tabulate"}
SQLITE = {"sqlite3"}
#: Never in a run without --query: it scans the entry points of every installed package when it connects.
HEAVY_SQLITE = {"sqlite_utils"}
#: What the libraries above and careless standard modules drag in.
STDLIB = {"concurrent.futures", "logging", "statistics", "importlib.metadata", "unittest"}


#: A saved scrape and a database, in the folder that the run works in. Not --demo, which builds its database.
SAVED = ("--metrics-file", "metrics.prom", "--db-path", "observability.db")


def imported(arguments: list[str], folder: Path) -> set[str]:
    """Names of all modules that a run with these arguments imports, as the interpreter reports them."""
    copy(UNHEALTHY / "metrics.prom", folder)
    build((UNHEALTHY / "database.sql").read_text("utf-8"), folder / "observability.db")
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
        ([*SAVED, "--format", "json"], HTTP | TEMPLATES | TABLES | HEAVY_SQLITE),
        ([*SAVED, "--format", "html"], HTTP | TABLES | HEAVY_SQLITE),
        ([*SAVED, "--format", "md"], HTTP | TABLES | HEAVY_SQLITE),
    ],
    ids=lambda part: " ".join(sorted(part)) if isinstance(part, set) else " ".join(part),  # the same in every worker
)
def test_a_run_imports_no_library_it_does_not_use(arguments: list[str], unneeded: set[str], tmp_path: Path) -> None:
    assert imported(arguments, tmp_path) & unneeded == set()


@pytest.mark.parametrize("arguments", [["--help"], [*SAVED, "--format", "json"]], ids=" ".join)
def test_no_run_without_templates_pays_for_slow_standard_modules(arguments: list[str], tmp_path: Path) -> None:
    assert imported(arguments, tmp_path) & STDLIB == set()


@pytest.mark.parametrize("option", ["-O", "-OO"])
def test_a_run_without_docstrings_has_the_texts_that_stand_there(option: str) -> None:
    def findings(*options: str) -> list[tuple[str, str]]:
        command = [sys.executable, *options, "-m", "llmgw_report", "--demo", "--format", "json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return [(one["title"], one["why"]) for one in json.loads(done.stdout)["findings"]]

    assert findings(option) == findings()
