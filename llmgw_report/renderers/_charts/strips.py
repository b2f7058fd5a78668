"""Strips of cells over time, one for each row: how full a cell is says its level, so that no colour is needed."""

from llmgw_report.renderers._charts import svg
from llmgw_report.renderers._charts.svg import Picture, Translate
from llmgw_report.renderers._view.blocks import StripRow, Strips

#: Pixels: of a row's name, of its strip, between two rows, and of the axis with its ticks.
_NAME, _STRIP, _BETWEEN, _AXIS = 18, 20, 8, 36
#: Of the width, that of a row's label; its figure stands right of it.
_NAMED = 0.62
#: Of a cell's place, its own width.
_WIDTH = 0.86
_GROUND = 0.22


def draw(drawing: Strips, name: str, translate: Translate) -> Picture:
    """All rows on one axis of time."""
    each = _NAME + _STRIP + _BETWEEN
    height = len(drawing.rows) * each - _BETWEEN
    rows = [_row(row, index * each, len(drawing.names) - 1, name, translate) for index, row in enumerate(drawing.rows)]
    return Picture(_hatch(name) + "".join(rows) + _axis(drawing, height), height + _AXIS)


def legend(drawing: Strips) -> list[tuple[str, str]]:
    """A cell of every level, and that of an empty step, which is hatched in the picture."""
    top = len(drawing.names) - 1
    found = [(_swatch(level / top if top else 0), name) for level, name in enumerate(drawing.names)]
    return [*found, ("", drawing.nothing)]


def _row(row: StripRow, y: int, top: int, name: str, translate: Translate) -> str:
    figure = svg.labels([svg.words(translate(row.figure), "100%", y + 13, "end")])
    length = max(1, len(row.levels))
    known = [(place, level) for place, level in enumerate(row.levels) if level is not None]
    ground = "".join(_cell(place, 1) for place, _ in known)
    filled = "".join(_cell(place, level / top) for place, level in known if level)
    paths = (
        svg.tag("path", d=ground, fill=svg.HUES["main"], fill_opacity=_GROUND, class_="main") if ground else "",
        svg.tag("path", d=filled, fill=svg.HUES["bad"], class_="bad") if filled else "",
    )
    plot = svg.tag(
        "svg",
        "".join(paths),
        y=y + _NAME,
        width="100%",
        height=_STRIP,
        viewBox=f"0 0 {length} 100",
        preserveAspectRatio="none",
    )
    empty = [_empty(place, length, y + _NAME, name) for place, level in enumerate(row.levels) if level is None]
    return "".join((svg.name(row.label, y, svg.percent(_NAMED)), figure, *empty, plot))


def _cell(place: int, height: float) -> str:
    left = place + (1 - _WIDTH) / 2
    return f"M{left:.5g} 100v-{height * 100:.4g}h{_WIDTH}v{height * 100:.4g}z"


def _empty(place: int, length: int, y: int, name: str) -> str:
    x, width = svg.percent(place / length), svg.percent(1 / length)
    return svg.tag("rect", x=x, y=y, width=width, height=_STRIP, fill=f"url(#{name}-empty)")


def _swatch(part: float) -> str:
    ground = svg.tag("rect", width=12, height=12, fill=svg.HUES["main"], fill_opacity=_GROUND, class_="main")
    high = 12 * part
    filled = svg.tag("rect", y=12 - high, width=12, height=high, fill=svg.HUES["bad"], class_="bad") if high else ""
    return svg.tag("svg", ground + filled, width=12, height=12, aria_hidden="true")


def _hatch(name: str) -> str:
    stroke = svg.tag("path", d="M0 8L8 0", stroke=svg.GRID, stroke_opacity=0.6)
    return svg.tag("pattern", stroke, id=f"{name}-empty", width=8, height=8, patternUnits="userSpaceOnUse")


def _axis(drawing: Strips, y: int) -> str:
    length = max((len(row.levels) for row in drawing.rows), default=1)
    ticks = svg.times(drawing.since_ms, length * drawing.step_ms)
    marks = [svg.line(svg.percent(at), y, svg.percent(at), y + 4) for at, _ in ticks]
    labels = [svg.words(label, svg.percent(at), y + 16, svg.anchor(at)) for at, label in ticks]
    return "".join((*marks, svg.labels([*labels, svg.words(drawing.axis, "50%", y + 32, "middle")])))
