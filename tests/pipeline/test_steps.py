"""Requests that ended in steps of a window: their order inside a step is not known, and claims nothing."""

from collections.abc import Sequence

import pytest

from llmgw_report.checks._episodes import SERVICE, began, ended, newest_failures
from llmgw_report.model.indicator import Indicator
from llmgw_report.model.outcomes import SubjectOutcomes
from llmgw_report.pipeline.tally import from_indicators, outcomes

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
