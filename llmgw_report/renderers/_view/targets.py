"""The processes of one gateway: what each counted, and why the figures of one are not known."""

from llmgw_report.messages import msg
from llmgw_report.model.report import Report
from llmgw_report.model.target import TargetRow
from llmgw_report.renderers._view import endings
from llmgw_report.renderers._view._cells import Column, column, number, optional, table, whole
from llmgw_report.renderers._view.blocks import Section
from llmgw_report.units import ABSENT, count, plural, ratio, seconds

#: They come in order of harm.
MAX_TARGETS = 20


def sections(report: Report) -> tuple[Section, ...]:
    """A table of the worst; nothing of a gateway that is one process."""
    if not report.targets:
        return ()
    columns: tuple[Column[TargetRow], ...] = (
        whole("Target", lambda row: row.target),
        column("Up", lambda row: ABSENT if row.up == "unknown" else msg(row.up)),
        column("Up in the window", lambda row: ABSENT if row.up_ratio is None else ratio(row.up_ratio)),
        number("Requests", lambda row: count(row.requests)),
        *(found for _, found in endings.columns(TargetRow)),
        number("p99", lambda row: seconds(row.latency.p99.seconds) if row.latency else ABSENT),
        column("Not known", lambda row: optional(msg(row.problem or ""))),
    )
    rows = table(msg("Targets"), report.targets, columns, "targets", limit=MAX_TARGETS, sparse=True)
    return (Section(msg("Targets"), "targets", (rows,)),)


def counted(report: Report) -> str:
    """Of how many targets the sums are; nothing where there is one process."""
    if not report.targets:
        return ""
    known = sum(row.problem is None for row in report.targets)
    return msg("{n} of {targets}", n=count(known), targets=plural(len(report.targets), "target"))
