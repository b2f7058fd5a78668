"""Waivers in use that end soon.

Measured: whole days that are left to waivers which waive something now; the bound or less is soon. Unit: s.

Why it matters: on the day after, what it accepts counts again, and then somebody has to mend it in a hurry.

What to do: mend what it names, or ask its owner for a decision before the day.

How it can be wrong: a waiver that waives nothing at present is not looked at here, see waiver-unused.
"""

from collections.abc import Iterator

from msgspec import structs

from llmgw_report import units
from llmgw_report.checks._finding import DAY, none_of, skip, subject_of, warning
from llmgw_report.messages import join, say
from llmgw_report.model.finding import Category, FedBy, Finding, Threshold, Unit
from llmgw_report.model.report import Snapshot, WaiverLine

CATEGORY: Category = "gate"
FED_BY: FedBy = ()
DEFAULT = Threshold(warn=14 * DAY, severity="warn")
UNIT: Unit = "seconds"


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """One finding per waiver that ends soon, else one for all."""
    used = [one for one in snapshot.waivers if one.matched and one.days_left >= 0]
    if not used:
        yield from skip("no waiver is in use")
        return
    ends = [(one, threshold.of(subject_of(one))) for one in used]
    soon = [(one, bounds) for one, bounds in ends if _within(one, bounds.warn) or _within(one, bounds.fail)]
    yield from (_soon(one, fails=_within(one, bounds.fail)) for one, bounds in soon)
    if not soon:
        yield none_of(used, say("in use ends soon"))


def _within(one: WaiverLine, bound: float | None) -> bool:
    return bound is not None and one.days_left * DAY <= bound


def _soon(one: WaiverLine, *, fails: bool) -> Finding:
    left = say("{time} left", time=units.seconds(one.days_left * DAY)) if one.days_left else say("today")
    owner = say("owner {name}", name=one.owner) if one.owner else ""
    when = join(", ", [say("ends on {day}", day=one.expires), left, owner])
    said = warning(one, say("{when}: {reason}", when=when, reason=one.reason))
    return structs.replace(said, status="fail") if fails else said
