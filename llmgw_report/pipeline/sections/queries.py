"""Results of queries that no other section is made of: a gateway's own extras and the user's `--query` files."""

from llmgw_report.gateways.rows import RECORDS, own_table
from llmgw_report.model.sections import QueryFailure, QueryTable
from llmgw_report.pipeline.measure import Measured


def queries(measured: Measured) -> tuple[QueryTable, ...]:
    """Every such result."""
    tables = measured.database.tables.values() if measured.database else ()
    return tuple(
        QueryTable(
            name=table.name,
            title=table.title,
            columns=table.columns,
            rows=table.rows,
            elapsed_seconds=table.elapsed_seconds,
            truncated="yes" if table.truncated else "no",
        )
        for table, _ in (own_table(one) for one in tables if one.name not in RECORDS or not one.builtin)
    )


def failed_queries(measured: Measured) -> tuple[QueryFailure, ...]:
    """Queries that failed; one that requires a column which this schema does not have does not apply."""
    return tuple(
        QueryFailure(name=one.name, title=one.title, reason=one.reason)
        for one in measured.failed
        if not one.missing_column
    )
