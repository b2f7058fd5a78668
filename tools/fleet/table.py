"""The figures as columns of text, and the page that keeps what a whole run found."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tools.fleet.line import Line

PAGE = Path(__file__).parents[2] / "docs" / "fleet-truth.md"
BEGIN, END = "<!-- make fleet writes this table -->\n", "<!-- end of the table -->"
_WIDTHS = (26, 58, 28, 28, 9, 10, 4)
_NAMES = ("source", "figure", "found", "truth", "error", "wanted", "met")


def row(line: Line) -> str:
    """A figure as text, in columns."""
    return _columns(line.columns())


def _columns(cells: Iterable[str]) -> str:
    return " ".join(
        cell.ljust(width) if place < 2 else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, _WIDTHS, strict=True))
    ).rstrip()


HEAD = _columns(_NAMES)


def write(lines: Sequence[Line]) -> None:
    """Put the pooled figures of an hour, and the worst of all of a kind, into the page."""
    page = PAGE.read_text("utf-8")
    text = "\n".join(_page(lines))
    between = f"{re.escape(BEGIN)}.*?{re.escape(END)}"
    PAGE.write_text(re.sub(between, lambda _: f"{BEGIN}\n{text}\n\n{END}", page, flags=re.DOTALL), "utf-8")


def _page(lines: Sequence[Line]) -> Iterator[str]:
    yield f"| {' | '.join(_NAMES)} |"
    yield "|---|---|--:|--:|--:|---|---|"
    for line in lines:
        yield f"| {' | '.join(line.columns())} |"
