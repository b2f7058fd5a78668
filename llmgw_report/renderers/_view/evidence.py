"""What the report rests on: coverage, cost, and what both sources hold."""

from collections.abc import Iterator, Sequence

from llmgw_report.messages import Sentence, join, msg
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
from llmgw_report.model.sections import Count, Coverage
from llmgw_report.renderers._finding_texts import says
from llmgw_report.renderers._view.blocks import Block, Items, Paragraph, Section
from llmgw_report.renderers._view.cells import (
    MAX_TABLE_ROWS,
    Column,
    absences,
    code,
    column,
    not_measured,
    number,
    optional,
    pairs,
    short_time,
    table,
    whole,
    zone,
)
from llmgw_report.units import byte_size, clock, count, plural, ratio, seconds

#: Missing families that are named, of those that are absent for one reason.
_NAMED = 4
#: Gaps between snapshots whose times are shown.
MAX_GAPS = 5


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
        number("Counted", lambda row: count(row.observed)),
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
    lines = (msg("{check}: {seen}", check=fact.check, seen=fact.seen) for fact in facts)
    return (Items(msg("What this gateway can never report"), tuple(lines)),)


def _counts_by_source(report: Report) -> tuple[Block, ...]:
    if not report.sections.counts:
        return ()
    columns: tuple[Column[Count], ...] = (
        column("Quantity", lambda row: msg(row.quantity)),
        column("Counted by", lambda row: msg(row.source)),
        number("Count", lambda row: count(row.value)),
        column("Over", lambda row: _counted_over(row, report.at)),
    )
    return (table(msg("Counts by source"), report.sections.counts, columns, "counts"),)


def _counted_over(row: Count, at: str) -> str:
    if row.since is None:
        return msg(row.basis)
    return msg("since {time}", time=clock(row.since, at))


def _absent(report: Report) -> tuple[Block, ...]:
    # A fact of the product stands above, and a family among those of the scrape.
    facts = [one.seen for one in report.findings if one.status == "info"]
    known = (pair for pair in absences(report).items() if not _is_family(pair[0]))
    absent = [(name, why) for name, why in known if not any(says(fact, why) for fact in facts)]
    if not absent:
        return ()
    lines = (msg("{quantity}: {reason}", quantity=msg(name), reason=msg(reason)) for name, reason in absent)
    return (Items(msg("Absent from this report (–)"), tuple(lines)),)


def _is_family(name: str) -> bool:
    return name.startswith("family ")


def _cost(timings: Timings) -> tuple[Block, ...]:
    slowest = max(timings.queries, key=lambda name: timings.queries[name], default="")
    taken = (
        (msg("scrape {time}"), timings.scrape_seconds),
        (msg("database {time}"), timings.database_read_seconds),
        (msg("all of it {time}"), timings.total_seconds),
    )
    parts = [msg(words, time=seconds(value)) for words, value in taken if value is not None]
    if slowest:
        parts.append(msg("slowest query {name} {time}", name=slowest, time=seconds(timings.queries[slowest])))
    parts.append(msg("memory {size}", size=byte_size(timings.peak_rss_bytes)))
    return (Paragraph(msg("Up to its rendering, this report took: {parts}.", parts=join(", ", parts)), muted=True),)


def _database(report: Report) -> tuple[Block, ...]:
    database = report.sections.database
    if database is None:
        none = msg("The database holds nothing that is known of this gateway.")
        return (not_measured(report, ("database",), "database", none),)
    return (
        _tables(report, database),
        _levels(report, database),
        _logs(report, database),
        *_snapshots(report, database.snapshots),
    )


def _tables(report: Report, database: DatabaseSection) -> Block:
    if not database.tables:
        return Paragraph(msg("No table of this gateway was found."))
    columns: tuple[Column[TableRows], ...] = (
        column("Table", lambda row: code(row.name)),
        number("Rows", lambda row: count(row.rows)),
        whole("First", lambda row: short_time(row.first, report)),
        whole("Last", lambda row: short_time(row.last, report)),
    )
    return table(msg("Rows per table ({zone})", zone=zone(report)), database.tables, columns, "tables")


def _levels(report: Report, database: DatabaseSection) -> Block:
    if not database.levels:
        return not_measured(report, ("log levels",), "database", msg("No log row, so no level."))
    each = join(", ", (msg("{n} {level}", n=count(rows), level=level) for level, rows in database.levels.items()))
    return Paragraph(msg("Log rows by level: {levels}.", levels=each))


def _logs(report: Report, database: DatabaseSection) -> Block:
    if not database.recent_logs:
        return not_measured(report, ("latest log rows",), "database", msg("No log row."))
    columns: tuple[Column[LogRow], ...] = (
        whole("Time", lambda row: short_time(row.time, report)),
        column("Level", lambda row: row.level),
        column("Message", lambda row: code(row.message)),
        column("Fields", lambda row: code(pairs(row.fields))),
    )
    return table(msg("Latest log rows ({zone})", zone=zone(report)), database.recent_logs, columns)


def _snapshots(report: Report, snapshots: SavedMetrics | None) -> tuple[Block, ...]:
    if snapshots is None:
        return ()
    spacing, shown = snapshots.spacing_seconds, snapshots.gaps[:MAX_GAPS]
    gaps = plural(len(snapshots.gaps), "gap")
    if shown:
        gaps = msg("{gaps} ({times})", gaps=gaps, times=join(", ", (_gap(gap, report) for gap in shown)))
    parts = [
        plural(snapshots.count, "saved snapshot"),
        msg("usually {time} apart", time=seconds(spacing)) if spacing is not None else "",
        gaps,
        msg("labels kept") if snapshots.labelled == "yes" else msg("labels not kept"),
        plural(snapshots.falls, "unexplained counter decrease"),
    ]
    return (Paragraph(Sentence(join(", ", parts), capital=False)),)


def _gap(gap: SamplingGap, report: Report) -> str:
    return msg("{since} to {until}", since=clock(gap.since, report.at), until=clock(gap.until, report.at))


def _metrics(report: Report) -> tuple[Block, ...]:
    metrics = report.sections.metrics
    if metrics is None:
        none = msg("The scrape holds nothing that is known of this gateway.")
        return (not_measured(report, ("metrics",), "metrics", none),)
    parts = [
        plural(metrics.samples, "sample"),
        byte_size(metrics.bytes) if metrics.bytes else "",
        msg("{lines} left out", lines=plural(metrics.bad_line_count, "line")) if metrics.bad_line_count else "",
        msg("{series} that came twice", series=plural(metrics.duplicates, "series")) if metrics.duplicates else "",
    ]
    return (
        Paragraph(Sentence(join(", ", parts), capital=False)),
        *_bad_lines(metrics),
        _families(metrics),
        _missing(metrics),
        *_unknown_values(metrics),
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
    known = [family for family in metrics.families if family.known == "yes"]
    others = [family for family in metrics.families if family.known == "no"]
    lines = [
        msg("{n} known of this gateway: {names}", n=count(len(known)), names=_named(known)) if known else "",
        msg("{n} others: {names}", n=count(len(others)), names=_named(others)) if others else "",
    ]
    return Items(msg("Families found, with their series"), tuple(filter(None, lines)))


def _named(families: Sequence[FamilyRow]) -> str:
    shown = (f"{family.name} ({count(family.series)})" for family in families[:MAX_TABLE_ROWS])
    more = msg("{n} more", n=count(len(families) - MAX_TABLE_ROWS)) if families[MAX_TABLE_ROWS:] else ""
    return join(", ", [*shown, more])


def _missing(metrics: MetricsSection) -> Block:
    if not metrics.missing:
        return Paragraph(msg("No known family of this gateway is missing."))
    reasons: dict[str, list[str]] = {}
    for family in metrics.missing:
        reasons.setdefault(family.reason, []).append(family.name)
    lines = (
        msg("{names}: {reason}", names=join(", ", [*names[:_NAMED], _left(names)]), reason=msg(reason))
        for reason, names in reasons.items()
    )
    return Items(msg("Known families that are missing"), tuple(lines))


def _left(names: Sequence[str]) -> str:
    return msg("{n} more", n=count(len(names) - _NAMED)) if names[_NAMED:] else ""


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
