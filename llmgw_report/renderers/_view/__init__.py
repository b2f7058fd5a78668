"""What every format shows of a report, and in which order: said here once.

One module is one section. They settle columns, words and numbers; `blocks` is what they are made of.
"""

from llmgw_report.model.message import say
from llmgw_report.model.report import Report
from llmgw_report.renderers._view import (
    again,
    budget,
    conclusion,
    coverage,
    database,
    errors,
    expectations,
    figures,
    findings,
    head,
    instances,
    metrics,
    queries,
    slow,
    tests,
    tokens,
    traffic,
    trend,
    waivers,
)
from llmgw_report.renderers._view._cells import state
from llmgw_report.renderers._view.blocks import Document, Section


def document(report: Report) -> Document:
    """The report in reading order: the verdict, what is wrong, then what it was judged on."""
    return Document(
        title=report.title or say("LLM gateway health report"),
        subject=head.gateway(report),
        verdict=state(report.status),
        reason=report.exit.reason,
        lines=head.lines(report),
        figures=figures.figures(report),
        brief=findings.brief(report),
        findings=findings.section(report),
        sections=_sections(report),
        footer=head.written(report),
    )


def _sections(report: Report) -> tuple[Section, ...]:
    return (
        *expectations.sections(report),
        *waivers.sections(report),
        *tests.sections(report),
        trend.section(report),
        traffic.section(report),
        *again.sections(report),
        *budget.sections(report),
        errors.section(report),
        slow.section(report),
        instances.section(report),
        tokens.section(report),
        *queries.sections(report),
        conclusion.section(report),
        head.section(report),
        findings.others(report),
        coverage.section(report),
        database.section(report),
        metrics.section(report),
    )
