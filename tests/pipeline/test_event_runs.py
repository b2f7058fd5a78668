"""Runs of a subject are those of all of its events in the order of time, though most successes are not looked at."""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import groupby

import pytest

from llmgw_report.model import timestamp
from llmgw_report.model.outcomes import Run, Side
from llmgw_report.pipeline.event_runs import EVENT_SIDES, MAX_RUNS, Events, Key, spread

Event = tuple[int, Side, int]
"""A time, a side, and how many requests it stands for."""

#: A request is one of the total, of a provider and of a model.
SUBJECTS: list[tuple[Key, ...]] = [
    ((), (("provider", provider),), (("model", model),)) for provider in "ab" for model in "xyz"
]


def some(seed: int) -> list[tuple[tuple[Key, ...], Side, list[tuple[int, int]]]]:
    """Many successes and few others, at few moments, so that many are at one."""
    pick = random.Random(seed)  # noqa: S311 - a simulation
    sides: list[Side] = ["success", "service", "unattributed"]
    weights = [pick.choice([2, 20, 200]), 1, 1]
    return [
        (
            pick.choice(SUBJECTS),
            pick.choices(sides, weights)[0],
            [(pick.randrange(60), pick.randrange(1, 3)) for _ in range(pick.randrange(1, 9))],
        )
        for _ in range(pick.randrange(1, 60))
    ]


def plainly(events: Sequence[Event]) -> tuple[Run, ...]:
    """The runs of all events, each of which is looked at."""
    moments = defaultdict[int, Counter[Side]](Counter)
    for at_ms, side, n in sorted(events, key=lambda event: EVENT_SIDES.index(event[1])):
        moments[at_ms][side] += n
    ordered: list[Event] = []
    for at_ms, sides in sorted(moments.items()):
        ordered += ((at_ms, side, n) for side, n in spread(sides) if n)
    each = [list(run) for _, run in groupby(ordered, key=lambda event: event[1])]
    older = defaultdict[Side, list[Event]](list)
    for run in each[:-MAX_RUNS]:
        older[run[0][1]] += run
    merged = sorted(older.values(), key=lambda run: (run[0][0], EVENT_SIDES.index(run[0][1])))
    return tuple(map(one_run, (*merged, *each[-MAX_RUNS:])))


def one_run(events: Sequence[Event]) -> Run:
    """Events of one side as a run."""
    since, until = (timestamp.text(events[place][0]) for place in (0, -1))
    return Run(side=events[0][1], count=sum(n for *_, n in events), since=since, until=until)


@pytest.mark.parametrize("first", range(0, 400, 100))
def test_runs_are_those_of_every_event(first: int) -> None:
    for seed in range(first, first + 100):
        events, plain = Events(), defaultdict[Key, list[Event]](list)
        for subjects, side, ended in some(seed):
            events.add(subjects, side, ended)
            for key in subjects:
                plain[key] += ((at_ms, side, n) for at_ms, n in ended)
        for key, its in plain.items():
            assert events.runs(key) == plainly(its)
            assert events.failed(key) == sum(n for _, side, n in its if side != "success")


def test_of_too_many_runs_the_oldest_are_one_for_each_side() -> None:
    events = Events()
    ended = [(at_ms, 1) for at_ms in range(1_000, 1_000 + 5 * MAX_RUNS)]
    events.add(((),), "success", ended[::2])
    events.add(((),), "service", ended[1::2])
    runs = events.runs(())
    assert [(run.side, run.count) for run in runs[:2]] == [("success", 2 * MAX_RUNS), ("service", 2 * MAX_RUNS)]
    assert runs == plainly([(at_ms, "service" if at_ms % 2 else "success", n) for at_ms, n in ended])


def test_of_what_ended_in_one_moment_nobody_knows_that_the_failures_came_last() -> None:
    events = Events()
    events.add(((),), "success", [(0, 1)] * 30 + [(1000, 1)] * 40)
    events.add(((),), "service", [(1000, 1)] * 6)
    runs = events.runs(())
    assert runs[-1].side == "success"
    assert max(run.count for run in runs if run.side == "service") < 6
    events.add(((),), "service", [(2000, 1)] * 6)
    assert events.runs(())[-1] == one_run([(2000, "service", 6)])


def test_events_of_others_are_added_under_their_names_here() -> None:
    one, other, both = Events(), Events(), Events()
    for number, (subjects, side, ended) in enumerate(some(7)):
        (one if number % 2 else other).add(subjects, side, ended)
        both.add(tuple((*key, ("target", "t")) for key in subjects), side, ended)
    one.extend(other, lambda key: key)
    found = Events()
    found.extend(one, lambda key: (*key, ("target", "t")))
    for key in {key for subjects in SUBJECTS for key in subjects}:
        assert found.runs((*key, ("target", "t"))) == both.runs((*key, ("target", "t")))
        assert found.runs(key) == ()


def test_subjects_that_are_left_take_no_event_of_the_others() -> None:
    events, plain = Events(), Events()
    for subjects, side, ended in some(9):
        events.add(subjects, side, ended)
        plain.add(tuple(key for key in subjects if not key or key[0][0] != "model"), side, ended)
    events.leave(lambda key: bool(key) and key[0][0] == "model")
    for key in {key for subjects in SUBJECTS for key in subjects}:
        assert events.runs(key) == plain.runs(key)
    assert events.runs((("model", "x"),)) == ()
