"""What every format shows of a report, and in which order: said here once.

One module is one section. They settle columns, words and numbers; `blocks` is what they are made of.
"""

from llmgw_report.model.report import Report
from llmgw_report.renderers._view import (
    conclusion,
    coverage,
    database,
    errors,
    findings,
    head,
    instances,
    metrics,
    queries,
    traffic,
)
from llmgw_report.renderers._view._cells import state
from llmgw_report.renderers._view.blocks import Document
from llmgw_report.units import moment


def document(report: Report) -> Document:
    """The report in reading order: the verdict, what is wrong, then what it was judged on."""
    return Document(
        title="LLM gateway health report",
        subject=head.gateway(report),
        verdict=state(report.status),
        reason=report.exit.reason,
        lead=head.section(report),
        sections=(
            findings.section(report),
            traffic.section(report),
            errors.section(report),
            instances.section(report),
            database.section(report),
            metrics.section(report),
            *queries.sections(report),
            coverage.section(report),
            findings.others(report),
            conclusion.section(report),
        ),
        footer=f"{report.tool.name} {report.tool.version}, generated at {moment(report.generated_at)}",
    )
