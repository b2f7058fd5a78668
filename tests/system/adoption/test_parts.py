"""One file of each kind is added to a copy of the checkout, as the documentation shows it, and is there everywhere.

No other file is edited. What is generated is written again, and the tests that hold for every part hold for these.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns
from textwrap import dedent

import pytest

from tests.system.adoption.machine import CHECKOUT, Gateway, shell

#: `path`: and the block that is to lie there.
FILE = re.compile(r"`([\w./-]+\.\w+)`:\n\n *```\w+\n(.*?)\n *```\n", re.DOTALL)
PAGES = ("CONTRIBUTING.md", *(f"docs/writing-a-{kind}.md" for kind in ("check", "format", "gateway", "query")))
EXAMPLE = """\
# TYPE example_build_info gauge
example_build_info 1
# TYPE example_requests_total counter
example_requests_total{upstream="a",model="m",code="200"} 990
example_requests_total{upstream="a",model="m",code="429"} 10
# TYPE example_request_duration_milliseconds histogram
example_request_duration_milliseconds_bucket{upstream="a",model="m",le="1000"} 990
example_request_duration_milliseconds_bucket{upstream="a",model="m",le="+Inf"} 990
example_request_duration_milliseconds_sum{upstream="a",model="m"} 400000
example_request_duration_milliseconds_count{upstream="a",model="m"} 990
"""


def run(copy: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A Python module in the copy, which does not see the checkout."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(copy), "HOME": str(copy)}
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )


def report(copy: Path, *arguments: str) -> str:
    done = run(copy, "llmgw_report", *arguments)
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout


def added() -> dict[str, str]:
    """Every file that the documentation shows, by its place."""
    found = [one for page in PAGES for one in FILE.findall((CHECKOUT / page).read_text("utf-8"))]
    files = {name: dedent(f"{block}\n") for name, block in found}
    # A query lies with its gateway; the input of an example is the contributor's.
    own = files.pop("no_errors.sql"), files.pop("rows_per_target.sql")
    files["llmgw_report/gateways/llm-gateway/rows_per_target.sql"] = own[1]
    return {**files, "examples/example/metrics.prom": EXAMPLE}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout with all of them, and what is generated written again."""
    place = tmp_path_factory.mktemp("copy") / "checkout"
    copytree(CHECKOUT, place, ignore=ignore_patterns(".venv", ".git", ".*_cache", "__pycache__", ".hypothesis"))
    for name, text in added().items():
        file = place / name
        assert not file.exists(), f"{name} is there already"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
    pages = sorted((place / "docs").glob("*.md"))
    commands: tuple[tuple[str | Path, ...], ...] = (
        ("tools.golden",),
        ("tools.manual",),
        ("cogapp", "-r", "README.md", *pages),
    )
    for command in commands:
        done = run(place, *command)
        assert done.returncode == 0, done.stderr
    return place


def text(copy: Path, name: str) -> str:
    return (copy / name).read_text("utf-8")


def test_a_check(copy: Path) -> None:
    assert "busiest-instance" in report(copy, "--list-checks")
    assert "Limitations: one instance may" in report(copy, "--explain", "busiest-instance")
    document = json.loads(report(copy, "--demo", "--format", "json"))
    (found,) = [one for one in document["findings"] if one["check"] == "busiest-instance"]
    assert found["status"] == "pass"
    assert found["subject"] == {"instance": "openai-us"}
    changed = report(copy, "--demo", "--format", "json", "--set", "busiest-instance.warn=0.1")
    assert {"check": "busiest-instance", "status": "warn"}.items() <= _finding(changed, "busiest-instance").items()
    for name in ("README.md", "docs/checks.md", "examples/llmgw-report.toml", "examples/unhealthy/report.html"):
        assert "busiest-instance" in text(copy, name)


def _finding(document: str, check: str) -> dict[str, object]:
    found: dict[str, object] = next(one for one in json.loads(document)["findings"] if one["check"] == check)
    return found


def test_a_format(copy: Path, tmp_path: Path) -> None:
    shown = report(copy, "--demo", "--format", "tap")
    assert shown.startswith("TAP version 13\n1..")
    assert "\nnot ok" in shown
    assert "# SKIP" in shown
    report(copy, "--demo", "--output", str(tmp_path / "report.tap"))
    assert (tmp_path / "report.tap").read_text("utf-8").startswith("TAP version 13")
    assert text(copy, "examples/unhealthy/report.tap") == shown
    assert "|tap|" in text(copy, "README.md")
    assert "|tap|" in text(copy, "docs/llmgw-report.1").replace("\\:", "")


def test_a_gateway(copy: Path) -> None:
    assert "Example gateway" in report(copy, "--list-gateways")
    scrape = ("--metrics-file", "examples/example/metrics.prom", "--no-db", "--format", "json")
    document = json.loads(report(copy, *scrape))
    assert document["gateway"]["name"] == "example"
    assert document["sections"]["traffic"]["total"]["requests"] == 1000
    assert "## example\n" in text(copy, "docs/gateways.md")
    assert "`example`" in text(copy, "README.md")


def test_a_query(copy: Path) -> None:
    document = json.loads(report(copy, "--demo", "--format", "json"))
    (table,) = [one for one in document["sections"]["queries"] if one["name"] == "rows_per_target"]
    assert table["columns"] == ["target", "rows", "errors"]
    assert table["rows"]
    assert "rows_per_target" in text(copy, "docs/gateways.md")
    assert "Log rows per module in the window" in text(copy, "examples/unhealthy/report.md")


def test_a_query_of_ones_own(tmp_path: Path, unhealthy: Gateway) -> None:
    page = (CHECKOUT / "docs/writing-a-query.md").read_text("utf-8")
    for name, sql in FILE.findall(page):
        (tmp_path / name).write_text(sql, "utf-8")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "observability.db").symlink_to(unhealthy.database)
    at = {"LLMGW_REPORT_AT": unhealthy.at, "LLMGW_REPORT_METRICS": "false", "LLMGW_REPORT_FORMAT": "json"}
    (line,) = re.findall(r"```sh\n(llmgw-report .*?)\n```", page)
    shown = shell(line, tmp_path, at)
    assert shown.returncode == 0, shown.stderr
    assert [table["name"] for table in json.loads(shown.stdout)["sections"]["queries"]] == ["rows_per_target"]

    (configuration,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "llmgw-report.toml").write_text(configuration, "utf-8")
    gated = shell("llmgw-report --db-path data/observability.db", tmp_path, at)
    assert gated.returncode == 1, gated.stderr
    assert "no_errors" in str(_finding(gated.stdout, "expectation")["subject"])


def test_a_worked_example(copy: Path) -> None:
    assert "[Example](examples/example)" in text(copy, "README.md")
    assert json.loads(text(copy, "examples/example/report.json"))["gateway"]["name"] == "example"


def test_a_torture_campaign(copy: Path) -> None:
    done = run(copy, "torture", "durations", "--share", "0.002")
    assert done.returncode == 0, done.stdout
    assert "\n1 of 1 campaigns held\n" in done.stdout


def test_what_holds_for_every_part_holds_for_these(copy: Path) -> None:
    tests = (
        "tests/system/test_contracts.py",
        "tests/system/test_docs.py",
        "tests/system/test_examples.py",
        "tests/system/formats/test_parity.py",
    )
    chosen = "busiest or tap or example-report or current"
    done = run(copy, "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests, "-k", chosen)
    assert done.returncode == 0, done.stdout
    assert int(re.findall(r"(\d+) passed", done.stdout)[0]) > 20
