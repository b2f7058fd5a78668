"""Tables of queries that the user or the gateway's definition added, and queries that failed."""

from llmgw_report.messages import say
from llmgw_report.model.database import Value
from llmgw_report.model.report import Report
from llmgw_report.model.sections import QueryTable
from llmgw_report.renderers._view._cells import MOST_ROWS, code, cut, left
from llmgw_report.renderers._view.blocks import Block, Cell, Column, Paragraph, Section, Table
from llmgw_report.units import count, seconds, text

#: More columns than a page is wide cannot be compared.
MOST_COLUMNS = 8


def sections(report: Report) -> tuple[Section, ...]:
    """One section, or none at all if there was no such query."""
    blocks = (*map(_block, report.sections.queries), *_failed(report))
    return (Section(say("Queries"), "queries", blocks),) if blocks else ()


def _block(query: QueryTable) -> Block:
    title = say(query.title.strip() or query.name.strip() or "Query")
    if not query.rows:
        return Paragraph(say("{title}: no rows ({time}).", title=title, time=seconds(query.elapsed_seconds)))
    rows, cut_rows = cut(query.rows, "rows")
    more = (say("The query has more rows than its limit."),) if query.truncated == "yes" else ()
    return Table(
        title,
        tuple(_column(query, index) for index in range(len(query.columns[:MOST_COLUMNS]))),
        tuple(tuple(map(_cell, row[:MOST_COLUMNS], query.columns)) for row in rows),
        notes=(*cut_rows, *more, *_cut_columns(query), say("Took {time}.", time=seconds(query.elapsed_seconds))),
    )


def _column(query: QueryTable, index: int) -> Column:
    values = [row[index] for row in query.rows[:MOST_ROWS] if row[index] is not None]
    figures = bool(values) and not any(isinstance(value, str) for value in values)
    return Column(query.columns[index], "right" if figures else "left")


def _cell(value: Value, column: str) -> Cell:
    return code(value) if isinstance(value, str) else text(value, column)


def _cut_columns(query: QueryTable) -> tuple[str, ...]:
    total = len(query.columns)
    if total <= MOST_COLUMNS:
        return ()
    shown = count(MOST_COLUMNS)
    return (say("{shown} of {n} columns shown; the JSON document has all.", shown=shown, n=count(total)),)


def _failed(report: Report) -> tuple[Block, ...]:
    if not report.sections.failed_queries:
        return ()
    rows, notes = cut(report.sections.failed_queries, "queries")
    body = tuple((code(query.name), say(query.title), say(query.reason)) for query in rows)
    return (Table(say("Queries that failed"), left("Query", "Title", "Reason"), body, notes=notes),)
