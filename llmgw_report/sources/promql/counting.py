"""From the values of counters on a grid of times to what was counted between them, process by process."""

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from math import ceil, isnan

from msgspec import Struct

from llmgw_report.messages import msg

#: Start times are compared with so many seconds of tolerance: VictoriaMetrics loses the last digits of a number.
START_TOLERANCE_SECONDS = 1.0
SEVERAL = msg("several processes answer at this address in turn")
Points = Mapping[int, float]
"""Place on the grid -> value; a place without a sample is not in it."""

#: What is newer may not be there yet: VictoriaMetrics freezes the last 30 seconds.
SETTLED_SECONDS = 30
_SHORTEST_STEP, _FEWEST_STEPS, _MOST_STEPS = 15, 12, 240


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
    """Places at which a process is another one than before, the newest start, and whether starts ever went back."""

    places: tuple[int, ...] = ()
    first: float | None = None
    back: bool = False


def starts(points: Points) -> Starts:
    """Read the start times of one target.

    `changes()` of a server counts more: a start time that was rounded differently is no restart.
    """
    places, back, before = [], False, None
    for place in sorted(points):
        value = points[place]
        if before is not None and value - before > START_TOLERANCE_SECONDS:
            places.append(place)
        back = back or (before is not None and before - value > START_TOLERANCE_SECONDS)
        before = value
    first = points[min(points)] if points else None
    return Starts(places=tuple(places), first=first, back=back)


def falls(groups: Sequence[Points], began: Collection[int] = ()) -> tuple[int, ...]:
    """Places at which all groups of one family together read less than at the sample before.

    A process that `began` since that sample explains it: a family without an event since is there only later.
    """
    total: dict[int, float] = {}
    for points in groups:
        for place, value in points.items():
            total[place] = total.get(place, 0.0) + value
    places = sorted(total)
    return tuple(
        place
        for last, place in pairwise(places)
        if total[place] < total[last] and not any(last < one <= place for one in began)
    )


def alternates(groups: Sequence[Points]) -> bool:
    """Whether a sum falls and is back above its old value at once, more than once: no process counts like that."""
    total: dict[int, float] = {}
    for points in groups:
        for place, value in points.items():
            total[place] = total.get(place, 0.0) + value
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


def increments(points: Points, length: int, began: Collection[int], *, known_before: bool) -> list[float]:
    """What one group counted in each step of the grid.

    Value less value; from 0 where the process began. A group that appears counts from 0 if its process was there
    before it (`known_before`): a label value that is new counts what it says. A group that falls although its process
    goes on has lost a series, and what it still says was counted before.
    """
    counted = [0.0] * length
    before: float | None = 0.0 if known_before and 0 not in points else None
    waiting = sorted(began)
    for place in sorted(points):
        value = points[place]
        while waiting and waiting[0] <= place:
            before, known_before = 0.0, True
            waiting.pop(0)
        if before is not None and value > before and place:
            counted[place - 1] += value - before
        before = value
    return counted


def on_grid(values: Sequence[tuple[float, str]], since: float, step: float, length: int) -> dict[int, float]:
    """The samples of one series by their places; a stale one is no sample.

    Raises ValueError for a time that is not on the grid, or that comes twice: it is not what was asked for.
    """
    found: dict[int, float] = {}
    for time, text in values:
        place = round((time - since) / step)
        value = float(text)
        if not 0 <= place <= length or abs(since + place * step - time) > step / 100 or place in found:
            message = "a time that was not asked for"
            raise ValueError(message)
        if not isnan(value):  # infinity is no count, and no stale sample either
            found[place] = value
    return found
