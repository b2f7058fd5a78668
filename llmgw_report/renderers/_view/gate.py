"""What the operator asked of the gate: expectations, and waivers."""

from llmgw_report.messages import msg
from llmgw_report.model.finding import Status
from llmgw_report.model.report import ExpectationResult, Report, WaiverLine
from llmgw_report.renderers._view.blocks import Section, State
from llmgw_report.renderers._view.cells import Column, code, column, number, optional, pairs, state, table, whole
from llmgw_report.units import ABSENT, count, text

WAIVER_STATES = {
    "active": State(msg("ACTIVE"), "muted"),
    "unused": State(msg("UNUSED"), "caution"),
    "expiring": State(msg("EXPIRING"), "caution"),
    "expired": State(msg("EXPIRED"), "bad"),
    "exceeded": State(msg("EXCEEDED"), "bad"),
}


def sections(report: Report) -> tuple[Section, ...]:
    """One section each, where anything is expected or waived."""
    return (*_expectations(report), *_waivers(report))


def _expectations(report: Report) -> tuple[Section, ...]:
    if not report.expectations:
        return ()
    columns: tuple[Column[ExpectationResult], ...] = (
        column("Status", lambda one: state(_status(one, report))),
        column("Figure", lambda one: code(one.figure)),
        number("Expected", _expected),
        number("Found", lambda one: ABSENT if one.observed is None else text(one.observed, "")),
        column("Reason", lambda one: optional(one.reason)),
    )
    block = table(msg("Expected and observed"), report.expectations, columns, "expectations")
    return (Section(msg("Expectations"), "expectations", (block,)),)


def _expected(expectation: ExpectationResult) -> str:
    limit = text(expectation.threshold, "")
    if expectation.operator == "at-least":
        return msg("at least {limit}", limit=limit)
    if expectation.operator == "at-most":
        return msg("at most {limit}", limit=limit)
    return msg("exactly {limit}", limit=limit)


def _status(expectation: ExpectationResult, report: Report) -> Status:
    """The status of the expectation's finding, to which severity and on-empty have been applied."""
    subject = {"figure": expectation.figure, "comparison": expectation.operator}
    found = (finding for finding in report.findings if finding.subject == subject)
    return next((finding.status for finding in found), "unknown")


def _waivers(report: Report) -> tuple[Section, ...]:
    if not report.waivers:
        return ()
    columns: tuple[Column[WaiverLine], ...] = (
        column("State", lambda waiver: WAIVER_STATES[waiver.state]),
        column("Check", lambda waiver: code(waiver.check)),
        column("Subject", lambda waiver: optional(pairs(waiver.subject))),
        number("Up to", lambda waiver: ABSENT if waiver.up_to is None else text(waiver.up_to, "")),
        whole("Expires", lambda waiver: waiver.expires),
        number("Days left", lambda waiver: count(waiver.days_left)),
        column("Owner", lambda waiver: optional(waiver.owner)),
        column("Reason", lambda waiver: waiver.reason),
        column("Findings", lambda waiver: optional(", ".join(waiver.matched))),
    )
    block = table(msg("Known and not counted"), report.waivers, columns, "waivers", sparse=True)
    return (Section(msg("Waivers"), "waivers", (block,)),)
