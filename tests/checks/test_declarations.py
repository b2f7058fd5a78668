"""CheckFacts about a check stand in its file: a file alone is a check, and no other file knows its name."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from llmgw_report import checks, plugins
from llmgw_report.checks import CheckFacts
from llmgw_report.cli import pages
from tests.builders.installation import checkout

PACKAGE = Path(checks.__file__).parents[1]
SLUGS = plugins.modules("checks")
#: A check without any optional fact: what a new check file says least.
READING = """\"\"\"Size of the scrape.

What it measures: samples of the scrape.

Why it matters: it is a copy of a check about reading.

What to do: nothing.

Limitations: none.
\"\"\"

from llmgw_report.checks import Category, Findings, Reads, Snapshot, Threshold, Unit, finding

CATEGORY: Category = "sources"
UNIT: Unit = "none"
READS: Reads = ("requests",)
DEFAULT = Threshold()


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    yield finding("pass", f"{snapshot.sections.metrics.samples} samples")
"""


def constants(file: Path) -> Iterator[str]:
    """Names that a file assigns at its top level."""
    for node in ast.parse(file.read_text("utf-8")).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        yield from (target.id for target in targets if isinstance(target, ast.Name))


@pytest.mark.parametrize("slug", SLUGS)
def test_a_check_declares_facts_of_the_right_type_and_no_others(slug: str) -> None:
    assert checks.load(slug).slug == slug
    declared = {name for name in constants(PACKAGE / "checks" / f"{slug.replace('-', '_')}.py") if name[0] != "_"}
    assert declared <= {name.upper() for name in CheckFacts.__struct_fields__}


@pytest.mark.parametrize(("name", "value"), [("UNIT", "miles"), ("CATEGORY", None), ("PROVES_SERVICE", "yes")])
def test_a_fact_of_the_wrong_type_is_rejected(name: str, value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins.load("checks", "data-fresh"), name, value)
    with pytest.raises(msgspec.ValidationError):
        checks.declared("data-fresh")


@pytest.mark.parametrize("slug", SLUGS)
def test_a_default_threshold_is_shown_with_its_unit(slug: str) -> None:
    check = checks.load(slug)
    unit = {"count": "n = ", "factor": "[0-9]x", "ratio": "%", "seconds": "[0-9](ms|s|m|h|d)", "none": "^no "}
    if (check.default.warn, check.default.fail) != (None, None):
        assert re.search(unit[check.unit], pages.thresholds(slug).partition(", min-n")[0])


def test_one_check_colours_each_key_figure() -> None:
    figures = [check.key_figure for check in checks.every() if check.key_figure]
    assert sorted(figures) == ["errors", "instances", "latency", "slow"]


def test_no_check_is_named_outside_its_own_file() -> None:
    """Whoever knows a check by its name has to be edited for the next one. Examples in texts and TOML are data."""
    found = []
    for file in PACKAGE.rglob("*.py"):
        own = file.stem.replace("_", "-") if file.parent.name == "checks" else ""
        tree = ast.parse(file.read_text("utf-8"))
        words = (
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
        found += [(file.stem, word) for word in words if word in SLUGS and word not in {own, "expectation"}]
    assert found == [("config_pages", "error-ratio")]  # the commented example of [[waive]] has to name some check


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A checkout to which a file can be added."""
    return checkout(tmp_path)


def run(copy: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "llmgw_report", *arguments]
    return subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)


def test_a_new_check_about_reading_does_not_make_an_idle_gateway_pass(copy: Path) -> None:
    """A gateway that has served nothing is UNKNOWN, whatever else could be read of it."""
    (copy / "idle.prom").write_text(
        'llm_gateway_info{version="0.3.0"} 1\n# TYPE llm_gateway_instance_health_status gauge\n'
    )
    added = copy / "llmgw_report" / "checks" / "scrape_size.py"

    def judged(*more: str) -> tuple[int, dict[str, str]]:
        done = run(copy, "--metrics-file", "idle.prom", "--no-db", "--format", "json", *more)
        return done.returncode, {one["check"]: one["status"] for one in json.loads(done.stdout)["findings"]}

    assert judged()[0] == 3
    added.write_text(READING)
    code, statuses = judged()
    assert (code, statuses["scrape-size"], statuses["scrape-readable"]) == (3, "pass", "pass")
    # Without a success nothing is proven, even where no check is required.
    not_asked = [word for slug in ("serving", "error-ratio") for word in ("--set", f"{slug}.required=false")]
    assert judged(*not_asked)[0] == 3
    added.write_text(f"{READING}\n\nPROVES_SERVICE = True\n")
    assert judged()[0] == 3
    assert judged(*not_asked)[0] == 3
