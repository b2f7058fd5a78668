"""What the log database holds, so that its figures can be believed."""

from llmgw_report.model.message import say
from llmgw_report.model.report import Report
from llmgw_report.model.sections import DatabaseSection, Gap, LogRow, Snapshots, TableRows
from llmgw_report.renderers._view._absence import empty
from llmgw_report.renderers._view._cells import code, cut, left, pairs, right, time, whole
from llmgw_report.renderers._view.blocks import Block, Cell, Facts, Paragraph, Section, State, Table
from llmgw_report.units import count, seconds


def section(report: Report) -> Section:
    """Tables, levels, latest rows and saved snapshots, or why the database could not be looked at."""
    return Section(say("Database verification"), "database", _blocks(report), evidence=True)


def _blocks(report: Report) -> tuple[Block, ...]:
    database = report.sections.database
    if database is None:
        return (
            empty(report, ("database",), "database", say("The database holds nothing that is known of this gateway.")),
        )
    return (*_tables(database), _levels(report, database), _logs(report, database), *_snapshots(database.snapshots))


def _tables(database: DatabaseSection) -> tuple[Block, ...]:
    if not database.tables:
        return (Paragraph(say("No table of this gateway was found.")),)
    rows, notes = cut(database.tables, "tables")
    columns = (*left("Table"), *right("Rows"), *whole("First", "Last"))
    return (Table(say("Rows per table"), columns, tuple(map(_table, rows)), notes=notes),)


def _table(row: TableRows) -> tuple[Cell, ...]:
    return code(row.name), count(row.rows), time(row.first), time(row.last)


def _levels(report: Report, database: DatabaseSection) -> Block:
    if not database.levels:
        return empty(report, ("log levels",), "database", say("No log row, so no level."))
    rows = tuple((level, count(rows)) for level, rows in database.levels.items())
    return Table(say("Log rows per level"), (*left("Level"), *right("Rows")), rows)


def _logs(report: Report, database: DatabaseSection) -> Block:
    if not database.recent_logs:
        return empty(report, ("latest log rows",), "database", say("No log row."))
    columns = (*whole("Time"), *left("Level", "Message", "Fields"))
    return Table(say("Latest log rows"), columns, tuple(map(_log, database.recent_logs)))


def _log(row: LogRow) -> tuple[Cell, ...]:
    return time(row.time), row.level, code(row.message), code(pairs(row.fields))


def _snapshots(snapshots: Snapshots | None) -> tuple[Block, ...]:
    if snapshots is None:
        return ()
    facts: tuple[tuple[str, Cell], ...] = (
        (say("Saved snapshots"), count(snapshots.count)),
        (say("Usual spacing"), _spacing(snapshots)),
        (say("Gaps"), count(len(snapshots.gaps))),
        (say("Labels kept"), State(say("yes"), "good") if snapshots.labelled == "yes" else State(say("no"), "caution")),
        (say("Falls that no restart explains"), count(snapshots.falls)),
    )
    example = ((say("Example of a fall"), code(snapshots.example)),) if snapshots.example else ()
    return (Facts((*facts, *example)), *_gaps(snapshots.gaps))


def _gaps(gaps: tuple[Gap, ...]) -> tuple[Block, ...]:
    if not gaps:
        return ()
    rows, notes = cut(gaps, "gaps")
    body = tuple((time(gap.since), time(gap.until), seconds(gap.seconds)) for gap in rows)
    return (Table(say("Gaps between snapshots"), (*whole("From", "To"), *right("Length")), body, notes=notes),)


def _spacing(snapshots: Snapshots) -> str:
    return say("too few to tell") if snapshots.spacing_seconds is None else seconds(snapshots.spacing_seconds)
