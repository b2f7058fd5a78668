"""Columns and curves over time, one panel under another, on one axis."""

from collections.abc import Sequence

from llmgw_report.renderers._charts import svg
from llmgw_report.renderers._charts.svg import Picture, Translate
from llmgw_report.renderers._view.blocks import Columns, Curve, Curves, Hue, Panel
from llmgw_report.units import count, seconds

#: Pixels: of a panel's label, of one panel alone, of one of several, between two, and of the axis with its ticks.
_LABEL, _ALONE, _EACH, _BETWEEN, _AXIS = 18, 132, 46, 12, 36
#: Of a panel of curves, which cross less than columns do and need no less room to be read.
_CURVES = 92
#: Of the width, that of a panel's label; the end of its scale stands right of it.
_NAMED = 0.87
#: Of a column's place, its own width.
_WIDTH = 0.8
#: Pixels: the least height of what is there at all, so that one request among thousands can be seen with its stripe.
_LEAST = 4


def draw(drawing: Columns, name: str, translate: Translate) -> Picture:
    """Every panel has a scale of its own, whose end is written at its upper right."""
    length = max(len(one.values) for panel in drawing.panels for one in panel.series)
    parts, y = [*_patterns(drawing, name, length)], 0
    for panel, height in zip(drawing.panels, _heights(drawing), strict=True):
        end, plot = _curves(panel, height) if isinstance(panel, Curves) else _columns(panel, height, length, name)
        parts += [
            _frame(panel.label, translate(end), y, height),
            svg.tag("svg", plot, y=y + _LABEL, width="100%", height=height, **_stretched(length, height)),
            _gaps(drawing, y + _LABEL, height, length, name),
        ]
        y += _LABEL + height + _BETWEEN
    return Picture("".join((*parts, _axis(drawing, y - _BETWEEN, length))), y - _BETWEEN + _AXIS)


def legend(drawing: Columns) -> list[tuple[str, str]]:
    """The series of a panel that has several or one of a pattern, the curves, and what hatching means."""
    found: list[tuple[str, str]] = []
    for panel in drawing.panels:
        if isinstance(panel, Curves):
            found += [(svg.stroke(one.dashes), one.name) for one in panel.series]
            found += [("", panel.note)] if panel.note else []
        elif len(panel.series) > 1 or panel.series[0].hue == "unknown":
            found += [(svg.swatch(one.hue), one.name) for one in reversed(panel.series)]
    return found + ([("", drawing.gap_label)] if drawing.gaps else [])


def _heights(drawing: Columns) -> list[int]:
    """The first of two panels is the one that the second explains."""
    columns = [panel for panel in drawing.panels if isinstance(panel, Panel)]
    few = len(columns) < 3  # noqa: PLR2004 - a first, and a second
    return [
        _CURVES if isinstance(panel, Curves) else _ALONE if few and panel is columns[0] else _EACH
        for panel in drawing.panels
    ]


def _frame(label: str, end: str, y: int, height: int) -> str:
    name = svg.name(label, y, svg.percent(_NAMED))
    at = y + _LABEL
    grid = [svg.line("0", at + height * share, "100%", at + height * share) for share in (0, 0.5, 1)]
    return "".join((name, svg.labels([svg.words(end, "100%", at - 6, "end")]), *grid))


def _stretched(length: int, height: int) -> dict[str, str]:
    """Across, one unit is a bucket; down, it is a pixel, so that a pattern is as fine in every panel."""
    return {"viewBox": f"0 0 {length} {height}", "preserveAspectRatio": "none"}


def _columns(panel: Panel, height: int, length: int, name: str) -> tuple[str, str]:
    """The end of the scale, and one path for all columns of a series: a tenth of the size of as many rectangles."""
    stacks = [[svg.clamped(one.values[index] or 0) for one in panel.series] for index in range(length)]
    end = svg.top(max(map(sum, stacks), default=0))
    parts: list[list[str]] = [[] for _ in panel.series]
    for index, stack in enumerate(stacks):
        for place, (low, high) in enumerate(_stacked([value / end for value in stack], height)):
            if high > low:
                parts[place].append(_column(index, height - low, high - low))
    paths = [
        svg.tag("path", d="".join(its), **_fill(one.hue, name))
        for one, its in zip(panel.series, parts, strict=True)
        if its
    ]
    return count(end), "".join(paths)


def _stacked(shares: Sequence[float], height: int) -> list[tuple[float, float]]:
    """Where each of them begins and ends above the ground, in pixels: as high together as they add up to.

    What would be too thin to be seen is as high as can be seen, and takes that from what it stands on.
    """
    left = min(height, max(_LEAST, height * sum(shares)))
    found = []
    for share in reversed(shares):
        own = min(left, max(_LEAST, height * share)) if share else 0.0
        found.append((left - own, left))
        left -= own
    return found[::-1]


def _column(index: int, bottom: float, height: float) -> str:
    left = index + (1 - _WIDTH) / 2
    return f"M{left:.5g} {bottom:.4g}v-{height:.4g}h{_WIDTH}v{height:.4g}z"


def _fill(hue: Hue, name: str) -> dict[str, str]:
    return {"fill": f"url(#{name}-{hue})"} if hue in svg.STRIPES else {"fill": svg.HUES[hue], "class_": hue}


def _curves(panel: Curves, height: int) -> tuple[str, str]:
    """The end of the scale, and a path for each curve, which is level through a bucket; it ends where none is known."""
    known = [svg.clamped(value) for one in panel.series for value in one.values if value is not None]
    end = svg.round_end(max(known, default=0))
    return seconds(end), "".join(_curve(one, height, end) for one in panel.series)


def _curve(curve: Curve, height: int, end: float) -> str:
    steps, before = [], None
    for index, value in enumerate(curve.values):
        if value is not None:
            # A line at the very edge would lose half of its width there.
            y = f"{1 + (height - 2) * (1 - min(1, svg.clamped(value) / end)):.4g}"
            steps.append(f"{f'M{index} {y}' if before is None else f'V{y}'}h1")
        before = value
    return svg.tag("path", "", d="".join(steps), **svg.pen(curve.dashes)) if steps else ""


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


def _patterns(drawing: Columns, name: str, length: int) -> list[str]:
    hues = {one.hue for panel in drawing.panels if isinstance(panel, Panel) for one in panel.series}
    return [
        *([_hatch(name)] if drawing.gaps else []),
        *(svg.stripes(hue, f"{name}-{hue}", length) for hue in sorted(hues & svg.STRIPES)),
    ]


def _hatch(name: str) -> str:
    stroke = svg.tag("path", d="M0 8L8 0", stroke=svg.GRID, stroke_opacity=0.6)
    return svg.tag("pattern", stroke, id=f"{name}-gap", width=8, height=8, patternUnits="userSpaceOnUse")


def _axis(drawing: Columns, y: int, length: int) -> str:
    ticks = svg.times(drawing.since_ms, length * drawing.bucket_ms)
    marks = [svg.line(svg.percent(at), y, svg.percent(at), y + 4) for at, _ in ticks]
    labels = [svg.words(label, svg.percent(at), y + 16, svg.anchor(at)) for at, label in ticks]
    return "".join((*marks, svg.labels([*labels, svg.words(drawing.axis, "50%", y + 32, "middle")])))
