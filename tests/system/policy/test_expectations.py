"""Expectations: what is met, what is not, what cannot be said, and what is refused before anything is read."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from llmgw_report.model.report import Absent
from llmgw_report.model.sections import QueryFailure, QueryTable
from llmgw_report.pipeline.verdict import decide
from tests.builders.settings import refused, said, settled
from tests.builders.snapshots import database, instance, snapshot, traffic

QUERY = QueryTable(
    name="no_5xx",
    title="Failures",
    columns=("errors", "example", "nothing"),
    rows=((2, "status 500", None), (9, "", None)),
    elapsed_seconds=0.0,
)
SEEN = replace(
    snapshot(
        traffic=traffic(14, server=2, client=3),
        instances=(replace(instance("ok", 9, 0), by_status={"success": 9}), instance("down", 5, 5, name="a-2")),
        database=replace(database(logs=67), levels={"INFO": 67}),
        queries=(QUERY, replace(QUERY, name="empty", rows=())),
        failed_queries=(QueryFailure(name="slow", title="Slow", reason="ran past its deadline of 5 s"),),
    ),
    absent=(Absent(quantity="request trend", reason="no log rows"),),
)


def queries(folder: Path) -> list[str]:
    """Options for every query that the expectations of this file name."""
    files = [folder / f"{name}.sql" for name in ("no_5xx", "empty", "slow", "gone")]
    for file in files:
        file.write_text("SELECT 1")
    return [word for file in files for word in ("--query", str(file))]


def status(folder: Path, text: str, bounds: str = "") -> tuple[str, str]:
    """Status and words of the one expectation of a file."""
    chosen = settled(folder, f"{bounds}\n[[expect]]\n{text}", *queries(folder))
    (found,) = said(SEEN, chosen, "expectation")
    return found.status, f"{found.seen} | {found.reason}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('figure = "traffic.total.requests"\nat-least = 14', "pass"),
        ('figure = "traffic.total.requests"\nat-least = 14.5', "fail"),
        ('figure = "traffic.total.requests"\nat-most = 14', "pass"),
        ('figure = "traffic.total.requests"\nat-most = 13', "fail"),
        ('figure = "traffic.total.requests"\nequals = 14', "pass"),
        ('figure = "traffic.total.requests"\nequals = 13', "fail"),
        ("figure = 'instances[instance=\"a-2\"].outcomes.server_error'\nat-most = 4", "fail"),
        ('figure = \'instances[provider="a"][instance="a-1"].health\'\nequals = "ok"', "pass"),
        ('figure = \'instances[instance="a-2"].health\'\nequals = "ok"', "fail"),
        ("figure = 'instances[instance=\"a-1\"].by_status.success'\nequals = 9", "pass"),
        ('figure = \'instances[instance="a-1"].by_status."success"\'\nequals = 9', "pass"),
        ("figure = 'database.tables[name=\"logs\"].rows'\nequals = 67", "pass"),
        ('figure = "database.levels.INFO"\nat-least = 1', "pass"),
        ('query = "no_5xx"\nequals = 2', "pass"),
        ('query = "no_5xx"\nequals = 9', "fail"),
        ('query = "no_5xx.errors"\nat-most = 1', "fail"),
        ('query = "no_5xx.example"\nequals = "status 500"', "pass"),
    ],
)
def test_a_figure_is_compared(tmp_path: Path, text: str, expected: str) -> None:
    assert status(tmp_path, text)[0] == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('figure = "database.levels.ERROR"\nat-most = 0', "there is no 'ERROR', only INFO"),
        ('figure = "trend.bucket_seconds"\nequals = 300', "no log rows"),
        (
            "figure = 'instances[instance=\"a-9\"].attempts'\nat-most = 0",
            "no of 2 rows of instances have instance 'a-9'",
        ),
        ("figure = 'instances[provider=\"a\"].attempts'\nat-most = 0", "2 of 2 rows of instances have provider 'a'"),
        (
            "figure = 'traffic.total.latency.p99_seconds'\nat-most = 1",
            "p99_seconds has no value in this report",
        ),
        ('query = "no_5xx.eror"\nequals = 0', "has no column 'eror', only errors, example, nothing"),
        ('query = "no_5xx.nothing"\nequals = 0', "returned NULL"),
        ('query = "no_5xx.example"\nequals = 0', "it is text, 'status 500', and is compared with a number"),
        ('query = "empty"\nequals = 0', "returned no row"),
        ('query = "slow"\nequals = 0', "ran past its deadline"),
        ('query = "gone"\nequals = 0', "query gone did not run"),
    ],
)
def test_what_has_no_value_this_time_is_unknown_and_gates(tmp_path: Path, text: str, why: str) -> None:
    found, words = status(tmp_path, text)
    assert found == "unknown"
    assert why in words
    good = f'[[expect]]\nfigure = "traffic.total.requests"\nequals = 14\n[[expect]]\n{text}'
    both = said(SEEN, settled(tmp_path, good, *queries(tmp_path)), "expectation")
    assert {one.status for one in both} == {"pass", "unknown"}
    assert decide(both, "fail")[1].code == 3


@pytest.mark.parametrize(
    ("text", "on_empty", "expected"),
    [
        ("at-most = 0", "zero", "pass"),
        ("at-least = 1", "zero", "fail"),
        ("equals = 0", "zero", "pass"),
        ("at-most = 0", "unknown", "unknown"),
        ("at-most = 0", "fail", "fail"),
    ],
)
def test_what_an_absent_figure_means_can_be_said(tmp_path: Path, text: str, on_empty: str, expected: str) -> None:
    bounds = f'[checks.expectation]\non-empty = "{on_empty}"'
    assert status(tmp_path, f'figure = "database.levels.ERROR"\n{text}', bounds=bounds)[0] == expected


def test_a_text_of_a_query_is_not_an_absence(tmp_path: Path) -> None:
    for on_empty in ("zero", "fail"):
        bounds = f'[checks.expectation]\non-empty = "{on_empty}"'
        assert status(tmp_path, 'query = "no_5xx.example"\nequals = 0', bounds=bounds)[0] == "unknown"


def test_an_expectation_can_be_capped_to_a_warning(tmp_path: Path) -> None:
    text, bounds = 'figure = "traffic.total.requests"\nequals = 13', '[checks.expectation]\nseverity = "warn"'
    assert status(tmp_path, text, bounds=bounds)[0] == "warn"


def test_two_bounds_of_one_figure_are_two_findings(tmp_path: Path) -> None:
    text = "".join(
        f'[[expect]]\nfigure = "traffic.total.requests"\n{bound} = 14\n' for bound in ("at-least", "at-most")
    )
    found = said(SEEN, settled(tmp_path, text), "expectation")
    assert len({one.fingerprint for one in found}) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('figure = "trafic.total.requests"', "did you mean 'traffic.total.requests'?"),
        ('figure = "traffic.totl.requests"', "did you mean 'traffic.total.requests'?"),
        ('figure = "traffic.total.request"', "did you mean 'traffic.total.requests'?"),
        ('figure = "total.requests"', "did you mean 'traffic.total.requests'?"),
        ("figure = 'instances[instanse=\"a\"].attempts'", "did you mean 'instance'?"),
        ("figure = 'instances[instance=\"a\"].atempts'", "did you mean 'instances[instance=\"a\"].attempts'?"),
        ('figure = "instances.attempts"', "is a list: pick a row"),
        ('figure = "traffic.total"', "is a table, not a figure"),
        ('figure = "instances"', "is a list, not a figure"),
        ('figure = "traffic.total.requests.more"', "is a figure and has nothing below it"),
        ("figure = 'traffic[group=\"a\"].total'", "not a list of rows"),
        ("figure = 'instances[a].attempts'", "cannot read"),
        ('figure = "traffic..requests"', "cannot read"),
        ('figure = "traffic.total."', "cannot read"),
        ('figure = ""', "an empty path"),
        ('query = "no_5x"', "no query 'no_5x' runs"),
        ('query = "no_5xx."', "no query 'no_5xx' runs"),
        ("", "needs one of figure and query"),
        ('figure = "traffic.total.requests"\nquery = "a"', "needs one of figure and query"),
    ],
)
def test_what_the_report_never_has_is_refused_with_the_nearest_path(tmp_path: Path, text: str, words: str) -> None:
    message = refused(tmp_path, f"[[expect]]\n{text}\nat-least = 1")
    assert message.startswith("llmgw-report.toml: [[expect]] 1")
    assert words in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "needs one of at-least, at-most, equals, and has none"),
        ("at-least = 1\nat-most = 2", "and has at-least and at-most"),
        ('equals = "14"', "it is a number, and is compared with '14'"),
        ("equals = nan", "equals is not a finite number"),
        ("at-least = inf", "at-least is not a finite number"),
        ('at-least = "1"', "it is a number, and is compared with '1'"),
        ("at-least = true", "[[expect]] 1, at-least: expected a number or a text or nothing, got true or false"),
        ("at-lest = 1", "unknown key `at-lest` | did you mean 'at-least'?"),
    ],
)
def test_a_comparison_that_means_nothing_is_refused(tmp_path: Path, text: str, words: str) -> None:
    assert words in refused(tmp_path, f'[[expect]]\nfigure = "traffic.total.requests"\n{text}')


def test_a_text_is_only_equal_or_not(tmp_path: Path) -> None:
    assert "compare it with equals" in refused(tmp_path, '[[expect]]\nfigure = "traffic.source"\nat-least = 1')
    assert "is a text, and is compared with 1.0" in refused(
        tmp_path, '[[expect]]\nfigure = "traffic.source"\nequals = 1'
    )


def test_a_misspelt_query_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    (tmp_path / "no_5xx.sql").write_text("SELECT 1")
    text = '[[expect]]\nquery = "no_5x"\nequals = 0'
    message = refused(tmp_path, text, "--query", str(tmp_path / "no_5xx.sql"))
    assert re.search(r"no query 'no_5x' runs \| did you mean 'no_5xx'\?$", message)


def test_a_query_of_the_gateway_itself_can_be_expected_of(tmp_path: Path) -> None:
    gateway = tmp_path / "mine"
    gateway.mkdir()
    (gateway / "gateway.toml").write_text('title = "Mine"\nabout = "Mine."\ndetect = {}\n')
    (gateway / "quota.sql").write_text("SELECT 1 AS left")
    chosen = settled(tmp_path, '[[expect]]\nquery = "quota"\nat-least = 0', "--gateway", str(gateway))
    assert [one.query for one in chosen.expectations] == ["quota"]


@pytest.mark.parametrize("name", ["traffic.total.error_ratio.low", 'instances[instance="a"].error_ratio.high'])
def test_a_limit_of_more_than_all_is_rejected_as_a_threshold_is(tmp_path: Path, name: str) -> None:
    said_so = refused(tmp_path, f"[[expect]]\nfigure = '{name}'\nat-most = 5")
    assert "at-most 500% is above 100%, which is all of them | write 5% or 0.05" in said_so
    settled(tmp_path, f"[[expect]]\nfigure = '{name}'\nat-most = 1")


def test_a_hint_offers_no_value_that_would_be_rejected(tmp_path: Path) -> None:
    text = "[[expect]]\nfigure = 'traffic.total.error_ratio.low'\nat-most = 'a'"
    assert refused(tmp_path, text).endswith("'a' is not a ratio | write 2% or 0.02")
    waiver = '[[waive]]\ncheck = "error-ratio"\nreason = "r"\nexpires = 2026-12-31\nup-to = "a"'
    assert refused(tmp_path, waiver).endswith("'a' is not a ratio | write 2% or 0.02")
    assert refused(tmp_path, "[checks.error-ratio]\nfail = 'a'").endswith("0.02, or false for no threshold")
