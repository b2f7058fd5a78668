"""What is accepted for now, why, and for how many days more."""

from llmgw_report.model.report import Report, WaiverLine
from llmgw_report.renderers._view._cells import code, cut, left, pairs, right, said, whole, without_empty
from llmgw_report.renderers._view.blocks import Cell, Section, State, Table, Tone
from llmgw_report.units import ABSENT, count, text

TONES: dict[str, Tone] = {
    "active": "muted",
    "unused": "caution",
    "expiring": "caution",
    "expired": "bad",
    "exceeded": "bad",
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
    return (Section("Waivers", "waivers", (Table("Known and not counted", kept, body, notes=notes),)),)


def _row(one: WaiverLine) -> tuple[Cell, ...]:
    return (
        State(one.state.upper(), TONES[one.state]),
        code(one.check),
        said(pairs(one.subject)),
        ABSENT if one.up_to is None else text(one.up_to, ""),
        one.expires,
        count(one.days_left),
        said(one.owner),
        one.reason,
        said(", ".join(one.matched)),
    )
