"""Counters that were read twice: what happened in between, and that none of it becomes traffic."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from llmgw_report.model.continuity import Course
from llmgw_report.model.sections import Totals, Traffic, TrafficRow
from llmgw_report.pipeline.counters import Counters, continuity, counters_of, difference
from tests.builders.snapshots import buckets, instance, traffic

THEN, LATER = "2026-03-02T12:00:00Z", "2026-03-02T13:00:00Z"
OLD, BETWEEN = "2026-03-02T06:00:00Z", "2026-03-02T12:30:00Z"
OLDER = "2026-03-02T05:00:00Z"


def read(at: str, started: str | None, **counted: int) -> Counters:
    return Counters(at=at, since=started, group_by="all", counted=counted, groups={})


@pytest.mark.parametrize(
    ("before", "now", "state"),
    [
        (read(THEN, OLD, a=5, b=3), read(LATER, OLD, a=5, b=9), "continued"),
        (read(THEN, OLD, a=5), read(LATER, OLD, a=5, new=2), "continued"),
        (read(THEN, None, a=5), read(LATER, None, a=6), "continued"),
        (read(THEN, OLD, a=0, gone=0), read(LATER, BETWEEN, a=4), "continued"),
        (read(THEN, OLD, a=5, b=3), read(LATER, BETWEEN, a=1, b=0), "restarted"),
        (read(THEN, OLD, a=5, b=3), read(LATER, BETWEEN, a=50, b=30), "restarted"),  # outgrown, and it still shows
        (read(THEN, None, a=5), read(LATER, BETWEEN, a=9), "restarted"),
        (read(THEN, None, a=5, b=3), read(LATER, None, a=1, b=2), "restarted"),
        (read(THEN, None, a=5, b=3), read(LATER, None), "restarted"),
        (read(THEN, OLD, a=5, b=3), read(LATER, OLD, a=1, b=9), "another process"),
        (read(THEN, OLD, a=5, b=3), read(LATER, OLDER, a=9, b=9), "another process"),
        (read(THEN, OLD, a=5, b=3), read(LATER, OLD, a=9), "series lost"),
    ],
)
def test_what_happened(before: Counters, now: Counters, state: Course) -> None:
    found = continuity(before, now, "earlier report")
    assert found.state == state
    assert found.reason
    assert (found.fallen + found.lost > 0) >= (state == "series lost")


@pytest.mark.parametrize("started", [None, OLD])
def test_falls_that_alternate_are_several_processes(started: str | None) -> None:
    """Each report is compared with the one before alone, and that one says what fell in it."""
    highest: dict[str, int] = {}
    states = []
    for before, now in pairwise([50, 9, 60, 12, 70]):
        found = continuity(read(THEN, started, a=before), read(LATER, started, a=now), "earlier report", highest)
        states.append(found.state)
        highest = found.highest
    assert states == ["restarted", "another process", "restarted", "another process"]


def test_a_restart_is_one_until_the_counters_are_as_high_again() -> None:
    fell = continuity(read(THEN, None, a=50), read(LATER, None, a=9), "earlier report")
    after = continuity(read(THEN, None, a=9), read(LATER, None, a=30), "earlier report", fell.highest)
    assert (fell.state, after.state, after.highest) == ("restarted", "continued", {"a": 50})
    began = continuity(read(THEN, OLD, a=30), read(LATER, BETWEEN, a=60), "earlier report", after.highest)
    assert (began.state, began.highest) == ("restarted", {})


def test_a_start_that_goes_back_is_another_process() -> None:
    """Also where the gateway's clock is ahead, so that both starts are later than the first reading."""
    found = continuity(read(OLD, LATER, a=30), read(THEN, BETWEEN, a=60), "second scrape")
    assert (found.state, found.began) == ("another process", None)


def test_the_counters_that_fell_are_shown() -> None:
    found = continuity(read(THEN, OLD, a=1500, b=3, c=2), read(LATER, OLD, a=4, c=7), "earlier report")
    assert found.examples == ("a 1,500 → 4", "b 3 → –")


def test_counters_of_other_groups_are_not_compared() -> None:
    provider = replace(traffic(10), group_by="provider", rows=(row("a", 10),))
    model = replace(traffic(12), group_by="model", rows=(row("m", 12),))
    before, now = counters_of(provider, (), THEN), counters_of(model, (), LATER)
    assert continuity(before, now, "earlier report").state == "continued"


def test_instances_of_rows_are_no_counters() -> None:
    counted = replace(instance("ok", 9), by_status={"success": 9})
    assert counters_of(None, (replace(counted, source="log rows"),), THEN).counted == {}
    assert counters_of(None, (counted,), THEN).counted == {"success of a-1 (a)": 9}


def row(group: str, requests: int, server: int = 0) -> TrafficRow:
    return replace(traffic(requests, server=server).total, group=group)


def failed(one: TrafficRow) -> int:
    return one.outcomes.service if one.outcomes else 0


def counted(*rows: TrafficRow) -> Traffic:
    total = row("all", sum(one.requests or 0 for one in rows), sum(failed(one) for one in rows))
    return Traffic(group_by="provider", rows=rows, total=total, source="metrics", basis="lifetime", since=OLD)


def between(before: Traffic, now: Traffic) -> Totals | None:
    found = continuity(counters_of(before, (), THEN), counters_of(now, (), LATER), "earlier report")
    return difference(before, now, found, THEN)


PAIRS = st.dictionaries(st.sampled_from("abcd"), st.tuples(st.integers(0, 500), st.integers(0, 50)), min_size=1)


@given(PAIRS, PAIRS)
def test_traffic_since_is_what_was_added(old: dict[str, tuple[int, int]], added: dict[str, tuple[int, int]]) -> None:
    names = {*old, *added}
    later = {
        name: [sum(pair) for pair in zip(old.get(name, (0, 0)), added.get(name, (0, 0)), strict=True)] for name in names
    }
    before = counted(*(row(name, ok + bad, bad) for name, (ok, bad) in old.items()))
    now = counted(*(row(name, ok + bad, bad) for name, (ok, bad) in later.items()))
    found = between(before, now)
    assert found
    assert {one.group: (one.requests, failed(one)) for one in found.rows} == {
        name: (sum(added.get(name, (0, 0))), added.get(name, (0, 0))[1]) for name in names
    }
    assert found.total.requests == sum(map(sum, added.values()))


@given(PAIRS, PAIRS, st.sampled_from([OLD, OLDER, BETWEEN, None]))
def test_no_two_readings_give_negative_traffic(
    old: dict[str, tuple[int, int]], new: dict[str, tuple[int, int]], started: str | None
) -> None:
    before = counted(*(row(name, ok + bad, bad) for name, (ok, bad) in old.items()))
    now = replace(counted(*(row(name, ok + bad, bad) for name, (ok, bad) in new.items())), since=started)
    found = between(before, now)
    whole = sum(map(sum, new.values()))
    assert found is None or all(0 <= (one.requests or 0) <= whole for one in (*found.rows, found.total))


def test_after_a_restart_at_a_known_time_the_new_totals_count() -> None:
    found = between(counted(row("a", 90)), replace(counted(row("a", 7)), since=BETWEEN))
    assert found
    assert (found.total.requests, found.since) == (7, BETWEEN)


@pytest.mark.parametrize(
    "now",
    [replace(counted(row("a", 7), row("b", 9)), since=None), replace(counted(row("a", 99)), since=OLDER), counted()],
)
def test_where_the_count_broke_there_is_no_figure(now: Traffic) -> None:
    assert between(counted(row("a", 90), row("b", 5)), now) is None


def test_percentiles_since_come_from_the_buckets_that_are_left() -> None:
    before = counted(replace(row("a", 400), latency=buckets((1, 400), (2, 400), (None, 400), mean=0.5)))
    now = counted(replace(row("a", 800), latency=buckets((1, 400), (2, 800), (None, 800), mean=1.0)))
    found = between(before, now)
    assert found
    latency = found.rows[0].latency
    assert latency.count == 400
    assert latency.mean_seconds == pytest.approx(1.5)
    assert latency.percentiles["p50"].bucket
    assert (latency.percentiles["p50"].bucket.above_seconds, latency.percentiles["p50"].bucket.up_to_seconds) == (1, 2)


def test_of_other_buckets_the_mean_is_left_alone() -> None:
    before = counted(replace(row("a", 400), latency=buckets((3, 400), (None, 400), mean=0.5)))
    now = counted(replace(row("a", 800), latency=buckets((1, 400), (2, 800), (None, 800), mean=1.0)))
    found = between(before, now)
    assert found
    latency = found.rows[0].latency
    assert latency.mean_seconds == pytest.approx(1.5)
    assert not latency.buckets
    assert latency.percentiles["p50"].seconds is None
    assert latency.reason


COUNTS = st.integers(0, 9)


@given(COUNTS, COUNTS, st.one_of(st.none(), COUNTS), st.one_of(st.none(), COUNTS))
def test_no_count_of_what_was_added_is_below_zero(
    was_open: int, is_open: int, hits: int | None, now: int | None
) -> None:
    """Requests that run at the first reading have ended at the second; a counter that fell is of nobody knows what."""
    old, new = (
        replace(counted(row("a", n)), total=replace(row("all", n), unobserved=running, cache_hits=its))
        for n, running, its in ((50, was_open, hits), (70, is_open, now))
    )
    found = between(old, new)
    assert found
    assert found.total.unobserved == max(0, is_open - was_open)
    fell = now is None or now < (hits or 0)
    assert found.total.figures.get("cache_hits") == (None if fell else (now or 0) - (hits or 0))
