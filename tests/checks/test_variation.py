"""What requests that are not independent add to chance, where the trends of both reports show it."""

import random

import pytest
from msgspec.structs import replace

from llmgw_report.checks._statistics import growth_p_value
from llmgw_report.checks._variation import (
    FEWEST_BLOCKS,
    clumping,
    mean_growth_p_value,
    student_tail,
    usual_errors,
    usual_growth_p_value,
    variation_of_errors,
)
from llmgw_report.model.finding import Finding
from llmgw_report.model.sections import Trend, TrendPoint
from tests.builders.snapshots import against, ask, buckets, hours, traffic

STEADY = (10, 12, 9, 11, 8, 10, 10, 11, 9, 12, 8, 10)
#: As many errors, in two hours of five.
INCIDENTS = (2, 1, 30, 2, 25, 0)


def regression(trend: Trend | None, now: int = 90) -> Finding:
    return ask("regression-error-ratio", against(traffic(1000, server=10), traffic(1000, server=now), trend))[0]


@pytest.mark.parametrize(
    ("t", "freedom", "tail"), [(1.812, 10, 0.05), (3.169, 10, 0.005), (4.541, 3, 0.01), (2.576, 10**6, 0.005)]
)
def test_published_quantiles_of_students_distribution(t: float, freedom: int, tail: float) -> None:
    assert student_tail(t, freedom) == pytest.approx(tail, rel=0.07)
    assert student_tail(-t, freedom) == pytest.approx(1 - tail, rel=0.07)


def test_hours_of_one_rate_add_nothing_and_hours_with_incidents_do() -> None:
    steady = variation_of_errors(against(traffic(1), traffic(1), hours(*STEADY, 500)))
    varied = variation_of_errors(against(traffic(1), traffic(1), hours(*INCIDENTS, 500)))
    assert steady is not None
    assert varied is not None
    assert steady.factor == 1.0
    assert varied.factor > 10
    assert varied.widened(1e-6) > 0.05 > steady.widened(1e-6) > 1e-6


def test_growth_within_the_usual_variation_is_no_finding() -> None:
    assert regression(hours(*STEADY, 40), 40).status == "warn"
    assert regression(hours(*INCIDENTS, 40), 40).status not in {"warn", "fail"}


def test_without_time_buckets_growth_is_a_warning_at_twice_the_threshold() -> None:
    assert regression(hours(*STEADY, 90)).status == "fail"
    for trend in (None, hours(*STEADY[: FEWEST_BLOCKS - 1], 90), hours(seconds=(1.0,) * 6)):
        found = regression(trend)
        assert (found.status, found.threshold) == ("warn", 0.02)
        assert "its variation over time is not known" in found.seen
    for trend, status in ((hours(*STEADY, 28), "warn"), (None, "unknown")):
        slight = against(traffic(10_000, server=100), traffic(10_000, server=280), trend)
        assert [one.status for one in ask("regression-error-ratio", slight)] == [status]


def test_time_buckets_on_one_side_are_not_enough() -> None:
    both = against(traffic(1000, server=10), traffic(1000, server=90), hours(*STEADY, 90))
    assert variation_of_errors(both) is not None
    assert both.baseline is not None
    assert both.baseline.sections is not None
    bare = replace(both, baseline=replace(both.baseline, sections=replace(both.baseline.sections, trend=None)))
    assert variation_of_errors(bare) is None
    assert variation_of_errors(replace(both, sections=replace(both.sections, trend=None))) is None


def test_a_duration_that_differs_by_hours_does_not_grow() -> None:
    fast = buckets((1, 900), (2, 1000), (None, 1000), mean=1.0)
    slower = buckets((1, 100), (2, 1000), (None, 1000), mean=1.4)
    restless = hours(seconds=(0.8, 1.3, 0.9, 1.2, 0.7, 1.4))
    steady = hours(seconds=(1.0, 1.02, 0.98, 1.01, 0.99, 1.4))
    status = {
        name: ask("regression-latency", against(traffic(1000, fast), traffic(1000, slower), trend))[0].status
        for name, trend in (("restless", restless), ("steady", steady))
    }
    assert status["steady"] == "warn"
    assert status["restless"] not in {"warn", "fail"}


def test_one_of_twenty_is_no_regression_of_five_in_a_thousand() -> None:
    seen = against(traffic(100_000, server=500), traffic(20, server=1), hours(*STEADY, 1))
    assert ask("regression-error-ratio", seen)[0].status not in {"warn", "fail"}


@pytest.mark.parametrize(("rarity", "size"), [(6, 15), (3, 30)])
def test_two_hours_of_a_process_with_incidents_keep_the_level(rarity: int, size: int) -> None:
    """Hours that differ only by incidents look like growth once in a hundred at most, at a nominal 1 %."""
    rng, runs, rejected = random.Random(7), 400, 0  # noqa: S311 - a simulation

    def hour() -> int:
        return round(max(0.0, rng.gauss(10, 3))) + size * (rng.random() < 1 / rarity)

    for _ in range(runs):
        found = variation_of_errors(against(traffic(1), traffic(1), hours(*(hour() for _ in range(12)), 0)))
        assert found is not None
        rejected += found.widened(growth_p_value(hour(), 1000, hour(), 1000)) <= 0.01
    assert rejected / runs <= 0.01


def test_means_without_any_variation_prove_any_growth() -> None:
    same = against(traffic(1), traffic(1), hours(seconds=(1.0,) * 6))
    assert mean_growth_p_value(1.1, 1.0, same) == 0.0
    assert mean_growth_p_value(1.0, 1.0, same) == 1.0


def test_the_first_incident_is_no_regression_either() -> None:
    """Errors that keep together inside the window vary as much as those of incidents in the hours before."""
    steady = [point for error in STEADY for point in ((1000 // 12, error // 12 + 1),) * 12]
    for window, status in (((0, 0, 0, 0, 50, 10, 0, 0, 0, 0, 0, 0), "unknown"), ((5,) * 12, "warn")):
        trend = minutes(*steady, *((83, errors) for errors in window))
        seen = against(traffic(1000, server=10), traffic(1000, server=60), trend)
        assert ask("regression-error-ratio", seen)[0].status == status, window


def minutes(*figures: tuple[int, int]) -> Trend:
    """Steps of five minutes, each with so many requests and errors; the last twelve are the window."""
    points = tuple(
        TrendPoint(time=f"2026-03-02T{place // 12:02}:{place % 12 * 5:02}:00.000Z", requests=n, errors=errors)
        for place, (n, errors) in enumerate(figures)
    )
    return Trend(source="rows", bucket_seconds=300, points=points, trusted="yes")


def test_without_a_trend_two_incidents_of_two_minutes_are_usual() -> None:
    """The earlier report is an hour old, of which four minutes are 6.7%."""
    for failed, status in ((60, "unknown"), (76, "unknown"), (78, "warn")):
        assert regression(None, failed).status == status
    seen = against(traffic(1000, server=10), traffic(1000, server=60))
    assert usual_errors(seen) == pytest.approx(240 / 3600)
    assert usual_errors(replace(seen, baseline=None)) == 1.0


def test_without_a_trend_a_provider_may_be_slow_for_an_hour() -> None:
    """One group twice as slow is rare, half again is not; three that are all half again as slow are rarer."""
    many = (10_000, 10_000)
    assert usual_growth_p_value(2.0, 1.0, many) == pytest.approx(0.0028, abs=0.0002)
    assert usual_growth_p_value(1.5, 1.0, many) == pytest.approx(0.052, abs=0.002)
    assert usual_growth_p_value(1.5, 1.0, many, [10, 10, 10]) == pytest.approx(0.0025, abs=0.0002)
    assert usual_growth_p_value(2.0, 1.0, (20, 20)) == pytest.approx(0.043, abs=0.002)
    assert usual_growth_p_value(1.0, 1.0, many) == usual_growth_p_value(1.0, 0.0, many) == 1.0


def test_requests_that_come_together_are_clumps_and_a_quiet_night_is_none() -> None:
    assert clumping([10, 12, 9, 11, 10, 8]) == 1.0
    assert clumping([0, 0, 30, 0, 0, 0, 30, 0]) > 10
    assert clumping([*range(100, 0, -1), *range(1, 101)]) == 1.0
    assert clumping([]) == clumping([0, 0]) == clumping([5]) == 1.0
