"""What the log database holds, so that its figures can be believed."""

from llmgw_report.messages import say
from llmgw_report.model.report import Report, Timings
from llmgw_report.model.scrape import BadLine
from llmgw_report.model.sections import (
    Count,
    Coverage,
    DatabaseSection,
    FamilyRow,
    InstanceRow,
    LogRow,
    MetricsSection,
    MissingFamily,
    SamplingGap,
    SavedMetrics,
    TableRows,
)
from llmgw_report.renderers._view._cells import absences, code, cut, empty, left, pairs, right, said, time, whole
from llmgw_report.renderers._view.blocks import Block, Cell, Facts, Paragraph, Section, State, Table
from llmgw_report.units import byte_size, count, moment, ratio, seconds


def section_coverage(report: Report) -> Section:
    """Coverage per quantity, the witnesses side by side, absent quantities, and the cost of this report."""
    blocks = (*_coverage(report), *_witnesses(report), *_absent(report), *_cost(report.timings))
    return Section(say("Coverage and cost"), "coverage", blocks, evidence=True)


def _coverage(report: Report) -> tuple[Block, ...]:
    if not report.sections.coverage:
        return ()
    rows, notes = cut(report.sections.coverage, "quantities")
    columns = (*left("Quantity"), *right("Observed", "Of", "Share"), *left("Note"))
    return (Table(say("How much of it was observed"), columns, tuple(map(_covered, rows)), notes=notes),)


def _covered(row: Coverage) -> tuple[Cell, ...]:
    return say(row.quantity), count(row.observed), count(row.of), ratio(row.ratio), said(say(row.note))


def _witnesses(report: Report) -> tuple[Block, ...]:
    if not report.sections.witnesses:
        return ()
    rows, notes = cut(report.sections.witnesses, "counts")
    columns = (*left("Quantity", "Counted by"), *right("Count"), *left("Over"))
    return (Table(say("Who counted what"), columns, tuple(map(_witness, rows)), notes=notes),)


def _witness(row: Count) -> tuple[Cell, ...]:
    over = say(row.basis)
    if row.since:
        over = say("{basis} since {time}", basis=over, time=moment(row.since))
    return say(row.quantity), say(row.source), count(row.value), over


def _absent(report: Report) -> tuple[Block, ...]:
    absent = tuple((say(name), say(reason)) for name, reason in absences(report).items())
    rows, notes = cut(absent, "quantities")
    return (
        (Table(say("Absent from this report (–)"), left("Quantity", "Reason"), tuple(rows), notes=notes),)
        if rows
        else ()
    )


def _cost(timings: Timings) -> tuple[Block, ...]:
    facts = Facts(
        (
            (say("Scrape"), _took(timings.scrape_seconds, say("no scrape was read"))),
            (say("Reading the database"), _took(timings.database_read_seconds, say("no database was read"))),
            (
                say("All queries"),
                _took(sum(timings.queries.values()) if timings.queries else None, say("no query ran")),
            ),
            (say("Rendering"), seconds(timings.render_seconds)),
            (say("Total"), seconds(timings.total_seconds)),
            (say("Peak memory"), byte_size(timings.peak_rss_bytes)),
        )
    )
    if not timings.queries:
        return (facts,)
    slowest_first = sorted(timings.queries.items(), key=lambda query: -query[1])
    rows, notes = cut(slowest_first, "queries")
    body = tuple((code(name), seconds(took)) for name, took in rows)
    return (facts, Table(say("Time per query"), (*left("Query"), *right("Took")), body, notes=notes))


def _took(value: float | None, none: str) -> str:
    return none if value is None else seconds(value)


def section_metrics(report: Report) -> Section:
    """Families found and missing, and requests by status, or why no scrape could be looked at."""
    return Section(say("Metrics verification"), "metrics", _blocks_metrics(report), evidence=True)


def _blocks_metrics(report: Report) -> tuple[Block, ...]:
    metrics = report.sections.metrics
    if metrics is None:
        return (empty(report, ("metrics",), "metrics", say("The scrape holds nothing that is known of this gateway.")),)
    return (
        _facts(metrics),
        *_bad_lines(metrics),
        _families(metrics.families),
        _missing(metrics.missing),
        _by_status(report.sections.instances),
    )


def _facts(metrics: MetricsSection) -> Facts:
    rows = (
        (say("Samples"), count(metrics.samples)),
        (say("Size"), byte_size(metrics.bytes)),
        (say("Lines that are not exposition text"), count(metrics.bad_line_count)),
        (say("Series that came twice"), count(metrics.duplicates)),
    )
    return Facts(rows)


def _bad_lines(metrics: MetricsSection) -> tuple[Block, ...]:
    if not metrics.bad_lines:
        return ()
    missing = metrics.bad_line_count - len(metrics.bad_lines)
    shown = say("{shown} of {n} lines shown.", shown=count(len(metrics.bad_lines)), n=count(metrics.bad_line_count))
    columns = (*right("Line"), *left("What is wrong", "Text"))
    rows = tuple(map(_bad_line, metrics.bad_lines))
    return (Table(say("Lines that could not be read"), columns, rows, notes=(shown,) if missing > 0 else ()),)


def _bad_line(bad: BadLine) -> tuple[Cell, ...]:
    return count(bad.line), say(bad.reason), code(bad.text)


def _families(families: tuple[FamilyRow, ...]) -> Block:
    if not families:
        return Paragraph(say("No metric family was found."))
    known_first = sorted(families, key=lambda family: family.known == "no")
    rows, notes = cut(known_first, "families")
    columns = (*left("Family", "Type"), *right("Series"), *left("Known of this gateway"))
    return Table(say("Families found"), columns, tuple(map(_family, rows)), notes=notes)


def _family(row: FamilyRow) -> tuple[Cell, ...]:
    return code(row.name), row.type, count(row.series), say(row.known)


def _missing(missing: tuple[MissingFamily, ...]) -> Block:
    if not missing:
        return Paragraph(say("No known family of this gateway is missing."))
    rows, notes = cut(missing, "families")
    body = tuple((code(family.name), say(family.reason)) for family in rows)
    return Table(say("Known families that are missing"), left("Family", "Reason"), body, notes=notes)


def _by_status(instances: tuple[InstanceRow, ...]) -> Block:
    every = [
        (row.provider, row.instance, status, count(requests))
        for row in instances
        for status, requests in row.by_status.items()
    ]
    if not every:
        return Paragraph(say("Requests by instance and status: none recorded."))
    rows, notes = cut(every, "rows")
    columns = (*left("Provider", "Instance", "Status"), *right("Requests"))
    return Table(say("Requests by instance and status"), columns, tuple(rows), notes=notes)


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


def _snapshots(snapshots: SavedMetrics | None) -> tuple[Block, ...]:
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


def _gaps(gaps: tuple[SamplingGap, ...]) -> tuple[Block, ...]:
    if not gaps:
        return ()
    rows, notes = cut(gaps, "gaps")
    body = tuple((time(gap.since), time(gap.until), seconds(gap.seconds)) for gap in rows)
    return (Table(say("Gaps between snapshots"), (*whole("From", "To"), *right("Length")), body, notes=notes),)


def _spacing(snapshots: SavedMetrics) -> str:
    return say("too few to tell") if snapshots.spacing_seconds is None else seconds(snapshots.spacing_seconds)
