"""The findings: what is wrong in full, and everything else that was checked as one table."""

from collections.abc import Sequence

from llmgw_report.model.finding import Finding
from llmgw_report.model.report import Report
from llmgw_report.model.status import Status, rank
from llmgw_report.renderers._view._cells import code, cut, left, pairs, said, state, without_empty
from llmgw_report.renderers._view.blocks import Block, Cell, FindingBlock, Paragraph, Section, Table
from llmgw_report.units import count, quantity

#: Findings are what the report is for: more of them than rows of a table before the rest is left to JSON.
MOST_FINDINGS = 100

_OTHERS: dict[Status, str] = {"unknown": "Could not be judged", "skip": "Skipped", "pass": "Passed"}


def section(report: Report) -> Section:
    """Failures, what was required and could not be judged, and warnings, the worst first, in full."""
    required = [finding for finding in _with(report, "unknown") if finding.required]
    wrong = sorted([*_with(report, "fail", "warn"), *required], key=_urgency)
    shown, notes = cut(wrong, "findings", MOST_FINDINGS)
    blocks: tuple[Block, ...] = (*(_block(finding) for finding in shown), *map(Paragraph, notes))
    return Section("Findings", "findings", blocks or (Paragraph(_nothing(report)),))


def others(report: Report) -> Section:
    """The checks that could not be judged, were skipped, or passed."""
    tables = (_table(_unremarkable(report, status), caption) for status, caption in _OTHERS.items())
    return Section("Other checks", "checks", tuple(block for table in tables for block in table))


def _urgency(finding: Finding) -> int:
    """Required and unknown gates like a failure, so it stands before what only warns."""
    return rank(finding.status) if finding.status != "unknown" else rank("fail")


def _with(report: Report, *statuses: Status) -> list[Finding]:
    return [finding for finding in report.findings if finding.status in statuses]


def _unremarkable(report: Report, status: Status) -> list[Finding]:
    """Findings of one status that do not stand in full above."""
    return [one for one in _with(report, status) if not (status == "unknown" and one.required)]


def _nothing(report: Report) -> str:
    if not _with(report, "pass"):
        return "No check could be judged, so there is no finding: this says nothing about the gateway."
    return "No check failed and none warns."


def _block(finding: Finding) -> FindingBlock:
    return FindingBlock(
        state=state(finding.status),
        title=finding.title,
        check=finding.check,
        subject=pairs(finding.subject),
        seen=finding.seen,
        why=finding.why,
        do=finding.do,
        judged=_judged(finding),
        reason=_reason(finding),
    )


def _judged(finding: Finding) -> str:
    """What was compared with what, out of how many."""
    parts = []
    if finding.observed is not None:
        parts.append(f"observed {quantity(finding.observed, finding.unit)}")
    if finding.limit is not None:
        parts.append(f"bad if {finding.operator or 'not'} {quantity(finding.limit, finding.unit)}")
    if finding.n is not None:
        parts.append(f"n = {count(finding.n)}")
    return ", ".join(parts)


def _reason(finding: Finding) -> str | None:
    """Why it could not be judged, unless that is what was seen."""
    return None if finding.reason == finding.seen else finding.reason


def _table(found: Sequence[Finding], caption: str) -> tuple[Block, ...]:
    if not found:
        return ()
    rows, notes = cut(found, "checks", MOST_FINDINGS)
    columns = left("Status", "Check", "Subject", "Seen", "Judged on", "Reason")
    body = tuple(map(_row, rows))
    return (Table(caption, *without_empty(columns, body), notes=notes),)


def _row(finding: Finding) -> tuple[Cell, ...]:
    return (
        state(finding.status),
        code(finding.check),
        said(pairs(finding.subject)),
        said(finding.seen),
        said(_judged(finding)),
        said(_reason(finding)),
    )
