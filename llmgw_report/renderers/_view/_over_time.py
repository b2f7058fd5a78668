"""Counts over time: fewer of them where there are many, and a line of characters."""

from collections.abc import Sequence

#: So that a line of characters fits a terminal of 80 columns, indented.
MOST_CHARACTERS = 72
#: So that a picture still has columns, and the table beside it an end.
MOST_COLUMNS = 288

#: Seconds. A step that is none, or longer than thirty years, has no place on an axis.
_LONGEST = 1e9

_HEIGHTS = "▁▂▃▄▅▆▇█"


def steps(total: int, most: int) -> tuple[list[slice], int]:
    """Slices of neighbours, at most `most` of them, and how many values each holds.

    If they do not come out even, the first holds fewer: a short last one would look like traffic that fell.
    """
    width = -(-total // most) or 1
    short = total % width
    starts = [*([0] if short else []), *range(short, total, width)]
    return [slice(start, end) for start, end in zip(starts, [*starts[1:], total], strict=True)], width


def milliseconds(bucket_seconds: float | None) -> int:
    """The length of a step; 0 if nothing can be drawn in such steps."""
    return round(bucket_seconds * 1000) if bucket_seconds and 0 < bucket_seconds <= _LONGEST else 0


def fold(values: Sequence[int], most: int = MOST_CHARACTERS) -> tuple[tuple[int, ...], int]:
    """Sums of neighbours, at most `most` of them, and how many values each holds."""
    slices, width = steps(len(values), most)
    return tuple(sum(values[one]) for one in slices), width


def sparkline(values: Sequence[int]) -> str:
    """One character per value, its height a share of the largest; none at all is a dot, not a low bar."""
    top = max(values, default=0)
    return "".join(_height(value, top) for value in values)


def _height(value: int, top: int) -> str:
    return _HEIGHTS[-(-value * len(_HEIGHTS) // top) - 1] if value > 0 else "·"
