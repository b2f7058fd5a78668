"""The findings: what is wrong in full, and everything else that was checked as one table."""

from collections.abc import Sequence

from msgspec import structs

from llmgw_report.messages import msg
from llmgw_report.model.finding import Finding, Status, Waived
from llmgw_report.model.report import Report
from llmgw_report.renderers import _finding_texts
from llmgw_report.renderers._view._cells import Column, code, column, cut, optional, pairs, state, table, whole
from llmgw_report.renderers._view.blocks import Block, FindingBlock, Paragraph, Section
from llmgw_report.units import count

Row = tuple[Finding, Waived]


#: Findings are what the report is for: more of them than rows of a table before the rest is left to JSON.
MAX_FINDINGS = 100
#: Findings, and what follows from each, on the first screen of a pull request.
MAX_BRIEF_FINDINGS, MAX_BRIEF_DERIVED = 10, 3

_OTHERS: dict[Status, str] = {"unknown": msg("Could not be evaluated"), "skip": msg("Skipped"), "pass": msg("Passed")}


def sections(report: Report) -> tuple[Section, ...]:
    """The checks that could not be evaluated, were skipped, or passed."""
    tables = (_table(_unremarkable(report, status), caption) for status, caption in _OTHERS.items())
    blocks = tuple(block for found in tables for block in found)
    return (Section(msg("Other checks"), "checks", blocks, evidence=True),)


def in_full(report: Report) -> Section:
    """What counts against the gateway in full, the worst first; then what is waived."""
    shown, notes = cut(_finding_texts.bad(report.findings), "findings", MAX_FINDINGS)
    blocks: tuple[Block, ...] = (*_folded(shown), *map(Paragraph, notes))
    return Section(msg("Findings"), "findings", (*(blocks or (Paragraph(_nothing(report)),)), *_waived(report)))


def brief(report: Report) -> tuple[Block, ...]:
    """The worst findings, and how many more there are; the reason why there are none."""
    found = [block for block in in_full(report).blocks if isinstance(block, (FindingBlock, Paragraph))]
    shown = [_shortened(block) if isinstance(block, FindingBlock) else block for block in found[:MAX_BRIEF_FINDINGS]]
    left = len(found) - len(shown)
    return (*shown, *((Paragraph(msg("Findings that are not in this list: {n}.", n=count(left))),) if left else ()))


def _shortened(block: FindingBlock) -> FindingBlock:
    return structs.replace(block, derived=block.derived[:MAX_BRIEF_DERIVED])


def _folded(findings: Sequence[Finding]) -> list[FindingBlock]:
    """What follows from another one stands under it, unless it is the worse of the two: nothing worse is hidden."""
    roots = {one.fingerprint: one for one in reversed(findings) if one.fingerprint and one.derived_from is None}
    derived: dict[str, list[Finding]] = {}
    alone: list[Finding] = []
    for one in findings:
        root = roots.get(one.derived_from or "")
        if root is None or _finding_texts.urgency(one) < _finding_texts.urgency(root):
            alone.append(one)
        else:
            derived.setdefault(root.fingerprint, []).append(one)
    return [_block(one, derived.pop(one.fingerprint, ()) if roots.get(one.fingerprint) is one else ()) for one in alone]


def _unremarkable(report: Report, status: Status) -> list[Finding]:
    """Findings of one status that stand neither in full nor among the waived ones above."""
    return [one for one in report.findings if _finding_texts.state(one) == status and not _finding_texts.is_bad(one)]


def _nothing(report: Report) -> str:
    if any(finding.waived for finding in report.findings):
        return msg("No check failed or warned, except for what is waived.")
    if not any(finding.status == "pass" for finding in report.findings):
        return msg("No check could be evaluated: this says nothing about the gateway.")
    return msg("No check failed or warned.")


def _block(finding: Finding, derived: Sequence[Finding] = ()) -> FindingBlock:
    return FindingBlock(
        state=state(finding.status),
        title=finding.title,
        check=finding.check,
        subject=pairs(finding.subject),
        observed=finding.seen,
        why=finding.why,
        do=finding.do,
        measured=_finding_texts.measured(finding),
        reason=_finding_texts.reason(finding),
        derived=tuple(map(_block, derived)),
    )


def _columns() -> tuple[Column[Finding], ...]:
    return (
        column("Status", lambda finding: state(finding.status)),
        column("Check", lambda finding: code(finding.check)),
        column("Subject", lambda finding: optional(pairs(finding.subject))),
        column("Observed", lambda finding: optional(finding.seen)),
        column("Measured", lambda finding: optional(_finding_texts.measured(finding))),
        column("Reason", lambda finding: optional(_finding_texts.reason(finding))),
    )


def _table(found: Sequence[Finding], caption: str) -> tuple[Block, ...]:
    return (table(caption, found, _columns(), "checks", limit=MAX_FINDINGS, sparse=True),) if found else ()


def _waived(report: Report) -> tuple[Block, ...]:
    """What is known and does not count, with what it would show if it did."""
    found = [(finding, finding.waived) for finding in report.findings if finding.waived]
    if not found:
        return ()
    columns: tuple[Column[Row], ...] = (
        *(_of_finding(each) for each in _columns()[:4]),
        whole("Waived until", lambda row: _finding_texts.until(row[1], report)),
        column("Reason", lambda row: optional(row[1].reason)),
        column("Owner", lambda row: optional(row[1].owner)),
    )
    return (table(msg("Waived"), found, columns, "waived findings", limit=MAX_FINDINGS, sparse=True),)


def _of_finding(each: Column[Finding]) -> Column[Row]:
    return Column(each.title, lambda row: each.cell(row[0]))
