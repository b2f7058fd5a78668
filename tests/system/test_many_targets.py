"""More targets than a document has rows for: the counts are of all of them."""

from msgspec.structs import replace

from llmgw_report.model.target import TargetCounts, TargetRow
from llmgw_report.renderers._view.targets import counted
from tests.builders.reports import report
from tests.builders.snapshots import ask, snapshot

ROWS = tuple(TargetRow(target=f"pod-{n}", up="up", up_ratio=1.0, requests=10) for n in range(3))
SAVED = TargetCounts(all=600, counted=590, up=599)


def test_a_saved_report_is_judged_by_all_its_targets() -> None:
    saved = replace(snapshot(), targets=ROWS, target_counts=SAVED, expected_targets=599)
    assert [(one.status, one.observed, one.n) for one in ask("targets-up", saved)] == [("pass", 599, 600)]
    assert [one.status for one in ask("targets-up", replace(saved, expected_targets=600))] == ["fail"]


def test_what_never_answered_is_not_among_those_that_are_counted() -> None:
    rows = (*ROWS, TargetRow(target="dead", up="down"), TargetRow(target="two", up="up", problem="several"))
    assert TargetCounts.of(rows) == TargetCounts(all=5, counted=3, up=4)
    assert counted(replace(report(), targets=ROWS, target_counts=SAVED)) == "590 of 600 targets"
