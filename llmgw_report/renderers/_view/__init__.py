"""What every format shows of a report, and in which order: said here once.

One module is one section. They settle columns, words and numbers; `blocks` is what they are made of.
"""

from llmgw_report.messages import say
from llmgw_report.model.report import Report
from llmgw_report.renderers._view import (
    budget,
    changes,
    errors,
    evidence,
    findings,
    gate,
    head,
    instances,
    queries,
    tests,
    traffic,
    trend,
)
from llmgw_report.renderers._view._cells import state
from llmgw_report.renderers._view.blocks import Document, Section


def document(report: Report) -> Document:
    """The report in reading order: the verdict, what is wrong, then what it was judged on."""
    return Document(
        title=report.title or say("LLM gateway health report"),
        subject=head.gateway(report),
        verdict=state(report.verdict.status),
        reason=report.exit.reason,
        lines=head.lines(report),
        figures=head.figures(report),
        brief=findings.brief(report),
        findings=findings.section(report),
        sections=_sections(report),
        footer=head.written(report),
    )


def _sections(report: Report) -> tuple[Section, ...]:
    return (
        *gate.sections(report),
        *gate.sections_waivers(report),
        *tests.sections(report),
        trend.section(report),
        traffic.section(report),
        *changes.sections(report),
        *budget.sections(report),
        errors.section(report),
        errors.section_slow(report),
        instances.section(report),
        instances.section_tokens(report),
        *queries.sections(report),
        findings.section_conclusion(report),
        head.section(report),
        findings.others(report),
        evidence.section_coverage(report),
        evidence.section(report),
        evidence.section_metrics(report),
    )
