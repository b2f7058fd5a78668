"""Collects the rows that a query returns, up to a limit of memory; those with moments stand for several.

A database steps from row to row, and Python waits for its lock at every step: a query of ours may return rows that are
alike but for their times as one, with the moments of all as JSON.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

import msgspec

from llmgw_report.model.database import Row, Value
from llmgw_report.model.moments import BEGAN, COUNT, TIME, EachMoment, Moments

Item = TypeVar("Item")

#: The queries whose rows may have moments.
OF_MOMENTS = ("outcomes", "attempted")
#: The column of moments, and the one with the part of the query that a row is from.
MOMENTS, _PART = "moments", "part"
#: Bytes of a cell that is no text, and of a moment.
_NUMBER_BYTES, _MOMENT_BYTES = 8, 20

_Place = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_times = msgspec.json.Decoder(list[float]).decode
_moments = msgspec.json.Decoder(list[tuple[float, _Place, float | None]]).decode


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
        if missing := [name for name in (_PART, TIME, COUNT) if name not in columns]:
            raise ValueError(f"returns {MOMENTS} without {', '.join(missing)}")
        self._text, self._part = columns.index(MOMENTS), columns.index(_PART)
        self._kept = [place for place, name in enumerate(columns) if name not in {MOMENTS, _PART}]
        self.columns = tuple(columns[place] for place in self._kept)
        self._time, self._count = self.columns.index(TIME), self.columns.index(COUNT)
        self._began = self.columns.index(BEGAN) if BEGAN in columns else None
        self._alike: list[Row] = []
        self._moments = Moments()
        self._left = most_bytes

    def add(self, row: Row) -> bool:
        """Keep the next row; False where that was too much."""
        before, text, part = len(self._moments.which), row[self._text], row[self._part]
        if text is None:
            self._moments.add_row(part)
        elif isinstance(text, str) and not text.startswith("[["):
            self._moments.add_times(part, _decoded(_times, text))
        else:
            self._moments.add(part, _decoded(_moments, text))
        alike = tuple(row[place] for place in self._kept)
        self._alike.append(alike)
        self._left -= _bytes(alike)
        if text is not None:
            self._left -= _MOMENT_BYTES * (len(self._moments.which) - before)
        return self._left >= 0

    def all(self) -> Sequence[Row]:
        """One for every moment, as the query would have returned them without moments."""
        self._moments.end_part()
        return EachMoment(self._alike, self._moments, self._at)

    def _at(self, alike: Row, time: float, began: float | None) -> Row:
        cells = list(alike)
        cells[self._time], cells[self._count] = _number(time), 1
        if self._began is not None:
            cells[self._began] = None if began is None else _number(began)
        return tuple(cells)


def _bytes(row: Row) -> int:
    """How many the cells of a row take, about."""
    texts = [cell for cell in row if type(cell) is str]
    return sum(map(len, texts)) + _NUMBER_BYTES * (len(row) - len(texts))


def _number(value: float) -> float:
    """As a database gives it: a whole number without a fraction."""
    return int(value) if value.is_integer() else value


def _decoded(decode: Callable[[str], list[Item]], text: Value) -> list[Item]:
    try:
        return decode(text)  # type: ignore[arg-type]
    except (msgspec.MsgspecError, TypeError) as problem:
        raise ValueError(f"{MOMENTS}: {problem}") from problem
