"""A failure that has ended is a warning with its times; one that came back, or that may be the newest, is none."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from msgspec.structs import replace

from llmgw_report.model.finding import Health
from llmgw_report.model.outcomes import Dimension, Outcomes, SubjectOutcomes
from llmgw_report.model.report import Snapshot
from tests.builders.outcomes import ONE, OTHER, Some, bad, good, happened, statuses, unsure, untimed, window
from tests.builders.settings import said, settled
from tests.builders.snapshots import ask, instance

#: Enough of one kind that the ratio is proven: so many good requests in a row prove less than 5 %.
ENOUGH = 73
SECOND: dict[Dimension, str] = {**ONE, "instance": "a-2"}


def _with(seen: Snapshot, subjects: Iterable[SubjectOutcomes]) -> Snapshot:
    """Of subjects that different sources count, only some of which know when."""
    found = Outcomes(basis="window", source="database", subjects=tuple(subjects))
    return replace(seen, sections=replace(seen.sections, outcomes=found))


@pytest.mark.parametrize(("after", "status"), [(0, "fail"), (ENOUGH - 1, "fail"), (ENOUGH, "warn"), (500, "warn")])
def test_an_outage_is_over_once_the_newest_requests_prove_it(after: int, status: str) -> None:
    seen = window(good(200), bad(100), good(after))
    (one,) = ask("error-ratio", seen)
    assert one.status == status
    assert ("ended; failures from" in one.seen) == (status == "warn")


def test_the_times_of_an_outage_are_shown() -> None:
    (one,) = ask("error-ratio", window(good(200), bad(100), good(ENOUGH)))
    assert "failures from 11:57:08 to 11:58:47" in one.seen
    (going_on,) = ask("error-ratio", window(good(200), bad(100), good(ENOUGH - 1)))
    assert (going_on.since, going_on.onset) == ("2026-03-02T11:57:09Z", "known")


@pytest.mark.parametrize(("before", "onset"), [(0, "first"), (ENOUGH - 1, "first"), (ENOUGH, "known")])
def test_failures_after_too_few_successes_may_have_begun_earlier(before: int, onset: str) -> None:
    (one,) = ask("error-ratio", window(good(before), bad(100)))
    assert (one.onset, one.since) == (onset, "2026-03-02T11:58:21Z")


def test_what_has_ended_has_an_end() -> None:
    (one,) = ask("error-ratio", window(good(200), bad(100), good(ENOUGH)))
    assert (one.since, one.until) == ("2026-03-02T11:57:08Z", "2026-03-02T11:58:47Z")
    assert one.do.startswith("It has ended")


def test_a_failure_of_unknown_side_ends_as_well() -> None:
    assert statuses("unattributed-error-ratio", window(good(10), unsure(90), good(3)))[""] == "fail"
    # Four requests without a failure prove less than 50 %.
    assert statuses("unattributed-error-ratio", window(good(10), unsure(90), good(4)))[""] == "warn"


def test_a_finer_subject_is_over_with_the_coarsest_that_the_outage_covers() -> None:
    """One success and no failure since are enough, for it has not had enough requests of its own."""
    found = statuses("error-ratio", window(good(100, ONE), bad(60, ONE), good(2, ONE), good(200, OTHER)))
    assert (found[""], found["a"], found["a a-1"], found["m"]) == ("warn", "warn", "warn", "warn")


@pytest.mark.parametrize("since", [(), (good(2, ONE), bad(1, ONE))], ids=["nothing", "a failure"])
def test_a_finer_subject_without_a_success_since_or_with_a_failure_is_not_over(since: tuple[Some, ...]) -> None:
    found = statuses("error-ratio", window(good(100, ONE), bad(60, ONE), bad(60, OTHER), *since, good(200, OTHER)))
    assert found["a"] == "fail"
    assert found["b"] == "warn"


def test_an_outage_that_came_back_is_not_over() -> None:
    twice = (good(100), bad(30), good(ENOUGH), bad(30), good(200))
    assert statuses("error-ratio", window(*twice))[""] == "fail"
    # Without such a stretch between them they are one.
    assert statuses("error-ratio", window(good(100), bad(30), good(ENOUGH - 1), bad(30), good(200)))[""] == "warn"


def test_an_episode_counts_from_five_failures_on_that_are_above_the_threshold_by_themselves() -> None:
    for again, status in ((4, "warn"), (5, "fail")):
        seen = window(good(100), bad(40), good(ENOUGH), bad(again), good(200))
        assert statuses("error-ratio", seen)[""] == status
    few_of_many = [step for _ in range(5) for step in (bad(1), good(60))]
    assert statuses("error-ratio", window(good(100), bad(60), good(ENOUGH), *few_of_many, good(200)))[""] == "warn"


def test_a_failure_without_a_time_may_be_the_newest() -> None:
    """As many as it takes to go on: the good requests after the others prove nothing about those."""
    seen = window(bad(100), untimed(bad(1)), good(500))
    (one,) = ask("error-ratio", seen)
    assert one.status == "fail"


@pytest.mark.parametrize(("health", "status"), [("ok", "warn"), ("unknown", "warn"), ("down", "fail")])
def test_an_instance_without_times_is_over_only_with_its_sum_and_if_it_is_not_down(health: Health, status: str) -> None:
    total = happened(good(40), bad(60), good(300))
    parts = happened(untimed(good(40, ONE)), untimed(bad(60, ONE)))
    subjects = (total.total(), *(one for one in parts.subjects if "instance" in one.subject))
    seen = _with(window(instances=(instance(health, 100, 60),)), subjects)
    assert statuses("error-ratio", seen) == {"": "warn", "a a-1": status}


def test_an_instance_without_times_is_not_over_while_its_sum_is_not() -> None:
    parts = happened(untimed(good(40, ONE)), untimed(bad(60, ONE)))
    total = happened(good(40), bad(60), good(60))
    seen = _with(window(), (total.total(), *(one for one in parts.subjects if "instance" in one.subject)))
    assert statuses("error-ratio", seen) == {"": "fail", "a a-1": "fail"}


@pytest.mark.parametrize("slug", ["error-ratio", "unattributed-error-ratio"])
def test_where_the_whole_counts_nothing_ends(slug: str) -> None:
    """As in the preset smoke: a script sent every request, and each has to be answered."""
    steps = (bad(60), unsure(400), good(100))
    assert statuses(slug, window(*steps, whole=True))[""] == "fail"
    assert statuses(slug, window(*steps))[""] == "warn"


@pytest.mark.parametrize(("preset", "status"), [("smoke", "fail"), ("staging", "warn"), ("production", "warn")])
def test_the_preset_for_smoke_tests_counts_the_whole(tmp_path: Path, preset: str, status: str) -> None:
    seen = window(bad(200), good(100))
    assert {one.status for one in said(seen, settled(tmp_path, f'preset = "{preset}"'), "error-ratio")} == {status}


def test_no_service_at_all_does_not_end_by_itself() -> None:
    assert statuses("serving", window(bad(500)))[""] == "fail"


def test_an_instance_that_answered_nothing_is_over_only_with_the_outage_of_its_sum() -> None:
    """Its failures have no time, so it may well be what goes on failing."""
    dead = happened(untimed(bad(9, SECOND)), untimed(good(50, ONE)))
    subjects = [one for one in dead.subjects if one.subject.get("instance") == "a-2"]
    seen = _with(window(), (happened(good(400), bad(9), good(400)).total(), *subjects))
    assert statuses("serving", seen)["a a-2"] == "fail"
