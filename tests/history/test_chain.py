"""Which earlier reading is subtracted, and when none may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from llmgw_report.history.chain import Chain, chain, doubtful
from llmgw_report.history.runs import Figures, step

MINUTE = 60_000


def read(minute: int, requests: int, started: int | None = None) -> Figures:
    start = None if started is None else started * MINUTE
    return Figures(at_ms=minute * MINUTE, started_ms=start, requests=requests, success=requests, good=requests, bad=0)


@pytest.mark.parametrize(
    ("readings", "found"),
    [
        ([read(0, 5, -9), read(5, 9, -9)], Chain(state="window", base=0)),
        # A restart is known by its time, also where the new totals have passed the old ones.
        ([read(0, 5, -9), read(5, 9, -9), read(10, 12, 7)], Chain(state="window", base=0, ends=(1,))),
        ([read(0, 5, -9), read(5, 1, 3), read(10, 2, 7)], Chain(state="window", base=0, ends=(0, 1))),
        # It was running already when the other one answered.
        ([read(0, 5, -9), read(5, 9, -2)], Chain(state="several processes")),
        ([read(0, 5, -2), read(5, 9, -9)], Chain(state="several processes")),
        ([read(0, 5, -9), read(5, 4, -9)], Chain(state="several processes")),
        # A start that goes back, by a clock that is ahead of this machine's.
        ([read(0, 50, 19), read(10, 4000, 22), read(20, 250, 19)], Chain(state="several processes")),
        # By it the second one began a minute after the first, and it is ahead by more.
        ([read(0, 50, 19), read(10, 4000, 20)], Chain(state="several processes")),
        ([read(0, 50, 19), read(10, 4, 27)], Chain(state="window", base=0, ends=(0,))),
        # Without a start time a fall is a restart at an unknown time.
        ([read(0, 5), read(5, 9)], Chain(state="window", base=0, known=False)),
        ([read(0, 50), read(5, 9)], Chain(state="restarted", known=False)),
        ([read(0, 50), read(5, 9), read(10, 12)], Chain(state="window", base=1, known=False)),
        # Falls that alternate.
        ([read(0, 50), read(5, 9), read(10, 60)], Chain(state="several processes", known=False)),
        ([read(0, 50), read(5, 9), read(10, 60), read(15, 12)], Chain(state="several processes", known=False)),
    ],
)
def test_the_chain_of_readings(readings: list[Figures], found: Chain) -> None:
    assert chain(readings) == found


def test_runs_at_once_may_read_in_another_order_than_they_began() -> None:
    one, other, later = read(0, 50, -9), read(5, 70, -9), structs.replace(read(5, 68, -9), at_ms=5 * MINUTE + 400)
    assert chain([one, other, later, read(10, 90, -9)]) == Chain(state="window", base=0)
    assert chain([other, later, read(10, 90, -9)]) == Chain(state="window", base=1)
    apart = structs.replace(later, at_ms=6 * MINUTE)
    assert chain([one, other, apart]) == Chain(state="several processes")


@pytest.mark.parametrize(("took_ms", "state"), [(500, "window"), (300, "several processes")])
def test_only_a_run_that_had_not_ended_can_have_read_later(took_ms: int, state: str) -> None:
    one, other = read(0, 50, -9), structs.replace(read(5, 70, -9), took_ms=took_ms)
    assert chain([one, other, structs.replace(read(5, 68, -9), at_ms=5 * MINUTE + 400)]).state == state


WORKERS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 9)), min_size=2, max_size=12)


@given(WORKERS, st.integers(1, 500))
def test_two_workers_never_give_traffic_that_was_not_there(answers: list[tuple[int, int]], ahead: int) -> None:
    """Each reading is of one of two processes whose totals are far apart; they say when they started."""
    totals, readings = [ahead * 20, 0], []
    for place, (worker, more) in enumerate(answers):
        totals = [totals[0] + more, totals[1] + more]
        readings.append(read(place * 5, totals[worker], -9 - worker))
    found = chain(readings)
    turns = len({worker for worker, _ in answers})
    assert found.state == ("several processes" if turns == 2 else "window")


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=20))
def test_steps_add_up_to_what_was_counted(story: list[tuple[int, bool]]) -> None:
    """A process that restarts now and then: only what came between a reading and a restart is lost."""
    before, started, total, expected, counted = None, -9, 0, 0, 0
    for place, (more, restarts) in enumerate(story):
        if restarts:
            total, started = 0, place * 5 - 2
        total += more
        expected += more if place else 0
        now = read(place * 5, total, started)
        counted += step(before, now)[0] or 0
        before = now
    assert counted == expected


def test_what_is_only_guessed_of_requests_in_flight_is_no_fall() -> None:
    waiting = Figures(at_ms=0, started_ms=-9, requests=200, success=100, good=150, bad=0)
    ended = Figures(at_ms=5 * MINUTE, started_ms=-9, requests=200, success=100, good=100, bad=50)
    assert chain([waiting, ended]).state == "window"
    assert step(waiting, ended) == (0, 0, 50)


def test_no_step_is_guessed() -> None:
    none = (None, None, None)
    assert step(None, read(5, 9, 1)) == none
    assert step(read(0, 50), read(5, 9)) == none
    assert step(read(0, 5, -9), read(5, 9, -2)) == none
    assert step(read(0, 5, -9), Figures(at_ms=5)) == none


@pytest.mark.parametrize(
    ("readings", "found"),
    [
        ([read(0, 5), read(5, 9), read(10, 12)], set()),
        # A restart that is known, and one that is not: only its own step is lost.
        ([read(0, 5, -9), read(5, 9, -9), read(10, 12, 7), read(15, 20, 7)], set()),
        ([read(0, 50), read(5, 90), read(10, 12), read(15, 20)], {2}),
        # The rise to the other worker was one as well.
        ([read(0, 50), read(5, 900), read(10, 60), read(15, 70)], {1, 2}),
        ([read(0, 900), read(5, 50), read(10, 910), read(15, 920)], {1, 2}),
        ([read(0, 50, -9), read(5, 900, -8), read(10, 60, -9), read(15, 70, -9)], {1, 2}),
        # By a clock that is ahead each of them looks like a restart.
        ([read(0, 50, 19), read(10, 4000, 22), read(20, 250, 19), read(25, 260, 19)], {1, 2}),
        # A process without a request may be any.
        ([read(0, 0), read(5, 9), read(10, 3), read(15, 5)], {2}),
    ],
)
def test_steps_that_are_known_to_be_none_later(readings: list[Figures], found: set[int]) -> None:
    assert doubtful(readings) == found
