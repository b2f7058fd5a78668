"""Requests that ended in steps of a window: their order inside a step is not known, and claims nothing."""

from collections.abc import Sequence

import pytest

from llmgw_report.checks._episodes import SERVICE, began, ended, newest_failures
from llmgw_report.model.indicator import Indicator
from llmgw_report.model.outcomes import SubjectOutcomes
from llmgw_report.pipeline.tally import Tally, from_indicators, outcomes

STEP_MS = 15_000


def total(good: Sequence[float], bad: Sequence[float]) -> SubjectOutcomes:
    """The total of a target with so many successes and failures in each step."""
    times = tuple(1_767_225_600_000 + i * STEP_MS for i in range(len(good) + 1))
    found = [
        Indicator(
            quantity="requests", family="x", value=sum(n), roles={"outcome": name}, steps=tuple(n), times_ms=times
        )
        for name, n in (("success", good), ("server-error", bad))
    ]
    return outcomes(from_indicators(found), source="metrics", basis="window").total()


@pytest.mark.parametrize("n", [20, 200, 5_000])
def test_a_ratio_that_goes_on_is_neither_dead_nor_over(n: int) -> None:
    one = total([n] * 40, [n // 7] * 40)
    assert sum(run.count for run in one.runs) == one.outcomes.base
    assert one.untimed == 0
    assert newest_failures(one) is None
    assert not ended(one, (), SERVICE, 0.05)


def test_an_outage_that_has_ended_is_over_with_its_times() -> None:
    one = total([100] * 40, [0] * 10 + [40] * 5 + [0] * 25)
    assert ended(one, (), SERVICE, 0.05)
    first, last = began(one, SERVICE)
    assert (first, last) >= ("2026-01-01T00:02:30Z", "2026-01-01T00:03:30Z")
    assert (last or "") <= "2026-01-01T00:03:45Z"


def test_one_that_answers_nothing_any_more_is_dead_since_then() -> None:
    one = total([100] * 30 + [0] * 10, [0] * 30 + [100] * 10)
    newest = newest_failures(one)
    assert newest
    assert (newest.count, newest.since) == (1_000, "2026-01-01T00:07:37.500Z")


@pytest.mark.parametrize(("good", "bad"), [(900, 100), (4_900, 700), (30_000, 1_700)])
@pytest.mark.parametrize("threshold", [0.01, 0.05, 0.2])
def test_an_outage_inside_one_step_is_one(good: int, bad: int, threshold: float) -> None:
    """However many requests the step had, between whose failures the successes are spread."""
    one = total([1_000] * 20 + [good] + [1_000] * 20, [0] * 20 + [bad] + [0] * 20)
    assert ended(one, (), SERVICE, threshold)
    twice = total([1_000] * 20 + [good] + [1_000] * 20 + [10], [0] * 20 + [bad] + [0] * 20 + [bad])
    assert not ended(twice, (), SERVICE, threshold)


@pytest.mark.parametrize("moment_ms", [1, 1_000, 60_000])
def test_an_outage_inside_one_moment_of_a_log_is_one(moment_ms: int) -> None:
    """A log of whole minutes has thousands of requests at one time."""
    tally, at_ms = Tally(), 1_767_225_600_000
    for minute in range(20):
        tally.add({}, "success", 1_000, at_ms + minute * 60_000)
    for n in range(700):
        tally.add({}, "server-error", 1, (at_ms + 600_000 + n) // moment_ms * moment_ms)
        tally.add({}, "success", 7, (at_ms + 600_000 + n) // moment_ms * moment_ms)
    one = outcomes(tally, source="log", basis="window").total()
    assert ended(one, (), SERVICE, 0.05)


@pytest.mark.parametrize("later_ms", [1, 400])
@pytest.mark.parametrize("failed_ms", [0, 1])
def test_a_request_that_may_have_succeeded_since_is_later_by_milliseconds(later_ms: int, failed_ms: int) -> None:
    """As texts "50:00.400Z" comes before "50:00Z"."""
    tally, at_ms = Tally(), 1_767_225_600_000
    tally.add({}, "success", 100, at_ms - 60_000)
    tally.add({}, "server-error", 6, at_ms + failed_ms)
    tally.add({}, "unobserved", 1)
    tally.unobserved_at[()] = at_ms + failed_ms + later_ms
    assert newest_failures(outcomes(tally, source="log", basis="window").total()) is None
