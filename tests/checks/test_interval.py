"""The interval against its published values and its own definition."""

import random
from math import comb, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmgw_report.checks._statistics import (
    ONE_SIDED_95,
    Z99,
    binomial_tail,
    exceeding,
    growth_p_value,
    holm,
    more_needed,
    p_value,
    upper_limit,
    wilson,
)


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
def test_what_the_test_proves_the_interval_shows(hits: int, misses: int, limit: float) -> None:
    n = hits + misses
    p = p_value(hits, n, limit)
    assert wilson(hits, n)[0] > limit or p > ONE_SIDED_95 * (1 - 1e-6)


@given(st.integers(1, 40), st.data(), st.floats(0.001, 0.6))
def test_the_tail_is_the_sum_of_its_terms(n: int, data: st.DataObject, share: float) -> None:
    hits = data.draw(st.integers(int(n * share) + 1, n)) if int(n * share) < n else n
    terms = [comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(hits, n + 1)]
    assert binomial_tail(hits, n, share) == pytest.approx(min(1.0, sum(terms)), rel=1e-9)


def test_a_large_sample_has_a_tail_too() -> None:
    """Three standard deviations of a normal distribution leave 0.135 %."""
    assert binomial_tail(500_000 + 1500, 1_000_000, 0.5) == pytest.approx(0.00135, rel=0.01)


def test_two_of_fifty_prove_nothing_against_one_percent() -> None:
    """The interval alone would: its lower end is 1.1 %."""
    assert wilson(2, 50)[0] > 0.01
    assert binomial_tail(2, 50, 0.01) == pytest.approx(0.0894, abs=1e-4)
    assert p_value(2, 50, 0.01) == pytest.approx(0.0516, abs=1e-4)


@given(st.integers(0, 60), st.integers(1, 400), st.sampled_from([0.05, 0.025, 0.005]))
def test_the_upper_limit_has_the_level_that_it_claims(hits: int, misses: int, level: float) -> None:
    """If the true ratio were the limit, so few hits would have exactly that probability."""
    n, limit = hits + misses, upper_limit(hits, hits + misses, level)
    through = sum(comb(n, k) * limit**k * (1 - limit) ** (n - k) for k in range(hits + 1))
    assert through == pytest.approx(level, rel=1e-6)


def test_the_limits_of_nothing_and_of_many() -> None:
    assert upper_limit(0, 500) == pytest.approx(0.00597, abs=1e-5)
    assert upper_limit(0, 299) < 0.01 < upper_limit(0, 298)
    assert upper_limit(7, 7) == upper_limit(0, 0) == 1.0
    assert upper_limit(1000, 10**6) == pytest.approx(upper_limit(1001, 10**6), rel=2e-3)


@pytest.mark.parametrize("ratio", [0.005, 0.01])
@pytest.mark.parametrize(
    ("n", "old_n"), [(20, 1_000), (20, 100_000), (50, 1_000), (30, 5_000), (100_000, 20), (1_000, 1_000)]
)
def test_two_samples_of_unequal_size_keep_the_level(n: int, old_n: int, ratio: float) -> None:
    """At most 5 in 1,000 look like growth: the small sample by its exact probabilities, the large one drawn."""
    rng, level, draws = random.Random(f"{n} {old_n} {ratio}"), 0.005, 200  # noqa: S311 - a simulation
    small, large = min(n, old_n), max(n, old_n)
    chances = [comb(small, k) * ratio**k * (1 - ratio) ** (small - k) for k in range(min(small, 12) + 1)]
    rejected = 0.0
    for _ in range(draws):
        other = round(rng.normalvariate(large * ratio, sqrt(large * ratio * (1 - ratio))))
        for hits, chance in enumerate(chances):
            found = (
                growth_p_value(hits, n, max(0, other), old_n) if n == small else growth_p_value(other, n, hits, old_n)
            )
            rejected += chance * (found <= level)
    assert rejected / draws <= level


def test_fishers_test_against_its_published_example() -> None:
    """The tea tasting: 3 of 4 right has a probability of 17 in 70, all right one of 1 in 70."""
    assert growth_p_value(3, 4, 1, 4) == pytest.approx(17 / 70)
    assert growth_p_value(4, 4, 0, 4) == pytest.approx(1 / 70)
    assert growth_p_value(1, 4, 3, 4) == growth_p_value(0, 0, 3, 4) == 1.0


@given(*[st.integers(0, 2**63 - 1)] * 4)
def test_the_largest_counts_have_limits_and_p_values(hits: int, misses: int, old_hits: int, old_misses: int) -> None:
    assert hits / max(1, hits + misses) <= upper_limit(hits, hits + misses) <= 1
    assert 0 <= growth_p_value(hits, hits + misses, old_hits, old_hits + old_misses) <= 1


@pytest.mark.parametrize("hits", [0, 1, 1000, 2**62, 2**63 - 2, 2**63 - 1])
@pytest.mark.parametrize(
    ("old_hits", "old_n"), [(0, 2**63 - 1), (2**62, 2**63 - 1), (2**63 - 2, 2**63 - 1), (1, 20), (19, 20)]
)
def test_few_of_very_many_too(hits: int, old_hits: int, old_n: int) -> None:
    assert 0 <= growth_p_value(hits, 2**63 - 1, old_hits, old_n) <= 1
    assert 0 <= growth_p_value(old_hits, old_n, hits, 2**63 - 1) <= 1
    assert hits / (2**63 - 1) <= upper_limit(hits, 2**63 - 1) <= 1


def test_large_samples_are_compared_as_small_ones_are() -> None:
    assert growth_p_value(2_150, 10**6, 2_000, 10**6) == pytest.approx(0.0100, rel=0.05)
    assert growth_p_value(2, 20, 5 * 10**15, 10**18) == pytest.approx(binomial_tail(2, 20, 0.005), rel=1e-6)


def test_more_confidence_takes_more_requests() -> None:
    """5 of 5 against 50 %: each further one halves the chance."""
    assert [more_needed(5, 5, 0.5, level) for level in (ONE_SIDED_95, 0.005, 0.005 / 4)] == [1, 2, 5]


def test_several_subjects_share_one_chance_of_error() -> None:
    assert holm([0.02], 0.025) == [True]
    assert holm([0.02, 0.5], 0.025) == [False, False]
    assert holm([0.5, 0.001, 0.03, 0.012], 0.05) == [False, True, False, True]
    assert holm([], 0.05) == []
    assert exceeding([None, 0.02, None], 0.025) == [False, True, False]


@given(st.lists(st.floats(0, 1), max_size=20))
def test_together_no_more_is_rejected_than_alone(p_values: list[float]) -> None:
    alone = [p <= 0.05 for p in p_values]
    assert all(single >= together for single, together in zip(alone, holm(p_values, 0.05), strict=True))
