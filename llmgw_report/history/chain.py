"""Which earlier reading is subtracted, and whether one process counted everything since."""

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct, structs

from llmgw_report.history.runs import Figures, by_starts
from llmgw_report.model.history import HistoryState


class Chain(Struct, frozen=True, kw_only=True):
    """Places in the readings: the one to subtract, and the last ones before each restart since, to add.

    `restarted`: a restart at an unknown time comes after the last reading before `base`.
    """

    state: HistoryState
    base: int | None = None
    ends: tuple[int, ...] = ()
    known: bool = True


def chain(readings: Sequence[Figures]) -> Chain:
    """The chain from the first reading to the last, which are in the order of time.

    A start time that goes back, or a process that began before the earlier reading was made and is another one, are
    several processes; so are totals that fall although no process started. Without start times a fall is a restart at
    an unknown time; where a total is later as high again as before the fall, two processes may take turns, and any
    difference of theirs would be invented traffic.
    """
    places = _in_order(readings)
    left = [readings[place] for place in places]
    known = all(one.started_ms is not None for one in left)
    found = _by_starts(left) if known else _by_falls(left)
    return structs.replace(
        found,
        base=None if found.base is None else places[found.base],
        ends=tuple(places[place] for place in found.ends),
    )


#: A run of which it is not known how long it took has read its counters so much later at most.
_AT_ONCE_MS = 10_000


def _in_order(readings: Sequence[Figures]) -> list[int]:
    """Places of the readings, without those of a run that began before another one and read after it."""
    places: list[int] = []
    for place, now in enumerate(readings):
        while places and _overtaken(readings[places[-1]], now):
            places.pop()
        places.append(place)
    return places


def _overtaken(before: Figures, now: Figures) -> bool:
    same = before.started_ms is now.started_ms is None or by_starts(before, now) == "same"
    took_ms = _AT_ONCE_MS if before.took_ms is None else before.took_ms
    return same and now.at_ms - before.at_ms <= took_ms and before.fell(now)


def _by_starts(readings: Sequence[Figures]) -> Chain:
    ends = []
    for place in range(len(readings) - 1):
        before, now = readings[place], readings[place + 1]
        course = by_starts(before, now)
        if course == "restarted":
            ends.append(place)
        elif course == "another process" or before.fell(now):
            return Chain(state="several processes")
    return Chain(state="window", base=0, ends=tuple(ends))


def _by_falls(readings: Sequence[Figures]) -> Chain:
    falls = [place for place in range(len(readings) - 1) if readings[place].fell(readings[place + 1])]
    for place in falls:
        if any(not readings[place].fell(later) for later in readings[place + 2 :]):
            return Chain(state="several processes", known=False)
    base = falls[-1] + 1 if falls else 0
    if base == len(readings) - 1 and falls:
        return Chain(state="restarted", known=False)
    return Chain(state="window", base=base, known=False)


def doubtful(readings: Sequence[Figures]) -> frozenset[int]:
    """Places whose difference from the reading before is no traffic: processes took turns there, or may have.

    They are known only later: the rise from one worker to another looks like traffic until the first one answers again.
    """
    places = _in_order(readings)
    left = [readings[place] for place in places]
    found: set[int] = set()
    for place in range(len(left) - 1):
        before, now = left[place], left[place + 1]
        course = by_starts(before, now)
        if course in {None, "same"} and not before.fell(now):
            continue
        if course != "restarted":
            found.add(place + 1)
        one = _same_total if course in {None, "same"} else _same_start
        # The process of `before` answers again, or that of `now` did before.
        back = [place, *(later for later in range(place + 2, len(left)) if one(before, left[later]))]
        again = [later for last, later in pairwise(back) if later > last + 1]
        found.update(range(max(1, place), again[-1] + 1) if again else ())
        first = next((earlier for earlier in range(place) if one(left[earlier], now)), place)
        found.update(range(first + 1, place + 2) if first < place else ())
    return frozenset(places[place] for place in found)


def _same_start(before: Figures, now: Figures) -> bool:
    return by_starts(before, now) == "same"


def _same_total(before: Figures, now: Figures) -> bool:
    """Whether one process may have counted both. What counted nothing may be any process."""
    return by_starts(before, now) in {None, "same"} and any(before.counts) and not before.fell(now)
