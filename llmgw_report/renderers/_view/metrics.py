"""What the scrape holds, so that its figures can be believed."""

from llmgw_report.model.message import say
from llmgw_report.model.report import Report
from llmgw_report.model.scrape import BadLine
from llmgw_report.model.sections import FamilyRow, InstanceRow, MetricsSection, MissingFamily
from llmgw_report.renderers._view._absence import empty
from llmgw_report.renderers._view._cells import code, cut, left, right
from llmgw_report.renderers._view.blocks import Block, Cell, Facts, Paragraph, Section, Table
from llmgw_report.units import byte_size, count


def section(report: Report) -> Section:
    """Families found and missing, and requests by status, or why no scrape could be looked at."""
    return Section(say("Metrics verification"), "metrics", _blocks(report), evidence=True)


def _blocks(report: Report) -> tuple[Block, ...]:
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
