"""The four curves as a picture: how much longer a run takes, on logarithmic axes, where a straight line is a power."""

from collections.abc import Iterator, Sequence
from math import log10
from pathlib import Path

from tools.scale.curve import Curves, Point

FILE = Path(__file__).parents[2] / "docs" / "pictures" / "scale.svg"
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 720, 360, 76, 44, 16, 150
LINE_HEIGHT = 16
#: Decades on each axis: sizes as times of the smallest, times as times of `python -c pass`.
DECADES_X, DECADES_Y = 3, 4
#: Told apart by lightness as well.
COLOURS = {"rows": "#0b5fa5", "series": "#c4570e", "groups": "#3d8b50", "targets": "#7d3c98"}
STYLE = "font: 13px system-ui, sans-serif; fill: #555"


def write(curves: Curves) -> None:
    """Draw it again."""
    FILE.write_text(picture(curves), "utf-8")


def picture(curves: Curves) -> str:
    """The whole file."""
    drawn = (line for name in curves for line in _curve(name, curves[name]))
    return "\n".join([*_frame(), *drawn, *_labels(curves), "</svg>", ""])


def _frame() -> Iterator[str]:
    label = "Time of a run over the size of its input, both logarithmic"
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">'
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
    for decade in range(DECADES_Y + 1):
        y = _y(10**decade)
        yield f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="#ddd"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end" style="{STYLE}">{10**decade:,} ×</text>'
    for decade in range(DECADES_X + 1):
        x = _x(10**decade)
        yield f'<path d="M{x} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>'
        yield f'<text x="{x}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle" style="{STYLE}">{10**decade:,} ×</text>'


def _curve(name: str, points: Sequence[Point]) -> Iterator[str]:
    places = [(_x(point.size / points[0].size), _y(point.ratio)) for point in points]
    path = " ".join(f"{x},{y}" for x, y in places)
    colour = COLOURS[name]
    yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    yield from (f'<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/>' for x, y in places)


def _labels(curves: Curves) -> Iterator[str]:
    """Where a curve ends, and below the one before where two end together."""
    ends = sorted((_y(points[-1].ratio), name, points[-1].size) for name, points in curves.items())
    below = 0.0
    for end, name, size in ends:
        y = max(end + 4, below)
        below = y + LINE_HEIGHT
        style = f"{STYLE}; fill: {COLOURS[name]}"
        yield f'<text x="{WIDTH - RIGHT + 8}" y="{y:.1f}" style="{style}">{size:,} {name}</text>'


def _x(times: float) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * log10(times) / DECADES_X, 1)


def _y(times: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * log10(times) / DECADES_Y, 1)
