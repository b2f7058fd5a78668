"""A clock that is set between two runs: no run is subtracted of which nobody knows how long ago it was."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from msgspec import structs

from llmgw_report.history import appending, file, loading
from llmgw_report.model.run import Clock
from tests.history.test_file import DAY, MINUTE, NOW, entry, lookup, query


class World:
    """Runs of a machine whose clock is so many minutes ahead of the true time; `boots`: Linux, which counts starts."""

    def __init__(self, path: str, *, boots: bool) -> None:
        file.prepare(path)
        self.path, self.boots = path, boots

    def clock(self, minute: int, ahead: int, start: int = 1) -> Clock:
        now_ms = NOW + (minute + ahead) * MINUTE
        booted = NOW - DAY + ahead * MINUTE + start
        return Clock(now_ms=now_ms, boot=start, booted_ms=booted) if self.boots else Clock(now_ms=now_ms)

    def load(self, minute: int, ahead: int, start: int = 1) -> loading.Loaded:
        clock = self.clock(minute, ahead, start)
        return loading.load(self.path, structs.replace(lookup(clock.now_ms), clock=clock))

    def run(self, minute: int, ahead: int = 0, start: int = 1) -> list[int]:
        """The true minutes of the runs that this one could subtract; each counts ten requests a minute."""
        clock, found = self.clock(minute, ahead, start), self.load(minute, ahead, start)
        one = structs.replace(entry(clock.now_ms, 100_000 + 10 * minute, started=None), clock=clock)
        appending.append(self.path, one, clock.now_ms)
        return [((run.requests or 0) - 100_000) // 10 for run in found.runs]


@pytest.fixture
def linux(tmp_path: Path) -> World:
    return World(str(tmp_path / "history.db"), boots=True)


@pytest.fixture
def other(tmp_path: Path) -> World:
    return World(str(tmp_path / "history.db"), boots=False)


def test_a_clock_that_jumps_a_day_ahead_and_stays(linux: World) -> None:
    assert [linux.run(-10), linux.run(-5)] == [[], [-10]]
    assert linux.run(0, DAY // MINUTE) == []
    assert linux.run(5, DAY // MINUTE) == [0]
    assert query(linux.path, "SELECT count(*), sum(more_requests) FROM run") == [(4, 100)]


def test_what_changed_is_known(linux: World) -> None:
    linux.run(-5)
    found = linux.load(0, DAY // MINUTE).clock
    assert (found.changed, found.by_ms) == (True, DAY)
    back = linux.load(0, -120).clock
    assert (back.changed, back.by_ms) == (True, -120 * MINUTE)
    assert not linux.load(0, 0).clock.changed


def test_one_run_with_a_clock_that_was_ahead(linux: World) -> None:
    linux.run(-10)
    assert linux.run(-5, 600) == []
    assert linux.run(0) == [-10]
    assert linux.run(590) == [0]  # the run that was ahead is dated five minutes before this one, and was hours ago
    assert query(linux.path, "SELECT sum(more_requests) FROM run") == [(6000,)]


def test_one_run_with_a_clock_that_was_ahead_where_no_start_of_the_machine_is_known(other: World) -> None:
    other.run(-10)
    assert other.run(-5, 600) == [-10]  # nothing shows it yet
    assert other.run(0) == []
    assert other.load(5, 0).clock.changed is False
    assert other.run(5) == [0]


def test_a_clock_that_goes_back_and_stays(linux: World) -> None:
    assert [linux.run(-180), linux.run(-5), linux.run(0, -120), linux.run(5, -120)] == [[], [-180], [], [0]]


def test_a_clock_that_goes_back_where_no_start_of_the_machine_is_known(other: World) -> None:
    assert [other.run(-180), other.run(-5), other.run(0, -120), other.run(5, -120)] == [[], [-180], [], [0]]


def test_a_machine_that_starts_again_and_one_of_two_go_on(linux: World) -> None:
    assert [linux.run(-30), linux.run(-20, start=2), linux.run(-10), linux.run(0, start=3)] == [
        [],
        [-30],
        [-30, -20],
        [-30, -20, -10],
    ]


def test_a_start_with_another_clock_than_the_one_before_is_not_seen_across_it(linux: World) -> None:
    """A clock that is right again after a start without one: the runs in between are of that start alone."""
    linux.run(-30)
    assert linux.run(-20, -600, start=2) == []
    assert linux.run(-10, 0, start=2) in ([], [-30])
    assert -20 not in linux.run(0, 0, start=2)


def test_a_run_that_was_told_the_future_is_never_subtracted(other: World) -> None:
    told = entry(NOW + 100 * MINUTE, 5)
    appending.append(other.path, told, NOW)
    assert other.run(200) == []


def test_small_corrections_are_none(linux: World) -> None:
    linux.run(-5)
    clock = structs.replace(linux.clock(0, 0), booted_ms=linux.clock(0, 0).booted_ms + 20_000)
    assert not loading.load(linux.path, structs.replace(lookup(), clock=clock)).clock.changed


@pytest.mark.parametrize("minutes", [[0], [0, 60]])
def test_a_clock_that_was_just_set_ahead_deletes_nothing(linux: World, minutes: Sequence[int]) -> None:
    for minute in (-20, -10):
        linux.run(minute)
    for minute in minutes:
        linux.run(minute, 400 * DAY // MINUTE)
    with closing(sqlite3.connect(linux.path)) as database:
        assert database.execute("SELECT count(*) FROM run").fetchone() == (2 + len(minutes),)
    linux.run(2 * DAY // MINUTE, 400 * DAY // MINUTE)
    assert query(linux.path, "SELECT count(*) FROM run") == [(len(minutes) + 1,)]
