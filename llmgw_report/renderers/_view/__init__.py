"""What every format for people shows of a report, and in which order.

One module is one section, of the same name as the module that measures it in `pipeline.sections`, and gives what it
shows by `sections(report)`. They settle columns, words and numbers; `blocks` is what they are made of.
"""

from collections.abc import Iterable, Iterator
from importlib import import_module

from llmgw_report.messages import join, msg
from llmgw_report.model.report import Report
from llmgw_report.renderers._view import findings, head
from llmgw_report.renderers._view.blocks import Document, Items, Paragraph, Section
from llmgw_report.renderers._view.cells import state

#: The modules of this folder whose sections follow the findings.
READING_ORDER = (
    *("gate", "tests", "targets", "instances", "log_errors", "trend", "traffic", "changes", "budget"),
    *("limits", "queries", "findings", "head", "evidence"),
)
#: What a comment of a pull request or a mail needs beside the problems, and the modules that it is in.
BRIEF_MODULES, BRIEF_SECTIONS = ("targets", "instances", "log_errors"), frozenset({"targets", "errors", "instances"})


def document(report: Report, *, brief: bool = False) -> Document:
    """The report in reading order: the verdict, what is wrong, then the figures and what they rest on."""
    modules = BRIEF_MODULES if brief else READING_ORDER
    found = (section for name in modules for section in _sections(name, report))
    return Document(
        title=report.setup.title or msg("LLM gateway health report"),
        headline=report.exit.reason,
        subject=head.subject(report),
        verdict=state(report.verdict.status),
        lines=head.lines(report),
        figures=head.figures(report),
        findings=findings.in_full(report, brief=brief),
        sections=tuple(_without_empty(one for one in found if not brief or one.anchor in BRIEF_SECTIONS)),
        footer=head.written(report),
        brief=brief,
    )


def _without_empty(sections: Iterable[Section]) -> Iterator[Section]:
    """The sections, those in which nothing was measured as one, a line for each reason."""
    absent: dict[str, list[str]] = {}
    for one in sections:
        reasons = [block.absent for block in one.blocks if isinstance(block, Paragraph) and block.absent]
        if len(reasons) < len(one.blocks):
            yield one
        for reason in dict.fromkeys(reasons) if len(reasons) == len(one.blocks) else ():
            absent.setdefault(reason, []).append(one.title)
    if absent:
        lines = (msg("{titles}: {reason}", titles=join(", ", its), reason=reason) for reason, its in absent.items())
        yield Section(msg("Not measured"), "absent", (Items(msg("Not measured"), tuple(lines)),), evidence=True)


def _sections(name: str, report: Report) -> tuple[Section, ...]:
    found: tuple[Section, ...] = import_module(f"{__name__}.{name}").sections(report)
    return found
