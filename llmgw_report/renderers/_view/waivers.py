"""What is accepted for now, why, and for how many days more."""

from llmgw_report.model.message import say
from llmgw_report.model.report import Report, WaiverLine
from llmgw_report.renderers._view._cells import code, cut, left, pairs, right, said, whole, without_empty
from llmgw_report.renderers._view.blocks import Cell, Section, State, Table
from llmgw_report.units import ABSENT, count, text

STATES = {
    "active": State(say("ACTIVE"), "muted"),
    "unused": State(say("UNUSED"), "caution"),
    "expiring": State(say("EXPIRING"), "caution"),
    "expired": State(say("EXPIRED"), "bad"),
    "exceeded": State(say("EXCEEDED"), "bad"),
}


def sections(report: Report) -> tuple[Section, ...]:
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
    kept, body = without_empty(columns, tuple(map(_row, rows)))
    return (Section(say("Waivers"), "waivers", (Table(say("Known and not counted"), kept, body, notes=notes),)),)


def _row(one: WaiverLine) -> tuple[Cell, ...]:
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
