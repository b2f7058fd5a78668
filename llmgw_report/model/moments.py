"""Rows that are alike but for their times, kept as one with the moments of all.

A tuple for each row is most of the memory that an hour of a busy gateway takes.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress, groupby, islice, repeat
from math import isnan, nan
from operator import eq, le
from typing import Protocol, TypeVar, overload

from llmgw_report.model.database import Value

Item = TypeVar("Item")

#: The columns that a moment fills.
TIME, BEGAN, COUNT = "time_ms", "began_ms", "requests"

Moment = tuple[float, int, float | None]
"""A time, a place among the rows of one part, and when it began."""


class Moments:
    """Of each row: which of those that are alike it is one of, its time, and when it began.

    NaN is the time of a row that stands for itself, and when one began of which nobody knows.
    """

    def __init__(self) -> None:
        self.which, self.times, self.begun = array("I"), array("d"), array("d")
        #: Of those that are alike: whether it has moments, and no times of its own.
        self.timeless: list[bool] = []
        self._places = array("q")
        self._part: Value = None

    def add(self, part: Value, moments: Sequence[Moment]) -> None:
        """Rows with these moments. Those of one `part`, which follow one another, are put in order of their places."""
        self._begin(part)
        for time, place, began in moments:
            self.times.append(time)
            self.begun.append(nan if began is None else began)
            self._places.append(place)
        self._end(len(moments))

    def add_times(self, part: Value, times: Sequence[float]) -> None:
        """Rows with these times, of which nothing else is known; they stay as they come."""
        self._begin(part)
        self.times.extend(times)
        self.begun.extend(repeat(nan, len(times)))
        self._places.extend(repeat(0, len(times)))
        self._end(len(times))

    def add_row(self, part: Value) -> None:
        """One row without a moment."""
        self.add_times(part, (nan,))
        self.timeless[-1] = False

    def _begin(self, part: Value) -> None:
        if part != self._part:
            self.end_part()
            self._part = part

    def _end(self, n: int) -> None:
        self.which.extend(repeat(len(self.timeless), n))
        self.timeless.append(True)

    def end_part(self) -> None:
        """Put the rows since the last part in order."""
        places = self._places
        if not all(map(le, places, islice(places, 1, None))):
            first = len(self.which) - len(places)
            order = [first + index for index in sorted(range(len(places)), key=places.__getitem__)]
            self.which[first:] = array("I", map(self.which.__getitem__, order))
            self.times[first:] = array("d", map(self.times.__getitem__, order))
            self.begun[first:] = array("d", map(self.begun.__getitem__, order))
        del places[:]

    def chosen(self, which: Sequence[bool]) -> "Moments":
        """Of the rows those of which this says that what they share is wanted."""
        found, wanted = Moments(), [which[one] for one in self.which]
        found.timeless = self.timeless
        found.which.extend(compress(self.which, wanted))
        found.times.extend(compress(self.times, wanted))
        found.begun.extend(compress(self.begun, wanted))
        return found

    def extend(self, others: "Moments") -> None:
        """Append the rows of others, whose shared ones are behind those of this."""
        before = len(self.timeless)
        self.which.extend(before + which for which in others.which)
        self.times += others.times
        self.begun += others.begun
        self.timeless += others.timeless


class EachMoment(Sequence[Item]):
    """One item for every moment, each made when it is asked for: `at` gives one of those that are `alike` its times."""

    def __init__(
        self, alike: Sequence[Item], moments: Moments, at: Callable[[Item, float, float | None], Item]
    ) -> None:
        self.alike, self.moments, self.at = alike, moments, at

    def _one(self, which: int, time: float, began: float) -> Item:
        alike = self.alike[which]
        return alike if isnan(time) else self.at(alike, time, None if isnan(began) else began)

    def __iter__(self) -> Iterator[Item]:
        return map(self._one, self.moments.which, self.moments.times, self.moments.begun)

    def __len__(self) -> int:
        return len(self.moments.which)

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | Sequence[Item]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        return self._one(self.moments.which[index], self.moments.times[index], self.moments.begun[index])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))

    __hash__ = None  # type: ignore[assignment]


class Stamped(Protocol):
    """A row with what a moment fills."""

    @property
    def time_ms(self) -> float:
        """When it was."""

    @property
    def requests(self) -> int:
        """How many it stands for."""


def shared(rows: Sequence[Item], place: int) -> Item:
    """What the row at a place has, but for its times: where it shares that with others, it need not be made."""
    return rows.alike[rows.moments.which[place]] if isinstance(rows, EachMoment) else rows[place]


def where(rows: Sequence[Item], wanted: Callable[[Item], bool]) -> Sequence[Item]:
    """The rows that are wanted by what they share, whatever their times are."""
    if isinstance(rows, EachMoment):
        return EachMoment(rows.alike, rows.moments.chosen(list(map(wanted, rows.alike))), rows.at)
    return list(filter(wanted, rows))


def runs(rows: Sequence[Item]) -> Iterator[tuple[Item, range]]:
    """What rows share that follow one another and are alike, and their places."""
    if not isinstance(rows, EachMoment):
        yield from ((row, range(place, place + 1)) for place, row in enumerate(rows))
        return
    place = 0
    for which, alike in groupby(rows.moments.which):
        end = place + sum(1 for _ in alike)
        yield rows.alike[which], range(place, end)
        place = end


def timed(rows: Sequence[Stamped], places: range) -> Iterable[tuple[float, int]]:
    """When each of the rows of a run was, and how many it stands for."""
    if isinstance(rows, EachMoment) and rows.moments.timeless[rows.moments.which[places.start]]:
        return zip(rows.moments.times[places.start : places.stop], repeat(1))
    return ((rows[place].time_ms, rows[place].requests) for place in places)
