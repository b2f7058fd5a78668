"""`[[expect]]`: what is asked of which figure, checked as far as it can be without one."""

from collections.abc import Sequence
from math import isfinite

from llmgw_report.config.file import ExpectTable
from llmgw_report.config.policy import Asked, Comparison
from llmgw_report.errors import UsageError
from llmgw_report.plugins import nearest

COMPARISONS: tuple[Comparison, ...] = ("at-least", "at-most", "equals")


def expectations(tables: Sequence[ExpectTable], place: str, queries: tuple[str, ...]) -> tuple[Asked, ...]:
    """All of one file; `queries` are the names of those whose rows the report will hold."""
    return tuple(_asked(table, f"{place}: [[expect]] {number}", queries) for number, table in enumerate(tables, 1))


def _asked(table: ExpectTable, place: str, queries: tuple[str, ...]) -> Asked:
    comparison, limit = _comparison(table, place)
    if (table.that is None) == (table.query is None):
        message = f"{place}: needs one of that and query"
        raise UsageError(message, 'for example that = "traffic.total.requests"')
    if table.query is not None:
        return _of_query(table.query, comparison, limit, place, queries)
    return _of_figure(table.that or "", comparison, limit, place)


def _comparison(table: ExpectTable, place: str) -> tuple[Comparison, float | str]:
    """The one comparison and its limit."""
    given = {name: getattr(table, name.replace("-", "_")) for name in COMPARISONS}
    given = {name: limit for name, limit in given.items() if limit is not None}
    if len(given) != 1:
        message = f"{place}: needs one of {', '.join(COMPARISONS)}, and has {' and '.join(given) or 'none'}"
        raise UsageError(message, "for a range write two expectations")
    ((comparison, limit),) = given.items()
    if isinstance(limit, float) and not isfinite(limit):
        message = f"{place}: {comparison} is not a finite number"
        raise UsageError(message, "nothing can be compared with it")
    return comparison, limit


def _of_figure(that: str, comparison: Comparison, limit: float | str, place: str) -> Asked:
    from llmgw_report.config import paths  # inspecting the document's types costs more than reading the file

    place = f"{place}, that = {that!r}"
    steps = paths.parse(that, place)
    is_text = paths.is_text(paths.known(steps, place))
    if is_text and comparison != "equals":
        message = f"{place}: it is a text, which is neither more nor less than anything"
        raise UsageError(message, "compare it with equals")
    if is_text != isinstance(limit, str):
        message = f"{place}: it is a {'text' if is_text else 'number'}, and is compared with {limit!r}"
        raise UsageError(message, f"write it {'in' if is_text else 'without'} quotes")
    return Asked(that=that, comparison=comparison, limit=limit, steps=steps)


def _of_query(query: str, comparison: Comparison, limit: float | str, place: str, queries: tuple[str, ...]) -> Asked:
    """`name` or `name.column`; whether there is such a column, the query itself will tell."""
    name, dot, column = query.partition(".")
    if name not in queries:
        message = f"{place}: no query {name!r} runs"
        hint = nearest(name, queries) if queries else f"add it: --query {name or 'my'}.sql, or queries in [sources]"
        raise UsageError(message, hint)
    if dot and not column:
        message = f"{place}: {query!r} names no column"
        raise UsageError(message, f'write query = "{name}" for its first column')
    return Asked(that=f"query {query}", comparison=comparison, limit=limit, query=name, column=column or None)
