"""The figures of a picture, ready to be drawn: numbers and the words beside them, but no place, colour or markup.

A value of None is one that nobody knows; it is a gap in the picture, and 0 is not.
"""

from typing import ClassVar, Literal

from msgspec import Struct

Hue = Literal["main", "second", "bad", "caution"]


class Series(Struct, frozen=True):
    """One value per bucket, under a name for the legend."""

    name: str
    values: tuple[int | None, ...]
    hue: Hue = "main"


class Panel(Struct, frozen=True):
    """Series on top of one another; `label` is the axis of values with its unit."""

    label: str
    series: tuple[Series, ...]


class Gap(Struct, frozen=True):
    """From one bucket up to another, both counted from 0: a stretch that nothing is known of."""

    since: float
    until: float


class Columns(Struct, frozen=True):
    """Panels of columns above one axis of time, which begins at `since_ms` since the epoch; all are equally long."""

    panels: tuple[Panel, ...]
    since_ms: int
    bucket_ms: int
    axis: str
    gaps: tuple[Gap, ...] = ()
    gap_label: str = ""
    kind: ClassVar[str] = "columns"


class Bar(Struct, frozen=True):
    """A length and its figure in words; no `value` is no bar."""

    value: float | None
    text: str
    hue: Hue = "main"


class BarRow(Struct, frozen=True):
    label: str
    bars: tuple[Bar, ...]


class Bars(Struct, frozen=True):
    """Bars from 0 up to `top` at the most; `legend` names the bars of every row, in their order."""

    rows: tuple[BarRow, ...]
    axis: str
    unit: Literal["ratio", "count"]
    top: float | None = None
    legend: tuple[tuple[str, Hue], ...] = ()
    kind: ClassVar[str] = "bars"


class Dot(Struct, frozen=True):
    name: str
    value: float
    text: str


class DotRow(Struct, frozen=True):
    label: str
    dots: tuple[Dot, ...]


class Dots(Struct, frozen=True):
    """Durations in seconds as dots on one axis, those of a row joined."""

    rows: tuple[DotRow, ...]
    axis: str
    logarithmic: bool = False
    kind: ClassVar[str] = "dots"


class HeatRow(Struct, frozen=True):
    label: str
    counts: tuple[int, ...]


class Heat(Struct, frozen=True):
    """How many fall between two bounds: the darker, the more of the row. As many `bounds`, all upper, as counts."""

    rows: tuple[HeatRow, ...]
    bounds: tuple[str, ...]
    axis: str
    kind: ClassVar[str] = "heat"


Drawing = Columns | Bars | Dots | Heat
