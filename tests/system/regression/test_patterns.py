"""Error patterns that an earlier report did not have, where both lists are cut."""

from typing import Any

import pytest
from msgspec.structs import replace

from llmgw_report.model.history import EarlierErrors, History
from llmgw_report.model.sections import WindowCounts
from tests.builders.snapshots import ask, earlier, patterns, snapshot


def new(now: dict[str, Any], before: dict[str, Any]) -> list[tuple[str, str]]:
    findings = ask("new-error-patterns", replace(snapshot(**now), baseline=earlier(**before)))
    return [(one.subject.get("pattern", ""), one.status) for one in findings]


def test_each_new_one_is_a_finding_of_its_own() -> None:
    assert new(patterns(9, "old", "b", "c"), patterns(9, "old")) == [("b", "warn"), ("c", "warn")]


@pytest.mark.parametrize(("rows", "status"), [(5, "unknown"), (18, "warn")])
def test_what_a_cut_list_may_have_hidden_is_not_called_new(rows: int, status: str) -> None:
    cut = patterns(5, "old") | {"window_counts": WindowCounts(error_levels={"ERROR": 40}, log_rows=100)}
    assert new(patterns(rows, "new"), cut) == [("new", status)]


def test_a_few_rows_cannot_hide_more_than_they_are() -> None:
    cut = patterns(5, "old") | {"window_counts": WindowCounts(error_levels={"ERROR": 7}, log_rows=100)}
    assert new(patterns(12, "new"), cut) == [("new", "warn")]


def test_the_same_words_at_another_level_are_another_pattern() -> None:
    before = patterns(9, "same")
    warned = before | {"errors": tuple(replace(one, level="WARN") for one in before["errors"])}
    assert new(before, warned) == [("same", "warn")]


@pytest.mark.parametrize(("rows", "status"), [(5, "unknown"), (6, "warn")])
def test_a_rare_pattern_is_in_one_of_two_windows_by_chance(rows: int, status: str) -> None:
    """Five of five rows fall into the later of two windows in one of 32 cases, six in one of 64."""
    assert new(patterns(rows, "new"), patterns(9, "old")) == [("new", status)]


def test_several_new_patterns_are_taken_together() -> None:
    assert {status for _, status in new(patterns(6, "b", "c", "d"), patterns(9, "old"))} == {"unknown"}


def since_runs(now: dict[str, Any], *known: int, hidden: int = 0) -> list[tuple[str, str]]:
    """Against the runs of a history, which saw the patterns at these places."""
    errors = EarlierErrors(known=known, log_rows=200, hidden=hidden)
    found = snapshot(**now)
    history = History(target="history.db", runs=9, state="window", errors=errors)
    findings = ask("new-error-patterns", replace(found, sections=replace(found.sections, history=history)))
    return [(one.subject.get("pattern", ""), one.status) for one in findings]


def test_runs_of_a_history_know_what_is_new() -> None:
    assert since_runs(patterns(9, "old", "b", "c"), 0) == [("b", "warn"), ("c", "warn")]
    assert since_runs(patterns(9, "old", "b"), 0, 1) == [("", "pass")]
    assert since_runs(patterns(9, "b"), hidden=9) == [("b", "unknown")]
