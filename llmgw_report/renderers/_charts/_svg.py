"""Elements of SVG, and the colours of a picture."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from markupsafe import escape

from llmgw_report.renderers._view.drawings import Hue
from llmgw_report.renderers._visible import visible

#: On white and on black alike they stand out by 3 to 1; nobody who sees colours in another way takes one for another.
HUES: dict[Hue, str] = {"main": "#2f74b5", "second": "#2a8c82", "bad": "#c8452b", "caution": "#a8740a"}
GRID = "#8a8d93"


Say = Callable[[str], str]
"""Puts what is said into the language of the page."""


class Picture(NamedTuple):
    """What stands inside an `<svg>` of this height."""

    content: str
    height: int


def tag(name: str, content: str = "", **attributes: float | str) -> str:
    """One element; `content` is markup already, and attributes with an underscore have a hyphen."""
    said = "".join(f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"' for key, value in attributes.items())
    return f"<{name}{said}>{content}</{name}>" if content else f"<{name}{said}/>"


def words(said: str, x: str, y: float, anchor: str = "start", **attributes: float | str) -> str:
    """Text from outside or our own, at a place."""
    return tag("text", escape(visible(said)), x=x, y=y, text_anchor=anchor, **attributes)


def name(said: str, y: int, width: str = "100%") -> str:
    """The name of a row, over it, cut off where its place ends: long ones are in the table beside the picture."""
    return tag("svg", labels([words(said, "0", 13)]), y=y, width=width, height=18)


def labels(parts: Iterable[str], size: int = 12) -> str:
    """Text of one size, in the colour of the page's."""
    return tag("g", "".join(parts), fill="currentColor", font_size=size, font_family="system-ui, sans-serif")


def line(x: str, y: float, to_x: str, to_y: float) -> str:
    """A line of the grid."""
    return tag("line", x1=x, y1=y, x2=to_x, y2=to_y, stroke=GRID, stroke_opacity=0.45, class_="grid")


def percent(share: float) -> str:
    """A place across."""
    return f"{share * 100:.4g}%"


def swatch(hue: Hue) -> str:
    """The square that stands beside a name in a legend."""
    square = tag("rect", width=12, height=12, rx=2, fill=HUES[hue], class_=hue)
    return tag("svg", square, width=12, height=12, aria_hidden="true")


def _value(value: float | str) -> str:
    return str(escape(value)) if isinstance(value, str) else f"{value:.6g}"
