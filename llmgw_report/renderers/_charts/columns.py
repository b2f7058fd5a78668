"""Columns over time, one panel under another, on one axis."""

from llmgw_report.renderers._charts import svg
from llmgw_report.renderers._charts.svg import Picture, Translate
from llmgw_report.renderers._view.blocks import Columns, Panel, Series
from llmgw_report.units import count

#: Pixels: of a panel's label, of one panel alone, of one of several, between two, and of the axis with its ticks.
_LABEL, _ALONE, _EACH, _BETWEEN, _AXIS = 18, 132, 46, 12, 36
#: Of the width, that of a panel's label; the end of its scale stands right of it.
_NAMED = 0.87
#: Of a column's place, its own width.
_WIDTH = 0.8


def draw(drawing: Columns, name: str, translate: Translate) -> Picture:
    """Every panel has a scale of its own, whose end is written at its upper right."""
    heights = [_ALONE if index == 0 and len(drawing.panels) < 3 else _EACH for index in range(len(drawing.panels))]  # noqa: PLR2004 - the first of two is the one that the second explains
    length = max(len(one.values) for panel in drawing.panels for one in panel.series)
    parts, y = [_hatch(name)] if drawing.gaps else [], 0
    for panel, height in zip(drawing.panels, heights, strict=True):
        parts += [
            _panel(panel, y + _LABEL, height, length, translate),
            _gaps(drawing, y + _LABEL, height, length, name),
        ]
        y += _LABEL + height + _BETWEEN
    return Picture("".join((*parts, _axis(drawing, y - _BETWEEN, length))), y - _BETWEEN + _AXIS)


def legend(drawing: Columns) -> list[tuple[str, str]]:
    """The series of a panel that has several, and what hatching means."""
    several = [one for panel in drawing.panels if len(panel.series) > 1 for one in panel.series]
    return [(svg.swatch(one.hue), one.name) for one in several] + ([("", drawing.gap_label)] if drawing.gaps else [])


def _panel(panel: Panel, y: int, height: int, length: int, translate: Translate) -> str:
    totals = [sum(one.values[index] or 0 for one in panel.series) for index in range(length)]
    end = svg.top(max(totals, default=0))
    below = [0.0] * length
    paths = []
    for one in panel.series:
        paths.append(_path(one, below, end, outlined=one.hue == "bad" and len(panel.series) > 1))
        below = [min(end, low + svg.clamped(value or 0)) for low, value in zip(below, one.values, strict=True)]
    name = svg.name(panel.label, y - _LABEL, svg.percent(_NAMED))
    labels = (svg.words(translate(count(end)), "100%", y - 6, "end"),)
    grid = [svg.line("0", y + height * share, "100%", y + height * share) for share in (0, 0.5, 1)]
    plot = svg.tag("svg", "".join(paths), y=y, width="100%", height=height, **_stretched(length))
    return "".join((name, svg.labels(labels), *grid, plot))


def _stretched(length: int) -> dict[str, str]:
    return {"viewBox": f"0 0 {length} 100", "preserveAspectRatio": "none"}


def _path(series: Series, below: list[float], end: float, *, outlined: bool) -> str:
    """One path for all columns: a tenth of the size of as many rectangles. An outline tells it without colours."""
    columns = [
        _column(index, low / end, min(svg.clamped(value), end - low) / end)
        for index, (low, value) in enumerate(zip(below, series.values, strict=True))
        if value and value > 0
    ]
    if not columns:
        return ""
    line = {"stroke": "currentColor", "vector_effect": "non-scaling-stroke"} if outlined else {}
    return svg.tag("path", d="".join(columns), fill=svg.HUES[series.hue], class_=series.hue, **line)


def _column(index: int, low: float, share: float) -> str:
    # A single request among thousands is still a line that can be seen.
    height = max(share * 100, 1)
    left, bottom = index + (1 - _WIDTH) / 2, 100 - low * 100
    return f"M{left:.5g} {bottom:.4g}v-{height:.4g}h{_WIDTH}v{height:.4g}z"


def _gaps(drawing: Columns, y: int, height: int, length: int, name: str) -> str:
    return "".join(
        svg.tag(
            "rect",
            x=svg.percent(gap.since / length),
            y=y,
            width=svg.percent((gap.until - gap.since) / length),
            height=height,
            fill=f"url(#{name}-gap)",
        )
        for gap in drawing.gaps
    )


def _hatch(name: str) -> str:
    stroke = svg.tag("path", d="M0 8L8 0", stroke=svg.GRID, stroke_opacity=0.6)
    return svg.tag("pattern", stroke, id=f"{name}-gap", width=8, height=8, patternUnits="userSpaceOnUse")


def _axis(drawing: Columns, y: int, length: int) -> str:
    ticks = svg.times(drawing.since_ms, length * drawing.bucket_ms)
    marks = [svg.line(svg.percent(at), y, svg.percent(at), y + 4) for at, _ in ticks]
    labels = [svg.words(label, svg.percent(at), y + 16, svg.anchor(at)) for at, label in ticks]
    return "".join((*marks, svg.labels([*labels, svg.words(drawing.axis, "50%", y + 32, "middle")])))
