"""Times of a database that are not what every query takes them for: milliseconds."""

from msgspec import structs

from llmgw_report.errors import QueryError
from llmgw_report.gateways.rows import TableRow, rows
from llmgw_report.model.message import say
from llmgw_report.model.table import Database
from llmgw_report.pipeline.identity import Identity, Problem

#: From 1973 to 5138 a time in milliseconds has 12 to 14 digits; in another unit it has others.
_UNITS = ((1e8, 1e11, "seconds"), (1e14, 1e17, "microseconds"), (1e17, 1e20, "nanoseconds"))
CONVERT = say("write queries that turn them into milliseconds, with --gateway DIR")


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


def _problem(row: TableRow) -> Problem | None:
    """One table's; a time that some rows have and others do not is no unit."""
    newest = row.last_ms if row.last_ms is not None else row.newest_ms
    if newest is None:
        said = say("the times in its table {table} are text, not milliseconds", table=row.name)
        return Problem(said, CONVERT) if row.untimed else None
    unit = next((unit for low, high, unit in _UNITS if low <= newest < high), None)
    if unit is None:
        return None
    text = "the times in its table {table} are {unit}, not milliseconds: {newest}"
    return Problem(say(text, table=row.name, unit=say(unit), newest=f"{newest:.0f}"), CONVERT)
