"""`--tests` as a process: the results in the report, and what they do to the exit code."""

import json
from pathlib import Path

import pytest

from tests.process import FILE, HEALTHY, call, last_line

GOOD = '<testsuite name="smoke"><testcase name="a" time="0.5"/><testcase name="b"/></testsuite>'
BAD = (
    '<testsuite name="chat"><testcase name="a" time="2"><failure message="key sk-proj-{secret}"/></testcase>'
    '<testcase name="b" time="1"/></testsuite>'
).replace("{secret}", "a1B2" * 8)
SKIPPED = '<testsuite name="gpu"><testcase name="a"><skipped/></testcase></testsuite>'


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A healthy gateway's scrape and some results."""
    for name, text in {"good": GOOD, "bad": BAD, "skipped": SKIPPED, "none": "<testsuites/>", "broken": "<"}.items():
        (tmp_path / f"{name}.xml").write_text(text)
    (tmp_path / "healthy.prom").write_text(HEALTHY)
    return tmp_path


@pytest.mark.parametrize(
    ("files", "code", "statuses"),
    [
        (["good"], 0, ["pass"]),
        (["good", "skipped"], 0, ["pass"]),
        (["bad"], 1, ["fail"]),
        (["good", "bad"], 1, ["fail", "pass"]),
        (["skipped"], 3, ["unknown"]),
        (["none"], 3, ["unknown"]),
        (["broken"], 3, ["unknown", "unknown"]),
        (["missing"], 3, ["unknown", "unknown"]),
        (["broken", "bad"], 1, ["fail", "unknown"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_results_and_the_exit_code(place: Path, files: list[str], code: int, statuses: list[str]) -> None:
    options = [word for name in files for word in ("--tests", f"{name}.xml")]
    done = call(*FILE, "healthy.prom", *options, "-f", "json", cwd=place)
    report = json.loads(done.stdout)
    found = [one["status"] for one in report["findings"] if one["check"] == "tests-passed"]
    assert (done.returncode, sorted(found)) == (code, sorted(statuses)), last_line(done)
    assert "a1B2" not in done.stdout


def test_a_file_that_is_lost_is_not_made_good_by_one_that_passes(place: Path) -> None:
    done = call(*FILE, "healthy.prom", "--tests", "good.xml", "--tests", "missing.xml", cwd=place)
    assert done.returncode == 3, last_line(done)
    assert "No such file" in done.stdout


def test_the_report_shows_suites_failures_and_the_slowest(place: Path) -> None:
    done = call(*FILE, "healthy.prom", "--tests", "good.xml", "--tests", "bad.xml", "-f", "json", cwd=place)
    tests = json.loads(done.stdout)["sections"]["tests"]
    assert [(row["suite"], row["passed"], row["failed"]) for row in tests["suites"]] == [
        ("chat", 1, 1),
        ("smoke", 2, 0),
    ]
    assert (tests["total"]["tests"], tests["total"]["seconds"]) == (4, 3.5)
    assert [case["name"] for case in tests["failures"]] == ["a"]
    assert [case["seconds"] for case in tests["slowest"]] == [2, 1, 0.5]


def test_tests_alone_are_no_verdict_about_a_gateway_that_nobody_looked_at(place: Path) -> None:
    done = call("--no-metrics", "--no-db", "--tests", "good.xml", cwd=place)
    assert (done.returncode, "exit=3" in last_line(done)) == (3, True)


def test_a_saved_report_keeps_its_results_and_an_expectation_can_name_them(place: Path) -> None:
    call(*FILE, "healthy.prom", "--tests", "bad.xml", "-o", "report.json", cwd=place)
    (place / "llmgw-report.toml").write_text('[[expect]]\nfigure = "tests.total.failed"\nequals = 1\n')
    done = call("--rejudge", "report.json", "-f", "json", cwd=place)
    findings = json.loads(done.stdout)["findings"]
    assert done.returncode == 1
    assert {(one["check"], one["status"]) for one in findings} >= {("expectation", "pass"), ("tests-passed", "fail")}


def test_the_demo_takes_files_from_where_it_was_typed(place: Path) -> None:
    (place / "own.sql").write_text("SELECT 4 AS wheels")
    done = call("--demo", "--tests", "good.xml", "--query", "own.sql", "-f", "json", "-o", "first.json", cwd=place)
    sections = json.loads(done.stdout)["sections"]
    assert sections["tests"]["total"]["passed"] == 2
    assert [query["rows"] for query in sections["queries"] if query["name"] == "own"] == [[[4]]]
    again = call("--demo", "--baseline", "first.json", cwd=place)
    assert again.returncode == 1, again.stderr


def test_a_hundred_thousand_failing_suites(place: Path) -> None:
    suite = '<testsuite name="s{}"><testcase name="a"><failure message="x"/></testcase></testsuite>'
    content = "".join(suite.format(number) for number in range(100_000))
    (place / "many.xml").write_text(f"<testsuites>{content}</testsuites>")
    done = call(*FILE, "healthy.prom", "--tests", "many.xml", "-f", "json", cwd=place)
    report = json.loads(done.stdout)
    assert done.returncode == 1, last_line(done)
    assert report["sections"]["tests"]["total"]["failed"] == 100_000
    assert sum(row["failed"] for row in report["sections"]["tests"]["suites"]) == 100_000
    assert len(report["findings"]) < 1_000
