"""Rejects a database whose times are in seconds, or in anything but milliseconds."""

from msgspec import structs

from llmgw_report.errors import QueryError
from llmgw_report.gateways.rows import TableRecord, records
from llmgw_report.messages import msg
from llmgw_report.model.database import Database
from llmgw_report.pipeline.identify import Identity, Problem

_TO_MILLISECONDS = msg("convert them to milliseconds in queries of your own, with --gateway DIR")
#: From 1973 to 5138 a time in milliseconds has 12 to 14 digits; in another unit it has others.
_OTHER_UNITS = ((1e8, 1e11, "seconds"), (1e14, 1e17, "microseconds"), (1e17, 1e20, "nanoseconds"))


def reject_other_time_units(identity: Identity, database: Database | None) -> Identity:
    """Leave out a database whose times are not in milliseconds: its windows would be empty however busy it is."""
    if identity.database_problem or database is None or "tables" not in database.tables:
        return identity
    try:
        found, _ = records(database.tables["tables"], TableRecord)
    except QueryError:
        return identity
    problem = next((problem for row in found if (problem := _unit_problem(row))), None)
    return structs.replace(identity, database_problem=problem)


def _unit_problem(row: TableRecord) -> Problem | None:
    """Why the times of one table cannot be read; rows without a time among others with one are no reason."""
    newest = row.last_ms if row.last_ms is not None else row.newest_ms
    if newest is None:
        said = msg("the times in its table {table} are text, not milliseconds", table=row.name)
        return Problem(said, _TO_MILLISECONDS) if row.untimed else None
    unit = next((unit for low, high, unit in _OTHER_UNITS if low <= newest < high), None)
    if unit is None:
        return None
    text = "the times in its table {table} are {unit}, not milliseconds: {newest}"
    return Problem(msg(text, table=row.name, unit=msg(unit), newest=f"{newest:.0f}"), _TO_MILLISECONDS)
