"""Whether one sample lies higher than another, against published values and every way of dealing the ranks."""

from itertools import combinations
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmgw_report.checks._baseline import Bin, bins, latency_change, rank_sum, shift_p_value
from llmgw_report.model.sections import BucketCount, Latency
from tests.builders.snapshots import buckets

SAMPLES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=6)


def binned(now: list[int], before: list[int]) -> list[Bin]:
    return [(now.count(value), before.count(value)) for value in sorted({*now, *before})]


def test_a_published_example() -> None:
    """U = 17 of 20 for these ages; by the normal approximation the two-sided chance is 0.1113."""
    assert 2 * rank_sum(binned([19, 22, 16, 29, 24], [20, 11, 17, 12])) == pytest.approx(0.11134688653314041)


def test_against_every_way_to_deal_the_values() -> None:
    """Of all ways to choose which seven of 14 values are now's, how many rank as high."""
    now, before = [3, 5, 5, 6, 8, 9, 9], [1, 2, 3, 3, 4, 5, 7]
    values = now + before
    ranks = [sum(other < one for other in values) + sum(other == one for other in values) / 2 for one in values]
    seen = sum(ranks[:7])
    as_high = sum(sum(dealt) >= seen for dealt in combinations(ranks, 7))
    assert rank_sum(binned(now, before)) == pytest.approx(as_high / comb(14, 7), abs=0.004)


@given(SAMPLES)
def test_what_lies_higher_one_way_lies_lower_the_other(found: list[Bin]) -> None:
    other_way = [(before, now) for now, before in found]
    assert 0 <= rank_sum(found) <= 1
    assert rank_sum(found) + rank_sum(other_way) >= 1 - 1e-9
    assert shift_p_value(found) >= min(1.0, 2 * rank_sum(found)) or shift_p_value(found) > 0


def test_equal_samples_and_empty_ones_prove_nothing() -> None:
    assert shift_p_value([(50, 50), (50, 50)]) == 1.0
    assert shift_p_value([(0, 50), (0, 50)]) == 1.0
    assert shift_p_value([(100, 100)]) == 1.0


def test_a_tail_is_seen_that_ranks_overlook() -> None:
    """3 % of the requests are stuck: all others are as before."""
    found = [(485, 500), (485, 500), (30, 0)]
    assert rank_sum(found) > 0.05
    assert shift_p_value(found) < 0.001


def sketch(*counts: tuple[float | None, int], mean: float) -> Latency:
    cumulative = tuple(BucketCount(up_to_seconds=bound, count=count) for bound, count in counts)
    return Latency(count=counts[-1][1], source="rows", buckets=cumulative, mean_seconds=mean)


def test_bounds_that_a_sketch_left_out_hold_nothing() -> None:
    now, before = sketch((1.0, 10), (4.0, 30), (None, 30), mean=2.0), sketch((2.0, 20), (None, 20), mean=1.5)
    assert bins(now, before) == ((10, 0), (0, 20), (20, 0), (0, 0))


def test_histograms_are_compared_at_the_bounds_of_both() -> None:
    now, before = buckets((1, 10), (4, 30), (None, 40)), buckets((2, 20), (4, 25), (None, 30))
    assert bins(now, before) == ((30, 25), (10, 5))


def test_the_spread_is_no_wider_than_the_buckets_allow() -> None:
    """All within 0.9 and 1.1 s: 100 requests tell more of their mean than an assumed spread of twice the mean."""
    narrow = sketch((1.1, 100), (None, 100), mean=1.0)
    assert latency_change(narrow, narrow).highest < 0.2
    wide = Latency(count=100, mean_seconds=1.0)
    assert latency_change(wide, wide).highest > 0.5
