"""Tables of queries that the user or the gateway's definition added, and queries that failed."""

from llmgw_report.messages import msg
from llmgw_report.model.database import Value
from llmgw_report.model.report import Report
from llmgw_report.model.sections import QueryFailure, QueryTable
from llmgw_report.renderers._view.blocks import Block, Cell, Paragraph, Section
from llmgw_report.renderers._view.cells import MAX_TABLE_ROWS, Column, code, column, table
from llmgw_report.units import count, seconds, text

#: More columns than a page is wide cannot be compared.
MAX_COLUMNS = 8


def sections(report: Report) -> tuple[Section, ...]:
    """One section, or none at all if there was no such query."""
    blocks = (*map(_block, report.sections.queries), *_failed(report))
    return (Section(msg("Queries"), "queries", blocks),) if blocks else ()


def _block(query: QueryTable) -> Block:
    title = msg(query.title.strip() or query.name.strip() or "Query")
    if not query.rows:
        return Paragraph(msg("{title}: no rows ({time}).", title=title, time=seconds(query.elapsed_seconds)))
    columns = [_column(query, index) for index in range(min(len(query.columns), MAX_COLUMNS))]
    more = (msg("The query has more rows than its limit."),) if query.truncated == "yes" else ()
    took = msg("Took {time}.", time=seconds(query.elapsed_seconds))
    return table(title, query.rows, columns, "rows", notes=(*more, *_cut_columns(query), took))


def _column(query: QueryTable, index: int) -> Column[tuple[Value, ...]]:
    """Figures stand on the right, in the unit that the column's name says."""
    name = query.columns[index]
    values = [row[index] for row in query.rows[:MAX_TABLE_ROWS] if row[index] is not None]
    figures = bool(values) and not any(isinstance(value, str) for value in values)

    def cell(row: tuple[Value, ...]) -> Cell:
        value = row[index]
        return code(value) if isinstance(value, str) else text(value, name)

    return Column(name, cell, "right" if figures else "left")


def _cut_columns(query: QueryTable) -> tuple[str, ...]:
    total = len(query.columns)
    if total <= MAX_COLUMNS:
        return ()
    shown = count(MAX_COLUMNS)
    return (msg("{shown} of {n} columns shown; the JSON document has all.", shown=shown, n=count(total)),)


def _failed(report: Report) -> tuple[Block, ...]:
    failed = report.sections.failed_queries
    if not failed:
        return ()
    columns: tuple[Column[QueryFailure], ...] = (
        column("Query", lambda query: code(query.name)),
        column("Title", lambda query: msg(query.title)),
        column("Reason", lambda query: msg(query.reason)),
    )
    return (table(msg("Queries that failed"), failed, columns, "queries"),)
