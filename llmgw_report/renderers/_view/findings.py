"""The findings: what is wrong in full, and everything else that was checked as one table."""

from collections.abc import Iterator, Sequence

from msgspec import structs

from llmgw_report.messages import join, msg
from llmgw_report.model.finding import Finding, Status, Waived
from llmgw_report.model.report import Report
from llmgw_report.renderers import _finding_texts
from llmgw_report.renderers._view.blocks import Block, FindingBlock, Items, Paragraph, Section
from llmgw_report.renderers._view.cells import Column, code, column, cut, optional, pairs, state, table, whole
from llmgw_report.units import abbreviated, count

Row = tuple[Finding, Waived]


#: Findings are what the report is for: more of them than rows of a table before the rest is left to JSON.
MAX_FINDINGS = 100
#: So that the problems fit a screen; of further ones, and of those under a cause, the sentence alone is enough.
MAX_IN_FULL = 5
MAX_UNDER_A_CAUSE = 10
#: A longer query is in the JSON document alone.
MAX_EVIDENCE_CHARACTERS = 300

_MORE = msg("More problems")
_OTHERS: dict[Status, str] = {"unknown": msg("Undecided"), "skip": msg("Skipped"), "pass": msg("Passed")}


def sections(report: Report) -> tuple[Section, ...]:
    """The problems that do not stand in full, then all other checks.

    Those that passed have a line each, those not evaluated one for each reason, and those skipped their names.
    """
    blocks = tuple(block for status in _OTHERS for block in _others(_unremarkable(report, status), status))
    return (*_further(report), Section(msg("Other checks"), "checks", blocks, evidence=True))


def _further(report: Report) -> tuple[Section, ...]:
    """A line for each problem after those in full, and for each that follows from it."""
    rest = _folded(_finding_texts.bad(report.findings), report)[MAX_IN_FULL:]
    if not rest:
        return ()
    shown, notes = cut([line for one in rest for line in (one, *one.derived)], "findings", MAX_FINDINGS)
    lines = (
        msg("{state} {check}: {problem}", state=one.state.word, check=one.check, problem=one.problem) for one in shown
    )
    return (Section(_MORE, "more", (Items(_MORE, (*lines, *notes)),), evidence=True),)


def _others(found: Sequence[Finding], status: Status) -> tuple[Block, ...]:
    if not found:
        return ()
    if status == "skip":
        names = join(", ", dict.fromkeys(one.check for one in found))
        return (
            Paragraph(msg("Skipped, as nothing was given or recorded for them: {names}.", names=names), muted=True),
        )
    if status == "pass":
        lines = tuple(
            msg("{check}: {seen}", check=abbreviated(_finding_texts.name(one)), seen=abbreviated(one.seen))
            for one in found
        )
    else:
        reasons: dict[str, list[str]] = {}
        for one in found:
            reasons.setdefault(one.reason or one.seen, []).append(_finding_texts.name(one))
        lines = tuple(
            msg("{reason}: {names}", reason=msg(reason), names=join(", ", names)) for reason, names in reasons.items()
        )
    shown, notes = cut(lines, "checks", MAX_FINDINGS)
    return (Items(_OTHERS[status], (*shown, *notes)),)


def in_full(report: Report, *, brief: bool = False) -> Section:
    """What counts against the gateway in full, the worst first; then what is waived."""
    found = _folded(_finding_texts.bad(report.findings), report)
    left = len(found) - MAX_IN_FULL
    more = (Paragraph(_elsewhere(left, brief=brief)),) if left > 0 else ()
    blocks: tuple[Block, ...] = (*_without_repetition(found[:MAX_IN_FULL]), *more)
    return Section(msg("Problems"), "findings", (*(blocks or (Paragraph(_nothing(report)),)), *_waived(report)))


def _elsewhere(left: int, *, brief: bool) -> str:
    """How many problems do not stand in full, and where a reader of this document finds them."""
    if brief:
        return msg("{n} more problems, a line each in the full report.", n=count(left))
    return msg("{n} more problems, a line each below, under {title}.", n=count(left), title=_MORE)


def _folded(findings: Sequence[Finding], report: Report) -> list[FindingBlock]:
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
    return [
        _block(one, report, derived.pop(one.fingerprint, ()) if roots.get(one.fingerprint) is one else ())
        for one in alone
    ]


def _without_repetition(blocks: Sequence[FindingBlock]) -> Iterator[FindingBlock]:
    """The problems, with why it matters where none above has said so, and what to do or which one above says that."""
    reasons, advice = set[str](), dict[str, tuple[str, str]]()
    for one in blocks:
        why = "" if one.why in reasons else one.why
        do = _finding_texts.as_above(*advice[one.do]) if one.do and one.do in advice else one.do
        reasons.add(one.why)
        advice.setdefault(one.do, (one.check, one.subject))
        yield structs.replace(
            one,
            why=why,
            do=do,
            derived=one.derived[:MAX_UNDER_A_CAUSE],
            followers=count(len(one.derived)),
            left=_left(one),
        )


def _left(one: FindingBlock) -> str:
    n = len(one.derived) - MAX_UNDER_A_CAUSE
    return msg("+{n} more", n=count(n)) if n > 0 else ""


def _unremarkable(report: Report, status: Status) -> list[Finding]:
    """Findings of one status that stand neither in full nor among the waived ones above."""
    return [one for one in report.findings if _finding_texts.state(one) == status and not _finding_texts.is_bad(one)]


def _nothing(report: Report) -> str:
    if any(finding.waived for finding in report.findings):
        return msg("No check failed or warned, except for what is waived.")
    if not any(finding.status == "pass" for finding in report.findings):
        return msg("No check could be evaluated: this says nothing about the gateway.")
    unknown = dict.fromkeys(one.check for one in report.findings if one.status == "unknown")
    if unknown:
        return msg("No check failed or warned. Undecided: {names}.", names=join(", ", unknown))
    return msg("No check failed or warned.")


def _block(
    finding: Finding, report: Report, derived: Sequence[Finding] = (), root: Finding | None = None
) -> FindingBlock:
    long = len(finding.evidence or "") > MAX_EVIDENCE_CHARACTERS
    return FindingBlock(
        state=state(finding.status),
        problem=_finding_texts.following(finding, root, report) if root else _finding_texts.heading(finding, report),
        check=finding.check,
        subject=abbreviated(pairs(finding.subject)),
        more=abbreviated(_finding_texts.more(finding)),
        why=finding.why,
        do=abbreviated(_finding_texts.advice(finding)),
        measured=_finding_texts.measured(finding),
        reason=_finding_texts.reason(finding),
        evidence=None if long else finding.evidence,
        elsewhere=msg("The query is in the JSON report.") if long else "",
        theirs=msg("Queries: in the JSON report.") if any(one.evidence for one in derived) else "",
        derived=tuple(_block(one, report, root=finding) for one in derived),
    )


def _columns() -> tuple[Column[Finding], ...]:
    return (
        column("Status", lambda finding: state(finding.status)),
        whole("Check", lambda finding: code(finding.check)),
        column("Subject", lambda finding: optional(pairs(finding.subject))),
        column("Observed", lambda finding: optional(finding.seen)),
    )


def _waived(report: Report) -> tuple[Block, ...]:
    """What is known and does not count, with what it would show if it did."""
    found = [(finding, finding.waived) for finding in report.findings if finding.waived]
    if not found:
        return ()
    columns: tuple[Column[Row], ...] = (
        *(_of_finding(each) for each in _columns()),
        whole("Waived until", lambda row: _finding_texts.until(row[1], report)),
        column("Reason", lambda row: optional(row[1].reason)),
        column("Owner", lambda row: optional(row[1].owner)),
    )
    return (table(msg("Waived"), found, columns, "waived findings", limit=MAX_FINDINGS, sparse=True),)


def _of_finding(each: Column[Finding]) -> Column[Row]:
    return Column(each.title, lambda row: each.cell(row[0]), each.align, each.whole)
