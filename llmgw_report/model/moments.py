"""Rows that are alike but for their times: a query of ours returns them as one, with the moments of all as JSON.

A database steps from row to row, Python waits for its lock at every step, and a tuple for each row is most of the
memory that an hour of a busy gateway takes.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from math import isnan, nan
from operator import eq
from typing import TypeVar, overload

import msgspec

from llmgw_report.model.database import Row, Value

Item = TypeVar("Item")

#: The query whose rows may have moments.
OF_MOMENTS = "outcomes"
#: The column of moments, the one with the part of the query that a row is from, and those that a moment fills.
MOMENTS, PART, TIME, BEGAN = "moments", "part", "time_ms", "began_ms"
#: Bytes of a cell that is no text, and of a moment.
_NUMBER_BYTES, _MOMENT_BYTES = 8, 20
#: How many a row stands for; each of them is one.
_COUNT = "requests"

_decode = msgspec.json.Decoder(list[tuple[float, int, float | None]]).decode


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

    def add(self, part: Value, text: Value) -> None:
        """Rows with the moments [time, place, when it began] of a JSON text, or one row without moments.

        Those of one `part`, which follow one another, are put in order of their places. ValueError for another text.
        """
        if part != self._part:
            self.end_part()
            self._part = part
        for time, place, began in ((nan, 0, None),) if text is None else _decoded(text):
            self.which.append(len(self.timeless))
            self.times.append(time)
            self.begun.append(nan if began is None else began)
            self._places.append(place)
        self.timeless.append(text is not None)

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


class PlainRows:
    """Collects the rows of a query, up to about so many bytes."""

    def __init__(self, columns: Sequence[str], most_bytes: int) -> None:
        self.columns = tuple(columns)
        self._rows: list[Row] = []
        self._left = most_bytes

    def add(self, row: Row) -> bool:
        """Keep the next row; False, and not kept, where it is too much."""
        self._left -= _bytes(row)
        if self._left >= 0:
            self._rows.append(row)
        return self._left >= 0

    def all(self) -> Sequence[Row]:
        """Those that are kept."""
        return tuple(self._rows)


class MomentRows:
    """Collects the rows of a query that returns moments, up to about so many bytes; `columns` are the others.

    ValueError for a query that lacks a column which goes with them.
    """

    def __init__(self, columns: Sequence[str], most_bytes: int) -> None:
        if missing := [name for name in (PART, TIME, BEGAN, _COUNT) if name not in columns]:
            raise ValueError(f"returns {MOMENTS} without {', '.join(missing)}")
        self._text, self._part = columns.index(MOMENTS), columns.index(PART)
        self._kept = [place for place, name in enumerate(columns) if name not in {MOMENTS, PART}]
        self.columns = tuple(columns[place] for place in self._kept)
        self._filled = [self.columns.index(name) for name in (TIME, BEGAN, _COUNT)]
        self._alike: list[Row] = []
        self._moments = Moments()
        self._left = most_bytes

    def add(self, row: Row) -> bool:
        """Keep the next row; False where that was too much."""
        before = len(self._moments.which)
        self._moments.add(row[self._part], row[self._text])
        alike = tuple(row[place] for place in self._kept)
        self._alike.append(alike)
        self._left -= _bytes(alike) + _MOMENT_BYTES * (len(self._moments.which) - before)
        return self._left >= 0

    def all(self) -> Sequence[Row]:
        """One for every moment, as the query would have returned them without moments."""
        self._moments.end_part()
        return EachMoment(self._alike, self._moments, self._at)

    def _at(self, alike: Row, time: float, began: float | None) -> Row:
        cells = list(alike)
        for place, value in zip(
            self._filled, (_number(time), None if began is None else _number(began), 1), strict=True
        ):
            cells[place] = value
        return tuple(cells)


def _bytes(row: Row) -> int:
    """How many the cells of a row take, about."""
    texts = [cell for cell in row if type(cell) is str]
    return sum(map(len, texts)) + _NUMBER_BYTES * (len(row) - len(texts))


def _number(value: float) -> float:
    """As a database gives it: a whole number without a fraction."""
    return int(value) if value.is_integer() else value


def _decoded(text: Value) -> Iterable[tuple[float, int, float | None]]:
    try:
        return _decode(text)  # type: ignore[arg-type]
    except (msgspec.MsgspecError, TypeError) as problem:
        raise ValueError(f"{MOMENTS}: {problem}") from problem
