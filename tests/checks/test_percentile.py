"""Where the 99th percentile lies: proven above, proven below, or why not."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from llmgw_report.checks._p99 import BEYOND_P99, Slower, Undecided, p99_p_value, p99_upper, slower_than, undecided
from llmgw_report.checks._statistics import ONE_SIDED_95, ONE_SIDED_99, upper_limit
from llmgw_report.gateways.rows import DurationColumns
from llmgw_report.model.sections import Latency, PercentileValue
from llmgw_report.pipeline.latency import from_columns
from tests.builders.outcomes import good, happened
from tests.builders.snapshots import ask, buckets, snapshot, traffic


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


def test_ranks_of_rows_bound_the_count_inside_a_bucket() -> None:
    """All durations lie between 25 and 31.6 s, and of 1,000 the 900th is 30.5 s: 101 at least took longer than 30 s."""
    inside = buckets((25, 0), (31.6, 1000), (None, 1000)).buckets
    rows = Latency(count=1000, source="rows", buckets=inside).with_percentiles(
        {
            "p50": PercentileValue(seconds=29.0),
            "p90": PercentileValue(seconds=30.5),
            "p99": PercentileValue(seconds=31.5),
        }
    )
    assert slower_than(rows, 30.0) == Slower(101, 500, 1000)
    assert slower_than(Latency(count=1000, source="histogram", buckets=inside), 30.0) == Slower(0, 1000, 1000)
    assert p99_p_value(rows, 30.0) < ONE_SIDED_99


@pytest.mark.parametrize("seconds", [29.0, 31.0])
def test_a_summary_counts_nothing(seconds: float) -> None:
    summary = Latency(count=500, source="summary").with_percentiles({"p99": PercentileValue(seconds=seconds)})
    assert slower_than(summary, 30.0) == Slower(0, 0, 0)
    assert p99_p_value(summary, 30.0) == 1.0
    assert p99_upper(summary) == float("inf")


def test_a_sketch_shows_that_nothing_lies_between_its_buckets() -> None:
    """300 durations up to 1 s and 20 between 40 and 50 s: 20 took longer than 30 s, no fewer and no more."""
    columns = DurationColumns(observed=320, mean_seconds=4.0, percentiles={}, buckets='{"0": 300, "17": 20}')
    assert slower_than(from_columns(columns, "all"), 30.0) == Slower(20, 20, 320)


def test_the_totals_of_an_older_process_are_not_the_window() -> None:
    """A slow day of the past fails nothing; what was counted since the earlier report does."""
    slow = traffic(1000, buckets((10, 0), (60, 1000), (None, 1000)))
    quick = traffic(1000, buckets((10, 1000), (60, 1000), (None, 1000)))
    totals = replace(happened(good(1000)), source="metrics", basis="lifetime", evaluated="no")
    for whole, later, status in ((slow, None, "unknown"), (slow, quick, "pass"), (quick, slow, "warn")):
        seen = snapshot(lifetime_outcomes=totals, traffic=whole, since_last_report=later)
        assert [one.status for one in ask("latency-p99", seen)] == [status], status
    asked = replace(totals, evaluated="yes")
    assert [one.status for one in ask("latency-p99", snapshot(lifetime_outcomes=asked, traffic=slow))] == ["warn"]


@given(st.lists(st.integers(0, 500), min_size=1, max_size=12))
def test_the_upper_limit_is_the_least_duration_that_is_proven(counts: list[int]) -> None:
    """Found by halving: of all ends of buckets it is the first beyond which so few requests are no chance."""
    bounds = [float(2**place) for place in range(len(counts))]
    latency = buckets(*zip(bounds, accumulate(counts), strict=True))
    each = [(bound, slower_than(latency, bound)) for bound in bounds]
    proven = (bound for bound, slower in each if upper_limit(slower.at_most, slower.n) < BEYOND_P99)
    assert p99_upper(latency) == next(proven, float("inf"))
