"""Rows that are alike but for their times, kept as one with the moments of all.

A tuple for each row is most of the memory that an hour of a busy gateway takes.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress, groupby, islice
from math import isnan, nan
from operator import eq, le
from typing import Protocol, TypeVar, overload

from llmgw_report.model.database import Value

Item = TypeVar("Item")

#: The columns that a moment fills.
TIME, BEGAN, COUNT = "time_ms", "began_ms", "requests"

Moment = tuple[float, int, float | None, int]
"""A time, a place among the rows of one part, when it began, and for how many requests it stands."""


class Moments:
    """Of each row: which of those that are alike it is one of, its time, when it began, and how many it stands for.

    NaN is the time of a row that stands for itself, and when one began of which nobody knows.
    """

    def __init__(self) -> None:
        self.which, self.times, self.begun, self.counts = array("I"), array("d"), array("d"), array("L")
        #: Of those that are alike: whether it has moments, and no times of its own.
        self.timeless: list[bool] = []
        self._places = array("q")
        self._part: Value = None

    def add(self, part: Value, moments: Iterable[Moment] | None) -> None:
        """Rows with these moments, or one row without any.

        Those of one `part`, which follow one another, are put in order of their places.
        """
        if part != self._part:
            self.end_part()
            self._part = part
        for time, place, began, count in ((nan, 0, None, 1),) if moments is None else moments:
            self.which.append(len(self.timeless))
            self.times.append(time)
            self.begun.append(nan if began is None else began)
            self.counts.append(count)
            self._places.append(place)
        self.timeless.append(moments is not None)

    def end_part(self) -> None:
        """Put the rows since the last part in order."""
        places = self._places
        if not all(map(le, places, islice(places, 1, None))):
            first = len(self.which) - len(places)
            order = [first + index for index in sorted(range(len(places)), key=places.__getitem__)]
            self.which[first:] = array("I", map(self.which.__getitem__, order))
            self.times[first:] = array("d", map(self.times.__getitem__, order))
            self.begun[first:] = array("d", map(self.begun.__getitem__, order))
            self.counts[first:] = array("L", map(self.counts.__getitem__, order))
        del places[:]

    def chosen(self, which: Sequence[bool]) -> "Moments":
        """Of the rows those of which this says that what they share is wanted."""
        found, wanted = Moments(), [which[one] for one in self.which]
        found.timeless = self.timeless
        found.which.extend(compress(self.which, wanted))
        found.times.extend(compress(self.times, wanted))
        found.begun.extend(compress(self.begun, wanted))
        found.counts.extend(compress(self.counts, wanted))
        return found

    def extend(self, others: "Moments") -> None:
        """Append the rows of others, whose shared ones are behind those of this."""
        before = len(self.timeless)
        self.which.extend(before + which for which in others.which)
        self.times += others.times
        self.begun += others.begun
        self.counts += others.counts
        self.timeless += others.timeless


class EachMoment(Sequence[Item]):
    """One item for every moment, each made when it is asked for: `at` gives one of those that are `alike` its times.

    It takes the shared item, the time, when it began, and how many it stands for.
    """

    def __init__(
        self, alike: Sequence[Item], moments: Moments, at: Callable[[Item, float, float | None, int], Item]
    ) -> None:
        self.alike, self.moments, self.at = alike, moments, at

    def _one(self, which: int, time: float, began: float, count: int) -> Item:
        alike = self.alike[which]
        return alike if isnan(time) else self.at(alike, time, None if isnan(began) else began, count)

    def __iter__(self) -> Iterator[Item]:
        moments = self.moments
        return map(self._one, moments.which, moments.times, moments.begun, moments.counts)

    def __len__(self) -> int:
        return len(self.moments.which)

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | Sequence[Item]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        moments = self.moments
        return self._one(moments.which[index], moments.times[index], moments.begun[index], moments.counts[index])

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
        part = slice(places.start, places.stop)
        return zip(rows.moments.times[part], rows.moments.counts[part], strict=True)
    return ((rows[place].time_ms, rows[place].requests) for place in places)
