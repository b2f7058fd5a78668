"""What was observed of what, who counted it, what is absent, and what looking cost."""

from llmgw_report.model.message import say
from llmgw_report.model.report import Report, Timings
from llmgw_report.model.sections import Coverage, Witness
from llmgw_report.renderers._view._absence import absences
from llmgw_report.renderers._view._cells import code, cut, left, right, said
from llmgw_report.renderers._view.blocks import Block, Cell, Facts, Section, Table
from llmgw_report.units import byte_size, count, moment, ratio, seconds


def section(report: Report) -> Section:
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


def _witness(row: Witness) -> tuple[Cell, ...]:
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
