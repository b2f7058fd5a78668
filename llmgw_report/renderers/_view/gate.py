"""What was expected of which figure, and the figure."""

from llmgw_report.messages import say
from llmgw_report.model.finding import Status
from llmgw_report.model.report import ExpectationResult, Report, WaiverLine
from llmgw_report.renderers._view._cells import code, cut, left, pairs, right, said, state, whole, without_empty
from llmgw_report.renderers._view.blocks import Cell, Section, State, Table
from llmgw_report.units import ABSENT, count, text

STATES = {
    "active": State(say("ACTIVE"), "muted"),
    "unused": State(say("UNUSED"), "caution"),
    "expiring": State(say("EXPIRING"), "caution"),
    "expired": State(say("EXPIRED"), "bad"),
    "exceeded": State(say("EXCEEDED"), "bad"),
}


def sections_waivers(report: Report) -> tuple[Section, ...]:
    """One section, or none where nothing is waived."""
    if not report.waivers:
        return ()
    rows, notes = cut(report.waivers, "waivers")
    columns = (
        *left("State", "Check", "Subject"),
        *right("Up to"),
        *whole("Expires"),
        *right("Days left"),
        *left("Owner", "Reason", "Findings"),
    )
    kept, body = without_empty(columns, tuple(map(_row_waivers, rows)))
    return (Section(say("Waivers"), "waivers", (Table(say("Known and not counted"), kept, body, notes=notes),)),)


def _row_waivers(one: WaiverLine) -> tuple[Cell, ...]:
    return (
        STATES[one.state],
        code(one.check),
        said(pairs(one.subject)),
        ABSENT if one.up_to is None else text(one.up_to, ""),
        one.expires,
        count(one.days_left),
        said(one.owner),
        one.reason,
        said(", ".join(one.matched)),
    )


def sections(report: Report) -> tuple[Section, ...]:
    """One section, or none where nothing is expected."""
    if not report.expectations:
        return ()
    rows, notes = cut(report.expectations, "expectations")
    columns = (*left("Status", "Figure"), *right("Expected", "Observed"), *left("Reason"))
    body = tuple(_row(one, report) for one in rows)
    return (
        Section(say("Expectations"), "expectations", (Table(say("What was expected"), columns, body, notes=notes),)),
    )


def _row(one: ExpectationResult, report: Report) -> tuple[Cell, ...]:
    observed = ABSENT if one.observed is None else text(one.observed, "")
    return state(_status(one, report)), code(one.figure), _expected(one), observed, said(one.reason)


def _expected(one: ExpectationResult) -> str:
    limit = text(one.threshold, "")
    if one.operator == "at-least":
        return say("at least {limit}", limit=limit)
    return say("at most {limit}", limit=limit) if one.operator == "at-most" else say("exactly {limit}", limit=limit)


def _status(one: ExpectationResult, report: Report) -> Status:
    """What its finding says: severity and on-empty have been applied to that one."""
    subject = {"figure": one.figure, "comparison": one.operator}
    found = (finding for finding in report.findings if finding.subject == subject)
    return next((finding.status for finding in found), "unknown")
