"""The interval against its published values and its own definition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmgw_report.checks._interval import ONE_SIDED_95, Z99, holm, more_needed, p_value, wilson


@pytest.mark.parametrize(
    ("hits", "n", "lower", "upper"),
    [
        (1, 1, 0.207, 1.0),
        (1, 20, 0.009, 0.236),
        (3, 20, 0.052, 0.360),
        (5, 100, 0.022, 0.112),
        (70, 1000, 0.056, 0.088),
    ],
)
def test_known_intervals(hits: int, n: int, lower: float, upper: float) -> None:
    assert list(wilson(hits, n)) == pytest.approx([lower, upper], abs=5e-4)


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_an_interval_holds_the_share_and_stays_within_0_and_1(hits: int, misses: int) -> None:
    n = hits + misses
    lower, upper = wilson(hits, n)
    assert 0 <= lower <= (hits / n if n else 0.5) <= upper <= 1
    assert wilson(hits, n, Z99)[0] <= lower
    assert (lower == 0) >= (hits == 0)


@pytest.mark.parametrize(("limit", "needed"), [(0.05, 73), (0.01, 381), (0.001, 3838)])
def test_so_many_requests_without_an_error_prove_a_limit(limit: float, needed: int) -> None:
    assert more_needed(0, 0, limit) == needed
    assert wilson(0, needed)[1] < limit <= wilson(0, needed - 1)[1]


def test_a_share_on_the_limit_is_never_settled() -> None:
    assert more_needed(50, 1000, 0.05) is None


@given(st.integers(0, 300), st.integers(1, 300), st.floats(0.005, 0.5))
def test_the_test_and_the_interval_say_the_same(hits: int, misses: int, limit: float) -> None:
    n = hits + misses
    below = wilson(hits, n)[0] > limit
    p = p_value(hits, n, limit)
    assert below == (p < ONE_SIDED_95) or p == pytest.approx(ONE_SIDED_95, rel=1e-6)


def test_several_subjects_share_one_chance_of_error() -> None:
    assert holm([0.02], 0.025) == [True]
    assert holm([0.02, 0.5], 0.025) == [False, False]
    assert holm([0.5, 0.001, 0.03, 0.012], 0.05) == [False, True, False, True]
    assert holm([], 0.05) == []


@given(st.lists(st.floats(0, 1), max_size=20))
def test_together_no_more_is_rejected_than_alone(p_values: list[float]) -> None:
    alone = [p <= 0.05 for p in p_values]
    assert all(single >= together for single, together in zip(alone, holm(p_values, 0.05), strict=True))
