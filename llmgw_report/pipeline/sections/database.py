"""What is in the database at all: rows, levels, the newest rows, and how regular the snapshots are."""

import msgspec

from llmgw_report.gateways.rows import LevelRow, TableRow
from llmgw_report.gateways.rows import LogRow as SqlLog
from llmgw_report.model import instant
from llmgw_report.model.sections import DatabaseSection, LogRow, TableRows
from llmgw_report.pipeline.measured import Measured
from llmgw_report.pipeline.sections.snapshots import snapshots

#: Levels that stand in the report even when the log has none of them: their absence is the news.
LEVELS = ("ERROR", "WARN", "INFO")


def database(measured: Measured) -> DatabaseSection | None:
    """The section, or None without a readable database of a known gateway."""
    tables = measured.table("tables", TableRow)
    if tables is None:
        return None
    return DatabaseSection(
        tables=tuple(_table(row) for row in tables),
        levels=_levels(measured),
        recent_logs=tuple(_log(row) for row in measured.table("recent_logs", SqlLog) or ()),
        snapshots=snapshots(measured),
    )


def _table(row: TableRow) -> TableRows:
    first, last = _time(row.first_ms), _time(row.last_ms)
    return TableRows(name=row.name, rows=row.rows, first=first, last=last, future=row.future, untimed=row.untimed)


def _time(milliseconds: float | None) -> str | None:
    return None if milliseconds is None else instant.text(milliseconds)


def _levels(measured: Measured) -> dict[str, int]:
    rows = measured.table("levels", LevelRow)
    if rows is None:
        return {}
    counted = {row.level: row.rows for row in rows}
    return {level: counted.get(level, 0) for level in dict.fromkeys((*LEVELS, *sorted(counted)))}


def _log(row: SqlLog) -> LogRow:
    return LogRow(time=instant.text(row.time_ms), level=row.level, message=row.message, fields=_fields(row.fields))


def _fields(text: str | None) -> dict[str, str]:
    """The JSON object as text values; anything else under one key, so that a broken row still shows."""
    try:
        content = msgspec.json.decode(text or "{}")
    except (msgspec.DecodeError, RecursionError):
        content = text
    return {key: str(value) for key, value in content.items()} if isinstance(content, dict) else {"": str(content)}
