"""The findings: what is wrong in full, and everything else that was checked as one table."""

from collections.abc import Sequence

from msgspec import structs

from llmgw_report.messages import say
from llmgw_report.model.finding import Finding, Status, Waived
from llmgw_report.model.report import Report
from llmgw_report.renderers import _findings
from llmgw_report.renderers._view._cells import code, cut, left, pairs, said, state, whole, without_empty
from llmgw_report.renderers._view.blocks import Block, Cell, FindingBlock, Items, Paragraph, Section, Table
from llmgw_report.units import count


def section_conclusion(report: Report) -> Section:
    """The conclusion as the report states it."""
    said = report.conclusion
    lists = (Items(say("What works"), said.works), Items(say("What to improve"), said.improve))
    blocks: tuple[Block, ...] = (Paragraph(said.state), *(items for items in lists if items.rows))
    nearest = (Paragraph(say("Nearest to another verdict: {nearest}.", nearest=said.nearest)),) if said.nearest else ()
    return Section(say("Conclusion"), "conclusion", (*blocks, *nearest))


#: Findings are what the report is for: more of them than rows of a table before the rest is left to JSON.
MOST_FINDINGS = 100
#: Findings, and what follows from each, on the first screen of a pull request.
MOST_IN_BRIEF, MOST_DERIVED = 10, 3

_OTHERS: dict[Status, str] = {"unknown": say("Could not be judged"), "skip": say("Skipped"), "pass": say("Passed")}


def section(report: Report) -> Section:
    """What counts against the gateway in full, the worst first; then what is waived."""
    shown, notes = cut(_findings.bad(report.findings), "findings", MOST_FINDINGS)
    blocks: tuple[Block, ...] = (*_folded(shown), *map(Paragraph, notes))
    return Section(say("Findings"), "findings", (*(blocks or (Paragraph(_nothing(report)),)), *_waived(report)))


def brief(report: Report) -> tuple[Block, ...]:
    """The worst of them, and how many more there are; what there is to say if there is none."""
    found = [block for block in section(report).blocks if isinstance(block, (FindingBlock, Paragraph))]
    shown = [_shortened(block) if isinstance(block, FindingBlock) else block for block in found[:MOST_IN_BRIEF]]
    left = len(found) - len(shown)
    return (*shown, *((Paragraph(say("Findings that are not in this list: {n}.", n=count(left))),) if left else ()))


def _shortened(block: FindingBlock) -> FindingBlock:
    return structs.replace(block, derived=block.derived[:MOST_DERIVED])


def others(report: Report) -> Section:
    """The checks that could not be judged, were skipped, or passed."""
    tables = (_table(_unremarkable(report, status), caption) for status, caption in _OTHERS.items())
    blocks = tuple(block for table in tables for block in table)
    return Section(say("Other checks"), "checks", blocks, evidence=True)


def _folded(findings: Sequence[Finding]) -> list[FindingBlock]:
    """What follows from another one stands under it, unless it is the worse of the two: nothing worse is hidden."""
    roots = {one.fingerprint: one for one in reversed(findings) if one.fingerprint and one.derived_from is None}
    derived: dict[str, list[Finding]] = {}
    alone: list[Finding] = []
    for one in findings:
        root = roots.get(one.derived_from or "")
        if root is None or _findings.urgency(one) < _findings.urgency(root):
            alone.append(one)
        else:
            derived.setdefault(root.fingerprint, []).append(one)
    return [_block(one, derived.pop(one.fingerprint, ()) if roots.get(one.fingerprint) is one else ()) for one in alone]


def _unremarkable(report: Report, status: Status) -> list[Finding]:
    """Findings of one status that stand neither in full nor among the waived ones above."""
    return [one for one in report.findings if _findings.state(one) == status and not _findings.is_bad(one)]


def _nothing(report: Report) -> str:
    if any(finding.waived for finding in report.findings):
        return say("No check failed and none warns but what is waived.")
    if not any(finding.status == "pass" for finding in report.findings):
        return say("No check could be judged, so there is no finding: this says nothing about the gateway.")
    return say("No check failed and none warns.")


def _block(finding: Finding, derived: Sequence[Finding] = ()) -> FindingBlock:
    return FindingBlock(
        state=state(finding.status),
        title=finding.title,
        check=finding.check,
        subject=pairs(finding.subject),
        seen=finding.seen,
        why=finding.why,
        do=finding.do,
        judged=_findings.judged(finding),
        reason=_findings.reason(finding),
        derived=tuple(map(_block, derived)),
    )


def _waived(report: Report) -> tuple[Block, ...]:
    """What is known and does not count, with what it would say if it did."""
    found = [(finding, finding.waived) for finding in report.findings if finding.waived]
    if not found:
        return ()
    rows, notes = cut(found, say("waived findings"), MOST_FINDINGS)
    columns = (*left("Status", "Check", "Subject", "Seen"), *whole("Waived until"), *left("Reason", "Owner"))
    body = tuple((*_row(finding)[:4], *_accepted(waived, report)) for finding, waived in rows)
    return (Table(say("Waived"), *without_empty(columns, body), notes=notes),)


def _accepted(waived: Waived, report: Report) -> tuple[Cell, ...]:
    return _findings.until(waived, report), said(waived.reason), said(waived.owner)


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
        said(_findings.judged(finding)),
        said(_findings.reason(finding)),
    )
