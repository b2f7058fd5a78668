"""From the values of counters on a grid of times to what was counted between them, process by process."""

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from math import ceil, isnan

from msgspec import Struct

#: Start times are compared with so many seconds of tolerance: VictoriaMetrics loses the last digits of a number.
START_TOLERANCE_SECONDS = 1.0
Points = Mapping[int, float]
"""Place on the grid -> value; a place without a sample is not in it."""

#: What is newer may not be there yet: VictoriaMetrics freezes the last 30 seconds.
SETTLED_SECONDS = 30
_SHORTEST_STEP, _FEWEST_STEPS, _MOST_STEPS = 15, 12, 240
#: A server shows a sample so long, if nothing says that its series has ended.
SHOWN_SECONDS = 300
#: A start that is so much older than the last sample of the process before it is of one that ran beside it: the clock
#: of a gateway may be wrong by a minute.
_BESIDE_SECONDS = SHOWN_SECONDS + 60
#: More than so many requests at once, and than so many times a busy step's, are no first count of a process.
_LEAP, _LEAP_TIMES, _BUSY = 100, 10, 0.8


class Grid(Struct, frozen=True):
    """`steps` steps of so many seconds, the first of which begins at `since`."""

    since: float
    step: float
    steps: int

    @property
    def until(self) -> float:
        """The end of the last step."""
        return self.since + self.step * self.steps

    @classmethod
    def of(cls, until_ms: int, now_ms: int, seconds: float) -> "Grid":
        """The grid of a window, at times that every server keeps as they are."""
        latest = min(until_ms / 1000, now_ms / 1000 - SETTLED_SECONDS)
        step = float(max(_SHORTEST_STEP, ceil(seconds / _MOST_STEPS)))
        steps = max(1, ceil(seconds / step))
        return cls(latest // _SHORTEST_STEP * _SHORTEST_STEP - steps * step, step, steps)

    def of_about(self, steps: float) -> "Grid":
        """The same window in at most so many steps of equal length, each of which ends where one of these ends.

        In more where there is no such number that is not too few: what happens in a long step is lost.
        """
        enough = [n for n in range(1, self.steps + 1) if self.steps % n == 0 and n >= min(_FEWEST_STEPS, self.steps)]
        found = max((n for n in enough if n <= steps), default=enough[0])
        return Grid(self.since, self.step * (self.steps // found), found)

    def places(self, finer: Collection[int], grid: "Grid") -> tuple[int, ...]:
        """Places on a finer grid as the first places of this one that are not before them."""
        return tuple(dict.fromkeys(ceil(place * grid.step / self.step) for place in finer))


class Starts(Struct, frozen=True, kw_only=True):
    """Places at which a process is another one than before, the first start, and whether several run beside another."""

    places: tuple[int, ...] = ()
    first: float | None = None
    beside: bool = False


def starts(points: Points, grid: Grid) -> Starts:
    """Read the start times of one target.

    `changes()` of a server counts more: a start time that was rounded differently is no restart. A start that goes
    back, or lies long before the last sample of the process before it, is of another process that runs beside it.
    """
    places, beside, before, shown = [], False, None, 0.0
    for place in sorted(points):
        value = points[place]
        if before is not None and value - before > START_TOLERANCE_SECONDS:
            places.append(place)
            beside = beside or value < shown - _BESIDE_SECONDS
        beside = beside or (before is not None and before - value > START_TOLERANCE_SECONDS)
        before, shown = value, grid.since + place * grid.step
    first = points[min(points)] if points else None
    return Starts(places=tuple(places), first=first, beside=beside)


def falls(groups: Sequence[Points], began: Collection[int] = ()) -> tuple[int, ...]:
    """Places at which the groups of one family that were there before as well read less together.

    A group that is not there any more has expired or has other labels; where none is left, all are compared. A process
    that `began` since that sample explains it: a family without an event since is there only later.
    """
    return tuple(
        place
        for last, place in pairwise(sorted({place for points in groups for place in points}))
        if _fell(groups, last, place) and not any(last < one <= place for one in began)
    )


def _fell(groups: Sequence[Points], last: int, place: int) -> bool:
    both = [points for points in groups if last in points and place in points] or groups
    return sum(one.get(place, 0.0) for one in both) < sum(one.get(last, 0.0) for one in both)


def leaps(groups: Sequence[Points], fallen: Collection[int]) -> bool:
    """Whether requests go on after a fall from a number that no process can have counted since.

    A process that began again counts from 0; one that had been there all along, behind the same address, does not.
    """
    total = _total(groups)
    rises = sorted(max(0.0, total[place] - total[last]) for last, place in pairwise(sorted(total)))
    busy = rises[int(_BUSY * len(rises))] if rises else 0.0
    gap = {place: place - last for last, place in pairwise(sorted(total))}
    return any(total[place] > max(_LEAP, _LEAP_TIMES * busy * gap[place]) for place in fallen)


def moves(groups: Sequence[Points], began: Collection[int]) -> list[dict[int, float]]:
    """For each group, by the place where it appears: what it continues of groups that end there.

    Series that get other labels go on with the number of those before: the family tells no new requests.
    """
    found: list[dict[int, float]] = [{} for _ in groups]
    for last, place in pairwise(sorted({place for points in groups for place in points})):
        ended = sum(one[last] for one in groups if last in one and not any(later >= place for later in one))
        new = {i: one[place] for i, one in enumerate(groups) if place in one and min(one) == place}
        whole = sum(new.values())
        if 0 < ended <= whole and not any(last < one <= place for one in began):
            for i, value in new.items():
                found[i][place] = value * ended / whole
    return found


def _total(groups: Sequence[Points]) -> dict[int, float]:
    total: dict[int, float] = {}
    for points in groups:
        for place, value in points.items():
            total[place] = total.get(place, 0.0) + value
    return total


def alternates(groups: Sequence[Points]) -> bool:
    """Whether a sum falls and is back above its old value at once, more than once: no process counts like that."""
    total = _total(groups)
    values = [total[place] for place in sorted(total)]
    turns = sum(
        values[i] < values[i - 1] <= max(values[i + 1 : i + 4], default=-1.0) for i in range(1, len(values) - 1)
    )
    return turns > 1


def without_echoes(points: Points, began: Collection[int], most: int) -> Points:
    """The samples of one group, less those that a server still shows of a process that has ended.

    A server that scrapes knows that a series has ended. One that is sent samples with their times, as by federation,
    shows its last value for minutes, at `most` so many steps: it is no count of the process that began since.
    """
    left = dict(points)
    for start in began:
        old = next((points[place] for place in sorted(points, reverse=True) if place < start), None)
        later = sorted(place for place in points if place >= start)
        changed = next((place for place in later if points[place] != old), None)
        echo = [place for place in later if changed is None or place < changed]
        if echo and echo[-1] - start <= most:
            left = {place: value for place, value in left.items() if place not in echo}
    return left


def increments(points: Points, length: int, began: Collection[int], born: float | None) -> list[float]:
    """What one group counted in each step of the grid.

    Value less value; from 0 where the process began. A group that appears counts from `born`: from 0 if its process was
    there before it, for a label value that is new counts what it says; where that is None, from its first value. A
    group that falls although its process goes on has lost a series, and what it still says was counted before.
    """
    counted = [0.0] * length
    before: float | None = None if 0 in points else born
    waiting = sorted(began)
    for place in sorted(points):
        value = points[place]
        while waiting and waiting[0] <= place:
            before = 0.0
            waiting.pop(0)
        if before is not None and value > before and place:
            counted[place - 1] += value - before
        before = value
    return counted


def number(text: str) -> float:
    """The number that a server writes. Raises ValueError for what only this program's language takes for one."""
    if "_" in text or text != text.strip():
        message = "no number"
        raise ValueError(message)
    return float(text)


def on_grid(values: Sequence[tuple[float, str]], since: float, step: float, length: int) -> dict[int, float]:
    """The samples of one series by their places; a stale one is no sample.

    Raises ValueError for a time that is not on the grid, or that comes twice: it is not what was asked for.
    """
    found: dict[int, float] = {}
    for time, text in values:
        place = round((time - since) / step)
        value = number(text)
        if not 0 <= place <= length or abs(since + place * step - time) > step / 100 or place in found:
            message = "a time that was not asked for"
            raise ValueError(message)
        if not isnan(value):  # infinity is no count, and no stale sample either
            found[place] = value
    return found
