"""Runs of a subject are those of all of its events in the order of time, though most successes are not looked at."""

import random

import pytest

from llmgw_report.model.outcomes import Side
from llmgw_report.pipeline.event_runs import Events, Key, packed, runs_of

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


@pytest.mark.parametrize("first", range(0, 400, 100))
def test_runs_are_those_of_every_event(first: int) -> None:
    for seed in range(first, first + 100):
        events, plain = Events(), dict[Key, list[tuple[int, int]]]()
        for subjects, side, ended in some(seed):
            events.add(subjects, side, ended)
            for key in subjects:
                plain.setdefault(key, []).extend((packed(at_ms, side), n) for at_ms, n in ended)
        for key, its in plain.items():
            assert runs_of(events.of(key)) == runs_of(sorted(its))


def test_events_of_others_are_added_under_their_names_here() -> None:
    one, other, both = Events(), Events(), Events()
    for number, (subjects, side, ended) in enumerate(some(7)):
        (one if number % 2 else other).add(subjects, side, ended)
        both.add(tuple((*key, ("target", "t")) for key in subjects), side, ended)
    one.extend(other, lambda key: key)
    found = Events()
    found.extend(one, lambda key: (*key, ("target", "t")))
    for key in {key for subjects in SUBJECTS for key in subjects}:
        assert runs_of(found.of((*key, ("target", "t")))) == runs_of(both.of((*key, ("target", "t"))))
        assert found.of(key) == []


def test_subjects_that_are_left_take_no_event_of_the_others() -> None:
    events, plain = Events(), Events()
    for subjects, side, ended in some(9):
        events.add(subjects, side, ended)
        plain.add(tuple(key for key in subjects if not key or key[0][0] != "model"), side, ended)
    events.leave(lambda key: bool(key) and key[0][0] == "model")
    for key in {key for subjects in SUBJECTS for key in subjects}:
        assert runs_of(events.of(key)) == runs_of(plain.of(key))
    assert events.of((("model", "x"),)) == []
