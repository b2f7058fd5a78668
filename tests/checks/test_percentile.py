"""Where the 99th percentile lies: proven above, proven below, or why not."""

import pytest

from llmgw_report.checks._statistics import ONE_SIDED_95, ONE_SIDED_99, Undecided, p99_p_value, p99_upper, undecided
from llmgw_report.model.sections import Latency, PercentileValue
from tests.builders.snapshots import buckets


def place(latency: Latency, limit: float) -> str | Undecided:
    """Above, below, or why neither."""
    if p99_p_value(latency, limit) <= ONE_SIDED_95:
        return "above"
    return "below" if p99_upper(latency) <= limit else undecided(latency, limit)


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (10.0, "above"),  # 9,000 of 10,000 are through at the limit itself
        (9.0, "above"),  # still fewer than 99 % at the bound after it
        (30.0, "below"),  # 9,990 are through
        (40.0, "below"),
        (20.0, Undecided.BUCKET),  # inside the bucket that holds it
    ],
)
def test_by_the_bounds_around_a_limit(limit: float, expected: str | Undecided) -> None:
    histogram = buckets((5, 8000), (10, 9000), (30, 9990), (None, 10000))
    assert place(histogram, limit) == expected


def test_a_share_on_the_line_is_not_decided_by_a_few_requests() -> None:
    assert place(buckets((10, 99), (None, 100)), 10.0) is Undecided.TOO_FEW
    assert place(buckets((10, 20), (None, 20)), 10.0) is Undecided.TOO_FEW


def test_so_slow_that_a_few_requests_prove_it() -> None:
    assert place(buckets((10, 0), (None, 20)), 5.0) == "above"


def test_beyond_the_last_bound_nothing_is_known() -> None:
    assert place(buckets((10, 0), (None, 500)), 30.0) is Undecided.BUCKET


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(31.0, 40.0, "above"), (5.0, 30.0, "below"), (29.0, 31.0, Undecided.TOO_FEW)]
)
def test_by_order_statistics(low: float, high: float, expected: str | Undecided) -> None:
    p99 = PercentileValue(seconds=30.0, low_seconds=low, high_seconds=high)
    latency = Latency(count=400, source="rows").with_percentiles({"p99": p99})
    assert place(latency, 30.0) == expected


def test_buckets_prove_what_order_statistics_at_95_percent_only_suggest() -> None:
    few = buckets((10, 985), (None, 1000))
    p99 = PercentileValue(seconds=12.0, low_seconds=11.0, high_seconds=13.0)
    ordered = Latency(count=1000, buckets=few.buckets).with_percentiles({"p99": p99})
    assert ONE_SIDED_99 < p99_p_value(ordered, 10.0) <= ONE_SIDED_95


def test_a_summary_is_taken_at_its_word() -> None:
    for seconds, expected in ((31.0, "above"), (29.0, "below")):
        summary = Latency(source="summary").with_percentiles({"p99": PercentileValue(seconds=seconds)})
        assert place(summary, 30.0) == expected
