"""Strips of cells, one for each bucket of a histogram: the darker, the more of the row's observations are in it."""

from llmgw_report.renderers._charts import svg
from llmgw_report.renderers._charts.svg import Picture, Translate
from llmgw_report.renderers._view.blocks import Heat, HeatRow

#: Pixels: of a row's name, of its strip, between two rows, and of the axis with its ticks.
_NAME, _STRIP, _BETWEEN, _AXIS = 18, 20, 8, 36
_MAX_LABELS = 7
#: Of the width, what a label needs left of its edge on a telephone.
_LABEL = 0.15
#: So that one of thousands is still there to be seen.
_FAINTEST = 0.12


def draw(drawing: Heat, name: str, translate: Translate) -> Picture:  # noqa: ARG001 - every kind of drawing has a name
    """One cell per bucket, all as wide: the buckets of a histogram are spaced as they matter."""
    each = _NAME + _STRIP + _BETWEEN
    height = len(drawing.rows) * each - _BETWEEN
    rows = [_row(row, index * each) for index, row in enumerate(drawing.rows)]
    return Picture("".join(rows) + _axis(drawing, height), height + _AXIS)


def legend(drawing: Heat) -> list[tuple[str, str]]:  # noqa: ARG001 - every kind of drawing may have one
    """None: the axis says what the cells are."""
    return []


def _row(row: HeatRow, y: int) -> str:
    cells = [
        svg.tag(
            "rect",
            x=svg.percent(index / len(row.counts)),
            y=y + _NAME,
            width=svg.percent(1 / len(row.counts)),
            height=_STRIP,
            fill=svg.HUES["main"],
            fill_opacity=_FAINTEST + (1 - _FAINTEST) * (value / max(row.counts)),
            class_="main",
        )
        for index, value in enumerate(row.counts)
        if value > 0
    ]
    frame = [svg.line("0", y + _NAME + at, "100%", y + _NAME + at) for at in (0, _STRIP)]
    return "".join((svg.name(row.label, y), *frame, *cells))


def _axis(drawing: Heat, y: int) -> str:
    """Upper limits as labels at the right edges of the cells; without room some are left out, never the last."""
    total = len(drawing.bounds)
    every = -(-total // _MAX_LABELS) or 1
    spaced = [index for index in range(total) if (total - 1 - index) % every == 0]
    shown = [index for index in spaced if (index + 1) / total >= _LABEL]
    labels = [svg.words(drawing.bounds[index], svg.percent((index + 1) / total), y + 16, "end") for index in shown]
    return svg.labels([*labels, svg.words(drawing.axis, "50%", y + 32, "middle")])
