"""What every format for people shows of a report, and in which order.

One module is one section, of the same name as the module that measures it in `pipeline.sections`, and gives what it
shows by `sections(report)`. They settle columns, words and numbers; `blocks` is what they are made of.
"""

from importlib import import_module

from llmgw_report.messages import msg
from llmgw_report.model.report import Report
from llmgw_report.renderers._view import findings, head
from llmgw_report.renderers._view._cells import state
from llmgw_report.renderers._view.blocks import Document, Section

#: The modules of this folder whose sections follow the findings.
READING_ORDER = (
    *("gate", "tests", "trend", "targets", "traffic", "changes", "budget", "log_errors"),
    *("instances", "limits", "queries", "head", "findings", "evidence"),
)


def document(report: Report) -> Document:
    """The report in reading order: the verdict, what is wrong, then the figures and what they rest on."""
    return Document(
        title=report.title or msg("LLM gateway health report"),
        subject=head.gateway(report),
        verdict=state(report.verdict.status),
        reason=report.exit.reason,
        lines=head.lines(report),
        figures=head.figures(report),
        brief=findings.brief(report),
        findings=findings.in_full(report),
        sections=tuple(section for name in READING_ORDER for section in _sections(name, report)),
        footer=head.written(report),
    )


def _sections(name: str, report: Report) -> tuple[Section, ...]:
    found: tuple[Section, ...] = import_module(f"{__name__}.{name}").sections(report)
    return found
