"""Times of a database that are not what every query takes them for: milliseconds."""

from msgspec import structs

from llmgw_report.errors import QueryError
from llmgw_report.gateways.rows import TableRow, rows
from llmgw_report.model.table import Database
from llmgw_report.pipeline.identity import Identity

#: From 1973 to 5138 a time in milliseconds has 12 to 14 digits; in another unit it has others.
_UNITS = ((1e8, 1e11, "seconds"), (1e14, 1e17, "microseconds"), (1e17, 1e20, "nanoseconds"))


def in_milliseconds(identity: Identity, database: Database | None) -> Identity:
    """The same, with a problem of the database whose windows would be empty however busy its gateway is."""
    if identity.database_problem or database is None or "tables" not in database.tables:
        return identity
    try:
        found = rows(database.tables["tables"], TableRow)
    except QueryError:
        return identity
    problem = next((problem for row in found if (problem := _problem(row))), None)
    return structs.replace(identity, database_problem=problem)


def _problem(row: TableRow) -> str | None:
    """One table's; a time that some rows have and others do not is no unit."""
    newest = row.last_ms if row.last_ms is not None else row.newest_ms
    if newest is None:
        return f"the times in its table {row.name} are text, not milliseconds" if row.untimed else None
    unit = next((unit for low, high, unit in _UNITS if low <= newest < high), None)
    return f"the times in its table {row.name} are {unit}, not milliseconds: {newest:.0f}" if unit else None
