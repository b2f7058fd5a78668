"""How the checks of waivers speak of one, and of all of them."""

from collections.abc import Sequence

from llmgw_report import units
from llmgw_report.checks._finding import Subject, finding
from llmgw_report.model.finding import Finding
from llmgw_report.model.message import Message, say
from llmgw_report.model.report import WaiverLine

DAY = 86400.0


def warning(one: WaiverLine, what: Message) -> Finding:
    """A warning about one waiver; its subject tells it from every other one, not from a copy of itself."""
    return finding(
        "warn",
        say("the waiver of {name} {what}", name=_named(one), what=what),
        subject_of(one),
        observed=one.days_left * DAY,
        unit="s",
    )


def subject_of(one: WaiverLine) -> Subject:
    """Its check and its globs, by role."""
    return {"check": one.check, **one.subject}


def none_of(waivers: Sequence[WaiverLine], what: Message) -> Finding:
    """A pass for all of them together."""
    seen = say("{waivers}, none {what}", waivers=units.plural(len(waivers), "waiver"), what=what)
    return finding("pass", seen, n=len(waivers))


def _named(one: WaiverLine) -> str:
    """Its check and its globs."""
    globs = ", ".join(f"{role} {glob}" for role, glob in one.subject.items())
    return f"{one.check} ({globs})" if globs else one.check
