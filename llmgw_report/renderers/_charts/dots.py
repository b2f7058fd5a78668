"""Dots on an axis of durations, told apart by their shape."""

from collections.abc import Callable
from math import log10

from llmgw_report.renderers._charts import svg
from llmgw_report.renderers._charts.svg import Picture, Translate
from llmgw_report.renderers._view.blocks import DotRow, Dots
from llmgw_report.units import seconds

#: Pixels: of a row's name, of its dots, and of the axis with its ticks.
_NAME, _ROW, _AXIS = 18, 20, 36
#: Of the width: the first tick stands this far from the left, the last as far from the right.
_MARGIN_RATIO = 0.04

Place = Callable[[float], float]
"""A value's place across, between 0 and 1."""


def draw(drawing: Dots, name: str, translate: Translate) -> Picture:  # noqa: ARG001 - every kind of drawing has a name
    """All rows on one axis: from 0, or logarithmic."""
    place, ticks = _placed(drawing)
    height = len(drawing.rows) * (_NAME + _ROW)
    rows = [_row(row, index * (_NAME + _ROW), place) for index, row in enumerate(drawing.rows)]
    grid = [svg.line(svg.percent(place(tick)), 0, svg.percent(place(tick)), height + 4) for tick in ticks]
    labels = [svg.words(translate(seconds(tick)), svg.percent(place(tick)), height + 16, "middle") for tick in ticks]
    axis = svg.words(drawing.axis, "50%", height + 32, "middle")
    return Picture("".join((*grid, *rows, svg.labels([*labels, axis]))), height + _AXIS)


def legend(drawing: Dots) -> list[tuple[str, str]]:
    """The shape of every percentile."""
    names = dict.fromkeys(dot.name for row in drawing.rows for dot in row.dots)
    return [(svg.tag("svg", _shape(name, "6", 6), width=12, height=12, aria_hidden="true"), name) for name in names]


def _placed(drawing: Dots) -> tuple[Place, list[float]]:
    values = [dot.value for row in drawing.rows for dot in row.dots]
    if not drawing.logarithmic:
        end, ticks = svg.durations(max(values, default=0))
        return lambda value: _MARGIN_RATIO + min(svg.clamped(value) / end, 1) * (1 - 2 * _MARGIN_RATIO), ticks
    low, high, ticks = svg.decades(min(values), max(values))
    length = log10(high / low)

    def place(value: float) -> float:
        return _MARGIN_RATIO + log10(min(max(svg.clamped(value), low), high) / low) / length * (1 - 2 * _MARGIN_RATIO)

    return place, ticks


def _row(row: DotRow, y: int, place: Place) -> str:
    middle = y + _NAME + _ROW // 2 - 2
    ends = [place(dot.value) for dot in row.dots]
    joined = svg.tag(
        "line",
        x1=svg.percent(min(ends)),
        y1=middle,
        x2=svg.percent(max(ends)),
        y2=middle,
        stroke=svg.HUES["main"],
        stroke_width=2,
        class_="main-line",
    )
    dots = [_shape(dot.name, svg.percent(place(dot.value)), middle) for dot in row.dots]
    return "".join((svg.name(row.label, y), joined, *dots))


def _shape(name: str, x: str, y: int) -> str:
    """p50 is a ring, p90 a disc, p99 a square: no colour is needed to tell them apart."""
    hue = svg.HUES["main"]
    if name == "p99":
        return svg.tag("rect", x=x, y=y - 5, width=10, height=10, transform="translate(-5)", fill=hue, class_="main")
    hollow = (
        {"fill": "#fff", "class_": "main-line hollow"} if name == "p50" else {"fill": hue, "class_": "main main-line"}
    )
    return svg.tag("circle", cx=x, cy=y, r=4.5, stroke=hue, stroke_width=2, **hollow)
