"""Percentiles: of buckets, of quantiles, and when there is none."""

import json
from collections import Counter
from itertools import pairwise
from math import ceil, inf, log10

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmgw_report.model.indicator import Buckets, Indicator
from llmgw_report.model.quantities import PERCENTILES, QUANTITIES
from llmgw_report.model.sections import Latency
from llmgw_report.pipeline import latency as distributions
from llmgw_report.pipeline.latency import merge, percentile


def from_indicators(found: list[Indicator]) -> Latency:
    return distributions.from_indicators(found, QUANTITIES["latency"])


def histogram(counts: tuple[float, ...], bounds: tuple[float, ...] = (1.0, 2.0, inf)) -> Indicator:
    """One series whose observations all took half a second on average."""
    total = counts[-1]
    return Indicator(
        quantity="latency",
        family="f",
        value=total / 2,
        roles={},
        count=total,
        buckets=Buckets(bounds=bounds, counts=counts),
    )


def summary(count: float, quantiles: dict[str, float] | None) -> Indicator:
    """One series of a summary."""
    return Indicator(quantity="latency", family="f", value=count, roles={}, count=count, quantiles=quantiles)


@given(st.lists(st.integers(1, 10**7), min_size=299, max_size=400))
def test_a_percentile_of_a_sketch_is_in_the_tenth_of_a_power_of_ten_that_the_true_one_is_in(took_ms: list[int]) -> None:
    parts = [ceil(10 * log10(ms / 1000)) for ms in took_ms]
    latency = distributions.from_sketch(json.dumps(Counter(parts)))
    assert latency.count == len(took_ms)
    for name, one in PERCENTILES.items():
        true = sorted(parts)[ceil(one.ratio * len(parts)) - 1]
        assert latency.percentiles[name].seconds == pytest.approx(10 ** ((true - 0.5) / 10), rel=0.13)


def test_a_sketch_has_the_percentiles_that_it_has_enough_durations_for() -> None:
    few = distributions.from_sketch('{"0": 28}')
    assert [name for name, one in few.percentiles.items() if one.seconds is not None] == ["p50"]
    none = distributions.from_sketch("{}")
    assert (none.count, none.p99.seconds) == (0, None)


def test_buckets_of_all_series_are_merged_and_the_bucket_is_shown() -> None:
    latency = from_indicators([histogram((300, 300, 300)), histogram((0, 296, 300))])
    assert latency.count == 600
    assert latency.percentiles["p50"].seconds == 1.0
    assert latency.p99.bucket is not None
    assert (latency.p99.bucket.above_seconds, latency.p99.bucket.up_to_seconds) == (1.0, 2.0)
    assert latency.p99.seconds == pytest.approx(1 + 294 / 296)


def test_beyond_the_last_bound_only_the_bound_is_known() -> None:
    latency = from_indicators([histogram((0, 0, 400))])
    assert latency.p99.seconds is None
    assert latency.p99.bucket is not None
    assert (latency.p99.bucket.above_seconds, latency.p99.bucket.up_to_seconds) == (2.0, None)


def test_series_with_other_bounds_add_at_those_they_share() -> None:
    merged = merge([Buckets(bounds=(1, 2, inf), counts=(1, 2, 3)), Buckets(bounds=(2, 4, inf), counts=(10, 20, 30))])
    assert merged == Buckets(bounds=(2, inf), counts=(12, 33))


def test_quantiles_are_never_averaged() -> None:
    latency = from_indicators([summary(500, {"0.5": 1.0, "0.99": 2.0}), summary(500, {"0.5": 3.0, "0.99": 1.0})])
    assert (latency.percentiles["p50"].seconds, latency.p99.seconds) == (3.0, 2.0)
    assert latency.worst_of == 2


def test_a_summary_whose_last_minute_was_idle_has_a_mean_and_no_percentile() -> None:
    latency = from_indicators([summary(3, None)])
    assert latency.mean_seconds == 1.0
    assert latency.p99.seconds is None
    assert "idle" in (latency.reason or "")


def test_no_series_is_not_no_request() -> None:
    assert from_indicators([]).count is None
    assert from_indicators([summary(0, None)]).count == 0


@pytest.mark.parametrize(("name", "fewest"), [("p50", 5), ("p90", 29), ("p99", 299)])
def test_a_percentile_needs_its_n(name: str, fewest: int) -> None:
    share = PERCENTILES[name].ratio
    assert 1 - share**fewest >= 0.95 > 1 - share ** (fewest - 1)
    enough, short = (from_indicators([histogram((n, n, n))]) for n in (fewest, fewest - 1))
    assert enough.percentiles[name].seconds is not None
    assert short.percentiles[name].seconds is None
    assert name in (short.reason or "")


@given(st.lists(st.integers(0, 50), min_size=2, max_size=12).filter(any), st.floats(0.01, 0.999))
def test_a_percentile_lies_in_its_bucket_and_splits_the_counts(sizes: list[int], share: float) -> None:
    counts = [float(sum(sizes[: i + 1])) for i in range(len(sizes))]
    buckets = Buckets(bounds=(*(float(i + 1) for i in range(len(sizes) - 1)), inf), counts=tuple(counts))
    found = percentile(buckets, share)
    value, bucket = found.seconds, found.bucket
    assert bucket is not None
    rank = share * counts[-1]
    below = dict(zip(buckets.bounds, counts, strict=True))
    assert below.get(bucket.above_seconds, 0.0) < rank <= below[bucket.up_to_seconds or inf]
    if value is not None and bucket.up_to_seconds is not None:
        assert bucket.above_seconds <= value <= bucket.up_to_seconds
    assert all(low < high for low, high in pairwise(buckets.bounds))
