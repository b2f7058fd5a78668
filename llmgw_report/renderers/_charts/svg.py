"""Elements of SVG, and the colours of a picture."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from math import ceil, floor, log10
from typing import NamedTuple

from markupsafe import escape

from llmgw_report.model.timestamp import EPOCH
from llmgw_report.printable import visible
from llmgw_report.renderers._view.blocks import Dashes, Hue

Tick = tuple[float, str]
"""Its place, between 0 and 1, and its label."""

_SECOND_MS, _MINUTE_MS, _HOUR_MS, _DAY_MS = 1000, 60_000, 3_600_000, 86_400_000
#: Steps of an axis of time in milliseconds, each a part of the next larger unit.
_STEPS = (
    *(_SECOND_MS * step for step in (1, 5, 10, 30)),
    *(_MINUTE_MS * step for step in (1, 2, 5, 10, 15, 30)),
    *(_HOUR_MS * step for step in (1, 2, 3, 6, 12)),
    *(_DAY_MS * step for step in (1, 2, 7, 14, 28, 91, 365)),
)
_MAX_TICKS = 6
#: The smallest and the largest figure that a scale is made for; what lies beyond is drawn at the end of the axis.
_MIN_FIGURE, _MAX_FIGURE = 1e-9, 1e18
#: Of a power of ten, the ends of an axis.
_FACTORS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


def clamped(value: float) -> float:
    """The figure as a scale can hold it, between 0 and 1e18; 0 for NaN.

    A saved report can hold any figure, such as 1.797e308, 5e-324 or -1: arithmetic on those overflows or divides by 0.

    >>> [clamped(value) for value in (3, -1, 1.7976931348623157e308, float("nan"))]
    [3, 0, 1e+18, 0]
    """
    return min(value, _MAX_FIGURE) if value > 0 else 0


def top(value: float) -> float:
    """The round end of an axis of counts that holds `value`.

    >>> [top(value) for value in (0, 1, 3, 65, 150, 1095122)]
    [1, 1, 3, 80, 150, 1500000]
    """
    value = clamped(value)
    if value <= 10:  # noqa: PLR2004 - up to here every whole number is round
        return max(1, ceil(value))
    return ceil(round_end(value))


def round_end(value: float) -> float:
    """The round end of an axis that holds `value`, of any unit.

    >>> [round_end(value) for value in (0, 0.32, 1, 4.2, 65)]
    [1.0, 0.4, 1.0, 5.0, 80.0]
    """
    value = max(_MIN_FIGURE, clamped(value)) if value > 0 else 1.0
    exponent = floor(log10(value))
    # Divided, and not times 0.1, of which 4 are more than 0.4.
    ends = (factor * 10**exponent if exponent >= 0 else factor / 10**-exponent for factor in _FACTORS)
    return float(next(end for end in ends if end >= value))


def times(since_ms: int, length_ms: int) -> list[Tick]:
    """Ticks of an axis of time, a handful of them, on round instants of UTC.

    >>> times(1_772_409_600_000, 43_200_000)
    [(0.0, '03-02'), (0.25, '03:00'), (0.5, '06:00'), (0.75, '09:00'), (1.0, '12:00')]
    """
    length_ms, year = max(1, length_ms), _STEPS[-1]
    several = -(-length_ms // year // (_MAX_TICKS - 1)) * year
    step = next((step for step in _STEPS if length_ms / step <= _MAX_TICKS - 1), several)
    first = -(-since_ms // step) * step
    return [((at - since_ms) / length_ms, _tick_label(at, step)) for at in range(first, since_ms + length_ms + 1, step)]


def _tick_label(at_ms: int, step: int) -> str:
    try:
        at = EPOCH + timedelta(milliseconds=at_ms)
    except OverflowError:
        return ""
    if at_ms % _DAY_MS == 0:
        return f"{at:%m-%d}"
    return f"{at:%H:%M}" if step >= _MINUTE_MS else f"{at:%H:%M:%S}"


#: On white and on black alike they stand out by 3 to 1; nobody who sees colours in another way takes one for another.
HUES: dict[Hue, str] = {"main": "#2f74b5", "bad": "#c8452b", "unknown": "#2f74b5"}
#: Those that have stripes as well, by which they are told from the others without colours.
STRIPES: frozenset[Hue] = frozenset({"bad", "unknown"})
GRID = "#8a8d93"


Translate = Callable[[str], str]
"""Puts a figure into the language of the page."""


class Picture(NamedTuple):
    """What stands inside an `<svg>` of this height."""

    content: str
    height: int


def tag(name: str, content: str = "", **attributes: float | str) -> str:
    """One element; `content` is markup already, and attributes with an underscore have a hyphen."""
    listed = "".join(f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"' for key, value in attributes.items())
    return f"<{name}{listed}>{content}</{name}>" if content else f"<{name}{listed}/>"


def words(text: str, x: str, y: float, anchor: str = "start", **attributes: float | str) -> str:
    """Text from outside or our own, at a place."""
    return tag("text", escape(visible(text)), x=x, y=y, text_anchor=anchor, **attributes)


def name(text: str, y: int, width: str = "100%") -> str:
    """The name of a row, over it, cut off where its place ends: long ones are in the table beside the picture."""
    return tag("svg", labels([words(text, "0", 13)]), y=y, width=width, height=18)


def labels(parts: Iterable[str], size: int = 12) -> str:
    """Text of one size, in the colour of the page's."""
    return tag("g", "".join(parts), fill="currentColor", font_size=size, font_family="system-ui, sans-serif")


def line(x: str, y: float, to_x: str, to_y: float) -> str:
    """A line of the grid."""
    return tag("line", x1=x, y1=y, x2=to_x, y2=to_y, stroke=GRID, stroke_opacity=0.45, class_="grid")


def percent(share: float) -> str:
    """A place across."""
    return f"{share * 100:.4g}%"


def anchor(at: float) -> str:
    """Of the label of a tick: the first and the last stay inside the picture."""
    return "start" if at < 0.03 else "end" if at > 0.97 else "middle"  # noqa: PLR2004 - half a label


def swatch(hue: Hue) -> str:
    """The square that stands beside a name in a legend."""
    square = tag("rect", width=12, height=12, rx=2, fill=HUES[hue], class_=hue)
    content = "".join(_striped(hue, 12, y) for y in range(0, 12, _STRIPE[hue])) if hue in STRIPES else square
    return tag("svg", content, width=12, height=12, aria_hidden="true")


#: Pixels from one stripe to the next: of what failed so few that the thinnest of it has one.
_STRIPE: dict[Hue, int] = {"bad": 4, "unknown": 6}


def stripes(hue: Hue, name: str, width: int) -> str:
    """The pattern of this name. It is as wide as the picture, however that is stretched: seams would be seen."""
    units = {"patternUnits": "userSpaceOnUse"}
    return tag("pattern", _striped(hue, width), id=name, width=width, height=_STRIPE[hue], **units)


def _striped(hue: Hue, width: int, y: int = 0) -> str:
    """One stripe: of what failed dark on the colour, of what nobody knows the colour on a faint one."""
    dark = hue == "bad"
    colour = {"fill": HUES[hue], "class_": hue}
    ground = tag("rect", y=y, width=width, height=_STRIPE[hue], fill_opacity=1 if dark else 0.55, **colour)
    line = {"fill": "currentColor"} if dark else colour
    return ground + tag("rect", y=y, width=width, height=1, fill_opacity=0.8 if dark else 1, **line)


_DASHES: dict[Dashes, str] = {"solid": "", "dashed": "7 3", "dotted": "2 3"}


def pen(dashes: Dashes) -> dict[str, float | str]:
    """How a curve is drawn: as wide as it is wherever it is stretched."""
    line: dict[str, float | str] = {"fill": "none", "stroke": HUES["main"], "stroke_width": 1.75, "class_": "main-line"}
    dashed = {"stroke_dasharray": _DASHES[dashes]} if _DASHES[dashes] else {}
    return {**line, **dashed, "vector_effect": "non-scaling-stroke"}


def stroke(dashes: Dashes) -> str:
    """The piece of a curve that stands beside its name in a legend."""
    return tag("svg", tag("path", "", d="M0 6h26", **pen(dashes)), width=26, height=12, aria_hidden="true")


def _value(value: float | str) -> str:
    return str(escape(value)) if isinstance(value, str) else f"{value:.6g}"
