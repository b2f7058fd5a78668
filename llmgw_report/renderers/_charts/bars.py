"""Bars from left to right, under the name of their row, with their figure at the right."""

from llmgw_report.renderers._charts import svg
from llmgw_report.renderers._charts.svg import Picture, Translate
from llmgw_report.renderers._view.blocks import Bar, BarRow, Bars
from llmgw_report.units import count, ratio

#: Pixels: of a row's name, of a bar, between two rows, and of the axis with its ticks.
_NAME, _BAR, _BETWEEN, _AXIS = 18, 14, 10, 36
#: Of the width, that of the bars; the rest holds the longest figure on a narrow screen too.
_BAR_WIDTH_RATIO = 0.5


def draw(drawing: Bars, name: str, translate: Translate) -> Picture:  # noqa: ARG001 - every kind of drawing has a name
    """All on one axis from 0."""
    values = [bar.value for row in drawing.rows for bar in row.bars if bar.value is not None]
    end = drawing.top or svg.top(max(values, default=0))
    parts, y = [], 0
    for row in drawing.rows:
        parts.append(_row(row, y, end))
        y += _NAME + _BAR * len(row.bars) + _BETWEEN
    return Picture(_axis(drawing, y - _BETWEEN // 2, end, translate) + "".join(parts), y - _BETWEEN // 2 + _AXIS)


def legend(drawing: Bars) -> list[tuple[str, str]]:
    """The bars of a row that has several."""
    return [(svg.swatch(hue), name) for name, hue in drawing.legend]


def _row(row: BarRow, y: int, end: float) -> str:
    bars = [_bar(bar, y + _NAME + index * _BAR, end) for index, bar in enumerate(row.bars)]
    labels = [svg.words(bar.text, "100%", y + _NAME + index * _BAR + 11, "end") for index, bar in enumerate(row.bars)]
    return "".join((svg.name(row.label, y), *bars, svg.labels(labels)))


def _bar(bar: Bar, y: int, end: float) -> str:
    if bar.value is None:
        return ""
    width = svg.percent(min(svg.clamped(bar.value) / end, 1) * _BAR_WIDTH_RATIO)
    return svg.tag("rect", y=y + 1, width=width, height=_BAR - 2, fill=svg.HUES[bar.hue], class_=bar.hue)


def _axis(drawing: Bars, y: int, end: float, translate: Translate) -> str:
    ticks = [(share, end * share) for share in (0, 0.5, 1)]
    grid = [
        svg.line(svg.percent(share * _BAR_WIDTH_RATIO), 0, svg.percent(share * _BAR_WIDTH_RATIO), y + 4)
        for share, _ in ticks
    ]
    figure = ratio if drawing.unit == "ratio" else count
    labels = [
        svg.words(
            translate(figure(value)), svg.percent(share * _BAR_WIDTH_RATIO), y + 16, "start" if share == 0 else "middle"
        )
        for share, value in ticks
    ]
    return "".join(
        (*grid, svg.labels([*labels, svg.words(drawing.axis, svg.percent(_BAR_WIDTH_RATIO / 2), y + 32, "middle")]))
    )
