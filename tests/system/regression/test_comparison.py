"""The interval of a difference against its published values and its own definition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmgw_report.checks._baseline import Change, chance, difference, judge_changes, known, mean, proportion
from llmgw_report.checks._statistics import ONE_SIDED_95
from llmgw_report.model.finding import Threshold

COUNTS = st.tuples(st.integers(0, 200), st.integers(1, 400)).map(lambda pair: (min(pair), max(pair)))


@pytest.mark.parametrize(
    ("now", "before", "low", "high"),
    [
        # Newcombe 1998, table II, method 10.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_published_intervals(now: tuple[int, int], before: tuple[int, int], low: float, high: float) -> None:
    assert difference(proportion(*now), proportion(*before)) == pytest.approx((low, high), abs=5e-5)


@given(COUNTS, COUNTS)
def test_the_chance_is_small_exactly_where_the_interval_lies_above_0(
    now: tuple[int, int], before: tuple[int, int]
) -> None:
    one, other = proportion(*now), proportion(*before)
    p = chance(one, other)
    assert 0 <= p <= 1
    assert (difference(one, other)[0] > 0) == (p < ONE_SIDED_95) or p == pytest.approx(ONE_SIDED_95, rel=1e-6)


@given(COUNTS, COUNTS)
def test_what_grew_one_way_shrank_the_other(now: tuple[int, int], before: tuple[int, int]) -> None:
    low, high = difference(proportion(*now), proportion(*before))
    assert difference(proportion(*before), proportion(*now)) == pytest.approx((-high, -low))
    assert low <= now[0] / now[1] - before[0] / before[1] <= high


@given(st.floats(0.01, 1e5), st.integers(1, 10**6), st.floats(0.1, 3))
def test_a_mean_lies_in_its_interval_which_never_reaches_below_0(value: float, n: int, spread: float) -> None:
    low, high = mean(value, n, spread).interval(1.96)
    assert 0 <= low <= value <= high


def test_a_known_interval_is_taken_as_it_is() -> None:
    assert known(3.0, 2.0, 5.0).interval(1.959963984540054) == pytest.approx((2.0, 5.0))


def change(p: float, growth: float = 0.5, highest: float = 0.9, *, large: bool = True) -> Change:
    return Change(subject={}, seen="", growth=growth, highest=highest, chance=p, n=100, large=large)


@pytest.mark.parametrize(
    ("one", "status"),
    [
        (change(0.001), "fail"),
        (change(0.006), "unknown"),  # proven at 95 %, not at 99 %
        (change(0.001, growth=0.3), "warn"),
        (change(0.001, growth=0.1), "unknown"),
        (change(0.001, growth=0.1, highest=0.3), "pass"),
        (change(0.9, growth=-0.1, highest=0.3), "pass"),
        (change(0.001, large=False), "pass"),
        (change(0.9, large=False), "unknown"),
    ],
)
def test_bad_is_what_is_both_proven_and_large(one: Change, status: str) -> None:
    assert judge_changes([one], Threshold(warn=0.2, fail=0.4))[0].status == status


def test_of_many_groups_one_in_forty_is_no_news() -> None:
    changes = [change(0.004), *(change(0.5, growth=0.0, highest=0.1) for _ in range(39))]
    assert "warn" not in [one.status for one in judge_changes(changes, Threshold(warn=0.2, fail=0.4))]


def test_without_bounds_nothing_is_bad() -> None:
    assert judge_changes([change(0.001)], Threshold())[0].status == "pass"
