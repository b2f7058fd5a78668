"""Results of queries that no other section is made of: a gateway's own extras and the user's `--query` files."""

from llmgw_report.gateways.rows import IMPLAUSIBLE, RECORDS
from llmgw_report.model.database import Table
from llmgw_report.model.sections import QueryFailure, QueryTable
from llmgw_report.pipeline.measure import Measured


def queries(measured: Measured) -> tuple[QueryTable, ...]:
    """Every such result."""
    tables = measured.database.tables.values() if measured.database else ()
    return tuple(_shown(table) for table in tables if table.name not in RECORDS or not table.builtin)


def _shown(table: Table) -> QueryTable:
    kept = [place for place, name in enumerate(table.columns) if name != IMPLAUSIBLE or not table.builtin]
    return QueryTable(
        name=table.name,
        title=table.title,
        columns=tuple(table.columns[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in table.rows),
        elapsed_seconds=table.elapsed_seconds,
        truncated="yes" if table.truncated else "no",
    )


def failed_queries(measured: Measured) -> tuple[QueryFailure, ...]:
    """Queries that failed; one of the gateway's own for a column that this schema lacks does not apply."""
    return tuple(
        QueryFailure(name=one.name, title=one.title, reason=one.reason)
        for one in measured.failed
        if not one.missing_column
    )
