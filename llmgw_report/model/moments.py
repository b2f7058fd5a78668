"""Rows that are alike but for their times, kept as one with the moments of all.

A tuple for each row is most of the memory that an hour of a busy gateway takes.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from math import isnan, nan
from operator import eq
from typing import TypeVar, overload

from llmgw_report.model.database import Value

Item = TypeVar("Item")

#: The columns that a moment fills.
TIME, BEGAN = "time_ms", "began_ms"


class Moments:
    """Of each row: which of those that are alike it is one of, its time, and when it began.

    NaN is the time of a row that stands for itself, and when one began of which nobody knows.
    """

    def __init__(self) -> None:
        self.which, self.times, self.begun = array("L"), array("d"), array("d")
        #: Of those that are alike: whether it has moments, and no times of its own.
        self.timeless: list[bool] = []
        self._places = array("q")
        self._part: Value = None

    def add(self, part: Value, moments: Iterable[tuple[float, int, float | None]] | None) -> None:
        """Rows with these moments, each a time, a place, and when it began; or one row without any.

        Those of one `part`, which follow one another, are put in order of their places.
        """
        if part != self._part:
            self.end_part()
            self._part = part
        for time, place, began in ((nan, 0, None),) if moments is None else moments:
            self.which.append(len(self.timeless))
            self.times.append(time)
            self.begun.append(nan if began is None else began)
            self._places.append(place)
        self.timeless.append(moments is not None)

    def end_part(self) -> None:
        """Put the rows since the last part in order."""
        first, places = len(self.which) - len(self._places), self._places
        order = sorted(range(len(places)), key=places.__getitem__)
        self.which[first:] = array("L", [self.which[first + index] for index in order])
        self.times[first:] = array("d", [self.times[first + index] for index in order])
        self.begun[first:] = array("d", [self.begun[first + index] for index in order])
        del places[:]


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
