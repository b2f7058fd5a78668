"""What the report rests on: coverage, cost, and what both sources hold."""

from collections.abc import Iterator, Sequence

from llmgw_report.messages import msg
from llmgw_report.model.contents import (
    DatabaseSection,
    FamilyRow,
    LogRow,
    MetricsSection,
    SamplingGap,
    SavedMetrics,
    TableRows,
    UnknownValue,
)
from llmgw_report.model.finding import Finding
from llmgw_report.model.report import Report, Timings
from llmgw_report.model.sections import Count, Coverage, InstanceRow
from llmgw_report.renderers._view._cells import (
    Column,
    absences,
    code,
    column,
    not_measured,
    number,
    optional,
    pairs,
    table,
    time,
    whole,
)
from llmgw_report.renderers._view.blocks import Block, Cell, FactsBlock, Paragraph, Section, State
from llmgw_report.units import byte_size, count, moment, ratio, seconds

#: Missing families that are named, of those that are absent for one reason.
_NAMED = 4


def sections(report: Report) -> tuple[Section, ...]:
    """Data coverage, the database and the scrape; each of the two, or why it could not be looked at."""
    coverage = (
        *_coverage(report),
        *_facts(report.findings),
        *_counts_by_source(report),
        *_absent(report),
        *_cost(report.timings),
    )
    return (
        Section(msg("Data coverage"), "coverage", coverage, evidence=True),
        Section(msg("Database verification"), "database", _database(report), evidence=True),
        Section(msg("Metrics verification"), "metrics", _metrics(report), evidence=True),
    )


def _coverage(report: Report) -> tuple[Block, ...]:
    if not report.sections.coverage:
        return ()
    columns: tuple[Column[Coverage], ...] = (
        column("Quantity", lambda row: msg(row.quantity)),
        number("Observed", lambda row: count(row.observed)),
        number("Of", lambda row: count(row.of)),
        number("Ratio", lambda row: ratio(row.ratio)),
        column("Note", lambda row: optional(msg(row.note))),
    )
    notes = tuple(_unwritten(report))
    return (table(msg("How much of it was observed"), report.sections.coverage, columns, "quantities", notes=notes),)


def _unwritten(report: Report) -> Iterator[str]:
    """Once for the whole report: a gateway that collects its rows has not written the newest."""
    delay = report.gateway.write_delay_seconds
    if delay and report.sections.database is not None:
        yield msg("Rows of the last {time} may not be written yet.", time=seconds(delay))


def _facts(findings: Sequence[Finding]) -> tuple[Block, ...]:
    """What this product can never report: no finding, since no operator can change it."""
    facts = [one for one in findings if one.status == "info"]
    if not facts:
        return ()
    columns: tuple[Column[Finding], ...] = (
        column("Check", lambda fact: code(fact.check)),
        column("Observed", lambda fact: fact.seen),
        column("What to do", lambda fact: fact.do),
    )
    return (table(msg("What this gateway can never report"), facts, columns, "facts"),)


def _counts_by_source(report: Report) -> tuple[Block, ...]:
    if not report.sections.witnesses:
        return ()
    columns: tuple[Column[Count], ...] = (
        column("Quantity", lambda row: msg(row.quantity)),
        column("Counted by", lambda row: msg(row.source)),
        number("Count", lambda row: count(row.value)),
        column("Over", _counted_over),
    )
    return (table(msg("Counts by source"), report.sections.witnesses, columns, "counts"),)


def _counted_over(row: Count) -> str:
    return msg("{basis} since {time}", basis=msg(row.basis), time=moment(row.since)) if row.since else msg(row.basis)


def _absent(report: Report) -> tuple[Block, ...]:
    absent = list(absences(report).items())
    if not absent:
        return ()
    columns: tuple[Column[tuple[str, str]], ...] = (
        column("Quantity", lambda entry: msg(entry[0])),
        column("Reason", lambda entry: msg(entry[1])),
    )
    return (table(msg("Absent from this report (–)"), absent, columns, "quantities"),)


def _cost(timings: Timings) -> tuple[Block, ...]:
    queries = sum(timings.queries.values()) if timings.queries else None
    facts = FactsBlock(
        (
            (msg("Scrape"), _took(timings.scrape_seconds, msg("no scrape was read"))),
            (msg("Reading the database"), _took(timings.database_read_seconds, msg("no database was read"))),
            (msg("All queries"), _took(queries, msg("no query ran"))),
            (msg("Rendering"), seconds(timings.render_seconds)),
            (msg("Total"), seconds(timings.total_seconds)),
            (msg("Peak memory"), byte_size(timings.peak_rss_bytes)),
        )
    )
    if not timings.queries:
        return (facts,)
    slowest_first = sorted(timings.queries.items(), key=lambda query: -query[1])
    columns: tuple[Column[tuple[str, float]], ...] = (
        column("Query", lambda query: code(query[0])),
        number("Took", lambda query: seconds(query[1])),
    )
    return facts, table(msg("Time per query"), slowest_first, columns, "queries")


def _took(value: float | None, none: str) -> str:
    return none if value is None else seconds(value)


def _database(report: Report) -> tuple[Block, ...]:
    database = report.sections.database
    if database is None:
        none = msg("The database holds nothing that is known of this gateway.")
        return (not_measured(report, ("database",), "database", none),)
    return (_tables(database), _levels(report, database), _logs(report, database), *_snapshots(database.snapshots))


def _tables(database: DatabaseSection) -> Block:
    if not database.tables:
        return Paragraph(msg("No table of this gateway was found."))
    columns: tuple[Column[TableRows], ...] = (
        column("Table", lambda row: code(row.name)),
        number("Rows", lambda row: count(row.rows)),
        whole("First", lambda row: time(row.first)),
        whole("Last", lambda row: time(row.last)),
    )
    return table(msg("Rows per table"), database.tables, columns, "tables")


def _levels(report: Report, database: DatabaseSection) -> Block:
    if not database.levels:
        return not_measured(report, ("log levels",), "database", msg("No log row, so no level."))
    columns: tuple[Column[tuple[str, int]], ...] = (
        column("Level", lambda level: level[0]),
        number("Rows", lambda level: count(level[1])),
    )
    return table(msg("Log rows per level"), list(database.levels.items()), columns)


def _logs(report: Report, database: DatabaseSection) -> Block:
    if not database.recent_logs:
        return not_measured(report, ("latest log rows",), "database", msg("No log row."))
    columns: tuple[Column[LogRow], ...] = (
        whole("Time", lambda row: time(row.time)),
        column("Level", lambda row: row.level),
        column("Message", lambda row: code(row.message)),
        column("Fields", lambda row: code(pairs(row.fields))),
    )
    return table(msg("Latest log rows"), database.recent_logs, columns)


def _snapshots(snapshots: SavedMetrics | None) -> tuple[Block, ...]:
    if snapshots is None:
        return ()
    spacing = snapshots.spacing_seconds
    facts: tuple[tuple[str, Cell], ...] = (
        (msg("Saved snapshots"), count(snapshots.count)),
        (msg("Usual spacing"), msg("unknown: too few") if spacing is None else seconds(spacing)),
        (msg("Gaps"), count(len(snapshots.gaps))),
        (msg("Labels kept"), State(msg("yes"), "good") if snapshots.labelled == "yes" else State(msg("no"), "caution")),
        (msg("Unexplained counter decreases"), count(snapshots.falls)),
    )
    example = ((msg("Example of a decrease"), code(snapshots.example)),) if snapshots.example else ()
    return (FactsBlock((*facts, *example)), *_gaps(snapshots.gaps))


def _gaps(gaps: tuple[SamplingGap, ...]) -> tuple[Block, ...]:
    if not gaps:
        return ()
    columns: tuple[Column[SamplingGap], ...] = (
        whole("From", lambda gap: time(gap.since)),
        whole("To", lambda gap: time(gap.until)),
        number("Length", lambda gap: seconds(gap.seconds)),
    )
    return (table(msg("Gaps between snapshots"), gaps, columns, "gaps"),)


def _metrics(report: Report) -> tuple[Block, ...]:
    metrics = report.sections.metrics
    if metrics is None:
        none = msg("The scrape holds nothing that is known of this gateway.")
        return (not_measured(report, ("metrics",), "metrics", none),)
    facts = (
        (msg("Samples"), count(metrics.samples)),
        (msg("Size"), byte_size(metrics.bytes)),
        (msg("Lines that were left out"), count(metrics.bad_line_count)),
        (msg("Series that came twice"), count(metrics.duplicates)),
    )
    return (
        FactsBlock(facts),
        *_bad_lines(metrics),
        _families(metrics),
        _missing(metrics),
        *_unknown_values(metrics),
        _by_status(report.sections.instances),
    )


def _bad_lines(metrics: MetricsSection) -> tuple[Block, ...]:
    if not metrics.bad_lines:
        return ()
    lines = table(
        msg("Lines that were left out"),
        metrics.bad_lines,
        (
            number("Line", lambda bad: count(bad.line)),
            column("What is wrong", lambda bad: msg(bad.reason)),
            column("Text", lambda bad: code(bad.text)),
        ),
        "lines",
        of=metrics.bad_line_count,
    )
    return (lines,)


def _families(metrics: MetricsSection) -> Block:
    if not metrics.families:
        return Paragraph(msg("No metric family was found."))
    known_first = sorted(metrics.families, key=lambda family: family.known == "no")
    columns: tuple[Column[FamilyRow], ...] = (
        column("Family", lambda family: code(family.name)),
        column("Type", lambda family: family.type),
        number("Series", lambda family: count(family.series)),
        column("Known of this gateway", lambda family: msg(family.known)),
    )
    return table(msg("Families found"), known_first, columns, "families")


def _missing(metrics: MetricsSection) -> Block:
    if not metrics.missing:
        return Paragraph(msg("No known family of this gateway is missing."))
    reasons: dict[str, list[str]] = {}
    for family in metrics.missing:
        reasons.setdefault(family.reason, []).append(family.name)
    columns: tuple[Column[tuple[str, list[str]]], ...] = (
        column(
            "Families", lambda found: code(", ".join([*found[1][:_NAMED], *(["..."] if found[1][_NAMED:] else [])]))
        ),
        number("Number", lambda found: count(len(found[1]))),
        column("Reason", lambda found: msg(found[0])),
    )
    return table(msg("Known families that are missing"), tuple(reasons.items()), columns, "reasons")


def _unknown_values(metrics: MetricsSection) -> tuple[Block, ...]:
    if not metrics.unknown_values:
        return ()
    columns: tuple[Column[UnknownValue], ...] = (
        column("Family", lambda one: code(one.family)),
        column("Value", lambda one: code(one.value)),
        column("What it would decide", lambda one: msg(one.decides)),
        number("Count", lambda one: count(one.count)),
    )
    return (
        table(
            msg("Values that the definition of this gateway does not know"), metrics.unknown_values, columns, "values"
        ),
    )


def _by_status(instances: tuple[InstanceRow, ...]) -> Block:
    rows = [(instance, status) for instance in instances for status in instance.by_status]
    if not rows:
        return Paragraph(msg("Requests by instance and status: none recorded."))
    columns: tuple[Column[tuple[InstanceRow, str]], ...] = (
        column("Provider", lambda row: row[0].provider),
        column("Instance", lambda row: row[0].instance),
        column("Status", lambda row: row[1]),
        number("Requests", lambda row: count(row[0].by_status[row[1]])),
    )
    return table(msg("Requests by instance and status"), rows, columns, "rows")
