"""`--slo`: the error budget, from the words of the command line to rows of a database."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmgw_report.config.options import BY_NAME
from llmgw_report.config.slo import RULES, Slo, slo
from llmgw_report.config.values import convert
from llmgw_report.errors import UsageError
from llmgw_report.model import timestamp
from llmgw_report.model.report import Report
from llmgw_report.renderers.json import render
from tests.builders.gateway import Machine, gateway, measured, report, said, scrape

AT = "2026-03-02T12:00:00Z"
HOUR, DAY = 3600, 86400

Calls = Iterable[tuple[float, int, int]]
"""So many seconds ago, and so many good and bad calls then."""


def budgeted(folder: Path, calls: Calls, *more: str, objective: str = "99.5%") -> Report:
    """A report of a database with these calls."""
    file = folder / "calls.db"
    until = timestamp.parse(AT)
    rows = [
        (until - round(ago * 1000), ok)
        for ago, good, bad in calls
        for ok, times in ((1, good), (0, bad))
        for _ in range(times)
    ]
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE calls (time_ms INTEGER, ok INTEGER)")
        database.executemany("INSERT INTO calls VALUES (?, ?)", rows)
        database.commit()
    source = ("--gateway", gateway(folder), "--db-path", str(file), "--no-metrics", "--no-config", "--at", AT)
    return report(*source, *(("--slo", objective) if objective else ()), *more, machine=Machine(AT))


@pytest.mark.parametrize(
    ("calls", "status", "left"),
    [
        ([(60, 1000, 0)], "pass", 1.0),
        ([(60, 997, 3)], "pass", 0.4),
        ([(60, 700, 300), (10 * DAY, 99_000, 0)], "fail", 0.4),  # an hour at 60 times the rate, and it goes on
        ([(20 * 60, 700, 300), (10 * DAY, 99_000, 0)], "fail", 0.4),  # over for the last 5 minutes, not for the last 30
        ([(2 * HOUR, 700, 300), (10 * DAY, 99_000, 0)], "warn", 0.4),  # over for 2 hours: slow burn only
        ([(DAY, 700, 300), (10 * DAY, 99_000, 0)], "pass", 0.4),  # long over, and some budget is left
        ([(10 * DAY, 900, 100)], "warn", -19.0),  # long over, and nothing is left
        ([(60, 5, 5)], "unknown", -99.0),
        ([], "unknown", None),
        ([(40 * DAY, 0, 100)], "unknown", None),  # before the window
        ([(-60, 0, 100)], "unknown", None),  # after the instant judged
    ],
)
def test_a_budget(calls: Calls, status: str, left: float | None, tmp_path: Path) -> None:
    found = budgeted(tmp_path, calls)
    (one,) = said(found, "error-budget")
    assert one.status == status, one.seen
    budget = found.sections.error_budget
    assert budget
    assert budget.basis == "window"
    assert budget.left_ratio == (None if left is None else pytest.approx(left))


def test_a_saved_report_is_judged_again_by_another_objective(tmp_path: Path) -> None:
    calls = [(60, 990, 10), (10 * DAY, 9000, 0)]
    saved = budgeted(tmp_path, calls, objective="99.9%")
    assert said(saved, "error-budget")[0].status == "warn"
    (tmp_path / "report.json").write_text(render(saved))
    again = ("--rejudge", str(tmp_path / "report.json"), "--no-config")
    (tmp_path / "fresh").mkdir()
    assert report(*again, "--slo", "99.5%", machine=Machine(AT)).sections.error_budget == (
        budgeted(tmp_path / "fresh", calls, objective="99.5%").sections.error_budget
    )
    assert report(*again, machine=Machine(AT)).sections.error_budget == saved.sections.error_budget
    other = report(*again, "--slo", "99.5%", "--slo-window", "7d", machine=Machine(AT))
    assert said(other, "error-budget")[0].status == "unknown"
    assert "did not count its windows" in {one.quantity: one.reason for one in other.absent}["error budget"]


def test_the_pace_says_when_it_is_gone(tmp_path: Path) -> None:
    """A share of 2 % burns at 4: the 60 % that are left last 0.6 of a quarter of the 30 days."""
    budget = budgeted(tmp_path, [(HOUR, 980, 20), (10 * DAY, 9000, 0)]).sections.error_budget
    assert budget
    assert budget.left_ratio == pytest.approx(0.6)
    assert budget.pace_seconds == 6 * HOUR
    assert budget.exhausted_at == "2026-03-07T00:00:00Z"  # 4.5 days later


def test_windows_scale_with_the_objective(tmp_path: Path) -> None:
    budget = budgeted(tmp_path, [(60, 100, 0)], "--slo-window", "7d").sections.error_budget
    assert budget
    assert [(rule.long_seconds, rule.short_seconds) for rule in budget.rules] == [(840, 70), (5040, 420), (60480, 5040)]
    assert {one.seconds for one in budget.windows} >= {840, 70, 7 * DAY}
    assert {(one.good, one.bad) for one in budget.windows if one.seconds >= 420} == {(100, 0)}


def test_without_an_objective_there_is_no_section(tmp_path: Path) -> None:
    found = budgeted(tmp_path, [(60, 0, 100)], objective="")
    assert found.sections.error_budget is None
    assert said(found, "error-budget")[0].status == "skip"


def test_without_rows_the_lifetime_is_information_and_no_verdict(tmp_path: Path) -> None:
    found = measured(tmp_path, scrape(900, 100), AT, "--slo", "99.5%")
    budget, (one,) = found.sections.error_budget, said(found, "error-budget")
    assert budget
    assert (budget.basis, budget.good, budget.bad, budget.left_ratio) == ("lifetime", 900, 100, None)
    assert budget.burn_rate == pytest.approx(20)
    assert one.status == "unknown"
    assert "20" in one.seen
    assert [line.reason for line in found.absent if line.quantity == "error budget"] == [budget.reason]


def test_a_gateway_without_such_rows_says_so(tmp_path: Path) -> None:
    gateway(tmp_path)
    (tmp_path / "small" / "budget.sql").unlink()
    (tmp_path / "metrics.prom").write_text(scrape(10))
    source = ("--metrics-file", str(tmp_path / "metrics.prom"), "--no-db", "--no-config", "--slo", "99.5%")
    found = report("--gateway", str(tmp_path / "small"), *source, machine=Machine(AT))
    assert "no query that counts failed requests" in (said(found, "error-budget")[0].reason or "")


def test_a_query_of_other_columns_is_said(tmp_path: Path) -> None:
    gateway(tmp_path, "SELECT 1 AS good, 2 AS bad")
    file = tmp_path / "calls.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE calls (time_ms INTEGER, ok INTEGER)")
    source = ("--db-path", str(file), "--no-metrics", "--no-config", "--slo", "99.5%", "--at", AT)
    found = report("--gateway", str(tmp_path / "small"), *source, machine=Machine(AT))
    assert "window_seconds" in (said(found, "error-budget")[0].reason or "")


def objective(target: str | float, window: str | None = None) -> Slo:
    seconds = convert(BY_NAME["slo-window"], window or "30d", "--slo-window")
    return slo(convert(BY_NAME["slo"], target, "--slo"), seconds, "--slo", "--slo-window")


@pytest.mark.parametrize(("target", "share"), [("99.5%", 0.995), ("99.95 %", 0.9995), ("0.995", 0.995), (0.999, 0.999)])
def test_an_objective_is_a_percentage_or_a_share(target: str | float, share: float) -> None:
    assert objective(target).target == pytest.approx(share)


@pytest.mark.parametrize(
    ("target", "window", "word"),
    [
        ("99.5", None, "between 0 and 1"),
        ("100%", None, "no error budget"),
        ("0", None, "between 0 and 1"),
        ("-1%", None, "between 0 and 1"),
        ("nan", None, "not a ratio"),
        ("often", None, "not a ratio"),
        ("93%", None, "never fire"),
        ("93.05%", None, "never fire"),
        ("99%", "12h", "shorter than a day"),
        ("99%", "a month", "not a duration"),
    ],
)
def test_an_objective_that_cannot_be_watched_is_wrong_usage(target: str, window: str | None, word: str) -> None:
    with pytest.raises(UsageError, match=word) as caught:
        objective(target, window)
    assert caught.value.message.startswith("--slo")
    assert caught.value.hint


@given(st.floats(0.0001, 0.9999))
def test_what_is_accepted_can_fire_and_what_is_refused_cannot(target: float) -> None:
    fires = all(1 / (1 - target) > rate for rate, _, _ in RULES)
    try:
        objective(target)
    except UsageError:
        assert not fires
    else:
        assert fires


def test_the_file_says_it_too(tmp_path: Path) -> None:
    config = tmp_path / "llmgw-report.toml"
    config.write_text('[slo]\ntarget = "99%"\nwindow = "7d"\n')
    (tmp_path / "metrics.prom").write_text(scrape(10))
    source = ("--gateway", gateway(tmp_path), "--metrics-file", str(tmp_path / "metrics.prom"), "--no-db")
    budget = report(*source, "--config", str(config), machine=Machine(AT)).sections.error_budget
    assert budget
    assert (budget.target_ratio, budget.window_seconds) == (0.99, 7 * DAY)


@pytest.mark.parametrize("text", ['[slo]\nwindow = "7d"\n', '[slo]\ntarget = "90%"\n', "[slo]\ngoal = 0.99\n"])
def test_a_wrong_file_is_wrong_usage(text: str, tmp_path: Path) -> None:
    config = tmp_path / "llmgw-report.toml"
    config.write_text(text)
    with pytest.raises(UsageError, match="slo"):
        report("--no-metrics", "--no-db", "--config", str(config), machine=Machine(AT))


def test_every_window_is_counted_once() -> None:
    assert Slo(target=0.99).windows() == (30 * DAY, 3 * DAY, 6 * HOUR, HOUR, 1800, 300)
