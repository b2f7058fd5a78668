"""The figures as columns of text, and the page that keeps what a whole run found."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tools.fleet.line import Line

PAGE = Path(__file__).parents[2] / "docs" / "fleet-truth.md"
BEGIN, END = "<!-- make fleet writes this table -->\n", "<!-- end of the table -->"
_WIDTHS = (26, 58, 26, 26, 9, 10, 4)
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
    """Put the worst of every kind of figure into the page."""
    page, text = PAGE.read_text("utf-8"), "\n".join(summary(lines))
    between = f"{re.escape(BEGIN)}.*?{re.escape(END)}"
    PAGE.write_text(re.sub(between, lambda _: f"{BEGIN}\n{text}\n\n{END}", page, flags=re.DOTALL), "utf-8")


def summary(lines: Sequence[Line]) -> Iterator[str]:
    """A row for each kind of figure, a column for each source: the error that is largest, of how many."""
    sources, figures = (list(dict.fromkeys(its)) for its in zip(*(one[:2] for one in lines), strict=True))
    yield f"| figure | wanted | {' | '.join(sources)} |"
    yield f"|---|---|{'--:|' * len(sources)}"
    for figure in figures:
        its = [one for one in lines if one.figure == figure]
        wanted = ", ".join(dict.fromkeys(one.wanted.text() for one in its))
        cells = (_worst([one for one in its if one.source == source]) for source in sources)
        yield f"| {figure} | {wanted} | {' | '.join(cells)} |"


def _worst(its: Sequence[Line]) -> str:
    if not its:
        return "–"
    errors = [one.error for one in its if one.error is not None]
    if not errors:
        return f"{sum(one.met for one in its)} of {len(its)}"
    return f"{max(errors, key=abs):+.1%} of {len(its)}"
