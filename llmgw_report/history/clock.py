"""Which runs were dated by the clock that dates this one: how long ago any other was made is not known.

A clock that is set ahead or back between two runs would make any window between them a wrong one. The time since the
machine started is not set by anybody: two runs of one start whose clocks disagree about when that was have a change of
the clock between them. Where two runs are not of one start, only runs that are dated after this one show a change.
"""

import sqlite3

from msgspec import Struct

from llmgw_report.model.run import Clock
from llmgw_report.model.timestamp import CLOCKS_DIFFER_MS

#: A run that was told its time (--at) and was told the future: no later run counts from it.
NO_CLOCK = -1
#: Of a run that was dated by a clock whose machine does not say when it started.
UNKNOWN_BOOT = 0


class Dated(Struct, frozen=True):
    """The number of the clock that dates a run: one that was set is another one, unless it was set to what it was.

    `changed`: another one dated the run before. `by_ms` is how far this one is ahead of it, where that is known.
    """

    number: int = 0
    changed: bool = False
    by_ms: int | None = None


def dated(database: sqlite3.Connection, now: Clock | None) -> Dated:
    """The clock of a run that begins now; None for one that was told its time, which is dated like the run before."""
    last = database.execute(
        f"SELECT clock FROM run WHERE clock <> {NO_CLOCK} ORDER BY id DESC LIMIT 1"  # noqa: S608 - of this module
    ).fetchone()
    if last is None:
        return Dated()
    if now is None:
        return Dated(last[0])
    known = (
        now.boot is not None
        and database.execute(
            "SELECT clock, booted_ms FROM run WHERE boot = ? ORDER BY id DESC LIMIT 1", (now.boot,)
        ).fetchone()
    )
    if known:
        return _of_one_start(database, now, known, last[0])
    # Those that were told their time (boot NULL) show nothing about the clock.
    ahead = database.execute(
        "SELECT EXISTS (SELECT 1 FROM run WHERE clock = ? AND boot IS NOT NULL AND at_ms > ?)",
        (last[0], now.now_ms + CLOCKS_DIFFER_MS),
    ).fetchone()[0]
    return Dated(_next(database), changed=True) if ahead else Dated(last[0])


def _of_one_start(database: sqlite3.Connection, now: Clock, found: tuple[int, int], last: int) -> Dated:
    clock, booted_ms = found
    by_ms = now.booted_ms - booted_ms
    if abs(by_ms) <= CLOCKS_DIFFER_MS:
        return Dated(clock, changed=clock != last)
    same = database.execute(
        "SELECT clock FROM run WHERE boot = ? AND abs(booted_ms - ?) <= ? ORDER BY id DESC LIMIT 1",
        (now.boot, now.booted_ms, CLOCKS_DIFFER_MS),
    ).fetchone()
    return Dated(same[0] if same else _next(database), changed=True, by_ms=by_ms)


def _next(database: sqlite3.Connection) -> int:
    found: int = database.execute("SELECT max(clock) + 1 FROM run").fetchone()[0]
    return found
