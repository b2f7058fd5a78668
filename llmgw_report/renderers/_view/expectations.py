"""What was expected of which figure, and the figure."""

from llmgw_report.model.message import say
from llmgw_report.model.report import Expectation, Report
from llmgw_report.model.status import Status
from llmgw_report.renderers._view._cells import code, cut, left, right, said, state
from llmgw_report.renderers._view.blocks import Cell, Section, Table
from llmgw_report.units import ABSENT, text


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


def _row(one: Expectation, report: Report) -> tuple[Cell, ...]:
    observed = ABSENT if one.observed is None else text(one.observed, "")
    return state(_status(one, report)), code(one.that), _expected(one), observed, said(one.reason)


def _expected(one: Expectation) -> str:
    limit = text(one.limit, "")
    if one.operator == "at-least":
        return say("at least {limit}", limit=limit)
    return say("at most {limit}", limit=limit) if one.operator == "at-most" else say("exactly {limit}", limit=limit)


def _status(one: Expectation, report: Report) -> Status:
    """What its finding says: severity and on-empty have been applied to that one."""
    subject = {"that": one.that, "comparison": one.operator}
    found = (finding for finding in report.findings if finding.check == "expectation" and finding.subject == subject)
    return next((finding.status for finding in found), "unknown")
