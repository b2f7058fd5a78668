"""Findings about one target of several: what stays the same when the target has another name."""

from functools import reduce

from msgspec.structs import replace

from llmgw_report.model import timestamp
from llmgw_report.model.finding import Finding
from llmgw_report.model.history import History, Streak
from llmgw_report.model.outcomes import OutcomeCounts, Outcomes, SubjectOutcomes
from llmgw_report.model.report import Snapshot
from llmgw_report.model.target import TargetRow
from llmgw_report.pipeline.causes import fold
from llmgw_report.pipeline.judge import any_target
from llmgw_report.pipeline.remember import kept_name, with_onset
from tests.builders.snapshots import AT, ask, snapshot


def down(*names: str) -> Snapshot:
    rows = (TargetRow(target=name, up="down", up_ratio=0.5) for name in names)
    return replace(snapshot(), targets=(*rows, TargetRow(target="other", up="up", up_ratio=0.9)))


def about_targets(found: Snapshot) -> list[Finding]:
    return [one for one in ask("targets-up", found) if one.subject]


def test_a_fingerprint_is_the_same_after_a_deployment_and_another_for_each_target() -> None:
    before, after = (about_targets(down(*names)) for names in (("pod-7f", "pod-a1"), ("pod-9c", "pod-d4")))
    assert [one.subject["target"] for one in after] == ["pod-9c", "pod-d4", "other"]
    assert [one.fingerprint for one in before] == [one.fingerprint for one in after]
    assert len({one.fingerprint for one in after}) == 3
    assert not [one for one in after if "pod" in one.fingerprint or "pod" in kept_name(one)]


def test_a_streak_is_that_of_any_target_and_says_so() -> None:
    (first, *_), at = about_targets(down("pod-9c")), timestamp.text((timestamp.milliseconds(AT) or 0) - 7_200_000)
    streak = Streak(fingerprint=any_target(first), since=at, runs=2, changes=0, of=2)
    remembered = replace(
        snapshot(),
        sections=replace(
            snapshot().sections, history=History(target="h.db", runs=2, state="window", streaks=(streak,))
        ),
    )
    (found,) = with_onset([first], remembered)
    assert "of this or another target in every run since 10:00, 3 runs" in found.seen
    assert found.since is None


def failing(*failed: int) -> Snapshot:
    """Targets with 500 requests each, of which so many failed."""
    ended = [OutcomeCounts(success=500 - n, server_error=n) for n in failed]
    total = reduce(OutcomeCounts.plus, ended)
    names = [f"pod-{place}" for place in range(len(failed))]
    subjects = (SubjectOutcomes(subject={"target": name}, outcomes=one) for name, one in zip(names, ended, strict=True))
    found = Outcomes(
        basis="window", source="metrics", subjects=(SubjectOutcomes(subject={}, outcomes=total), *subjects)
    )
    rows = (TargetRow(target=name, up="up", requests=500, outcomes=one) for name, one in zip(names, ended, strict=True))
    return replace(snapshot(outcomes=found), targets=tuple(rows))


def folded(of: Snapshot) -> dict[str, str | None]:
    findings = [one for check in ("error-ratio", "target-outlier") for one in ask(check, of)]
    return {one.subject.get("target", ""): one.derived_from for one in fold(findings, of) if one.check == "error-ratio"}


def test_targets_that_fail_alike_are_one_problem_and_one_that_fails_more_is_its_own() -> None:
    assert folded(failing(150, 160, 150)) == dict.fromkeys(("pod-0", "pod-1", "pod-2"), "error-ratio") | {"": None}
    alone = {name for name, root in folded(failing(400, 40, 40)).items() if root is None}
    assert alone == {"", "pod-0"}
