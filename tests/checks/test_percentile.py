"""Where the 99th percentile lies: proven above, proven below, or why not."""

import pytest

from llmgw_report.checks._percentile import Range, place
from llmgw_report.model.traffic import Latency
from tests.checks.make import buckets


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (10.0, Range.ABOVE),  # 9,000 of 10,000 are through at the limit itself
        (9.0, Range.ABOVE),  # still fewer than 99 % at the bound after it
        (30.0, Range.BELOW),  # 9,990 are through
        (40.0, Range.BELOW),
        (20.0, Range.BETWEEN_BOUNDS),  # inside the bucket that holds it
    ],
)
def test_by_the_bounds_around_a_limit(limit: float, expected: Range) -> None:
    histogram = buckets((5, 8000), (10, 9000), (30, 9990), (None, 10000))
    assert place(histogram, limit) is expected


def test_a_share_on_the_line_is_not_decided_by_a_few_requests() -> None:
    assert place(buckets((10, 99), (None, 100)), 10.0) is Range.TOO_FEW
    assert place(buckets((10, 20), (None, 20)), 10.0) is Range.TOO_FEW


def test_so_slow_that_a_few_requests_prove_it() -> None:
    assert place(buckets((10, 0), (None, 20)), 10.0) is Range.ABOVE


def test_beyond_the_last_bound_nothing_is_known() -> None:
    assert place(buckets((10, 0), (None, 500)), 30.0) is Range.BETWEEN_BOUNDS


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(31.0, 40.0, Range.ABOVE), (5.0, 30.0, Range.BELOW), (29.0, 31.0, Range.TOO_FEW)]
)
def test_by_order_statistics(low: float, high: float, expected: Range) -> None:
    latency = Latency(p99_seconds=30.0, p99_low_seconds=low, p99_high_seconds=high, count=400, source="rows")
    assert place(latency, 30.0) is expected


def test_a_summary_is_taken_at_its_word() -> None:
    assert place(Latency(p99_seconds=31.0, source="summary"), 30.0) is Range.ABOVE
    assert place(Latency(p99_seconds=29.0, source="summary"), 30.0) is Range.BELOW
