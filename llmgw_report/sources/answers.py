"""What a report keeps of the rows that a query returns, whichever database it was put to."""

from collections.abc import Iterable, Sequence
from math import isfinite
from time import perf_counter
from typing import Any

from llmgw_report.model.database import Query, Table, Value
from llmgw_report.sources.kept_rows import MOMENTS, OF_MOMENTS, MomentRows, PlainRows

#: Of one query: what a report has no use for, and what would fill the memory. Rows with moments are most of a report.
_RESULT_BYTES, _MOMENTS_BYTES = 8 * 2**20, 80 * 2**20
#: Cells that the document can hold, whatever their value; there may be a million.
_AS_THEY_ARE = frozenset((int, str, type(None)))


def answered(query: Query, columns: Sequence[str], answer: Iterable[tuple[Any, ...]], started: float) -> Table:
    """The table of a query that was put at `started`: at most its limit of rows, and of those what may be kept."""
    alike = query.builtin and query.name in OF_MOMENTS and MOMENTS in columns
    rows = MomentRows(columns, _MOMENTS_BYTES) if alike else PlainRows(columns, _RESULT_BYTES)
    truncated = False
    for count, row in enumerate(answer):
        kept = row if _AS_THEY_ARE.issuperset(map(type, row)) else tuple(map(_value, row))
        truncated = count == query.limit or not rows.add(kept)
        if truncated:
            break
    return Table(
        name=query.name,
        title=query.title,
        columns=rows.columns,
        rows=rows.all(),
        elapsed_seconds=perf_counter() - started,
        truncated=truncated,
        builtin=query.builtin,
    )


def _value(cell: str | float | bytes | None) -> Value:
    """The cell as the document can hold it: JSON has no infinity, and a blob becomes its length."""
    if isinstance(cell, bytes):
        return f"<{len(cell)} bytes>"
    return None if isinstance(cell, float) and not isfinite(cell) else cell
