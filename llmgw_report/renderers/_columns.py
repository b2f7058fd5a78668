"""A table of Markdown whose columns line up in a terminal, ideographs too.

Not tabulate: it looks through the metadata of all installed packages when it is imported, which takes longer than the
rest of a report in Markdown, and counts an ideograph as one column unless one more package is there.
"""

from collections.abc import Sequence

from llmgw_report.renderers._view.blocks import Align
from llmgw_report.renderers._visible import width

#: A heading has this much room to spare.
SPARE = 2


def laid_out(headings: Sequence[str], aligns: Sequence[Align], rows: Sequence[Sequence[str]]) -> str:
    """The lines of the table, without a line end after the last; every cell is Markdown already.

    >>> print(laid_out(["Name", "数"], ["left", "right"], [["a", "1,000"]]))
    | Name   |    数 |
    |:-------|------:|
    | a      | 1,000 |
    """
    cells = [[cell.strip() for cell in row] for row in rows]
    columns = zip(*cells, strict=True) if cells else ((),) * len(headings)
    widths = [
        max([width(heading) + SPARE, *map(width, column)]) for heading, column in zip(headings, columns, strict=True)
    ]
    rule = "|".join(_rule(size, align) for size, align in zip(widths, aligns, strict=True))
    head, *body = (_line(row, widths, aligns) for row in (headings, *cells))
    return "\n".join((head, f"|{rule}|", *body))


def _line(row: Sequence[str], widths: Sequence[int], aligns: Sequence[Align]) -> str:
    padded = (_padded(cell, size, align) for cell, size, align in zip(row, widths, aligns, strict=True))
    return f"| {' | '.join(padded)} |"


def _padded(cell: str, size: int, align: Align) -> str:
    space = " " * (size - width(cell))
    return f"{space}{cell}" if align == "right" else f"{cell}{space}"


def _rule(size: int, align: Align) -> str:
    return f"{'-' * (size + 1)}:" if align == "right" else f":{'-' * (size + 1)}"
