"""Waivers that expire soon.

What it measures: days left until waivers expire that waive something now; the threshold or less is soon.

Why it matters: on the day after, the findings it accepts count again, and then someone has to fix them in a hurry.

What to do: fix what it names, or ask its owner for a decision before that date.

Limitations: waivers that waive nothing at present are not included, see waiver-unused.
"""

from msgspec import structs

from llmgw_report.checks import (
    Category,
    Finding,
    Findings,
    Reads,
    Snapshot,
    Threshold,
    Unit,
    join,
    msg,
    no_waiver_is,
    skip,
    units,
    waiver_subject,
    waiver_warning,
)
from llmgw_report.model.report import WaiverLine

CATEGORY: Category = "gate"
UNIT: Unit = "seconds"
READS: Reads = ()
DEFAULT = Threshold(warn=14 * units.DAY_SECONDS, severity="warn")
EVALUATES_WAIVERS = True
WARN_IS_EXPIRING = True


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding per waiver that expires soon, else one for all."""
    used = [one for one in snapshot.waivers if one.matched and one.days_left >= 0]
    if not used:
        yield from skip("no waiver is in use")
        return
    ends = [(one, threshold.of(waiver_subject(one))) for one in used]
    soon = [(one, own) for one, own in ends if _within(one, own.warn) or _within(one, own.fail)]
    yield from (_soon(one, fails=_within(one, own.fail)) for one, own in soon)
    if not soon:
        yield no_waiver_is(msg("in use expires soon"), used)


def _within(one: WaiverLine, limit: float | None) -> bool:
    return limit is not None and one.days_left * units.DAY_SECONDS <= limit


def _soon(one: WaiverLine, *, fails: bool) -> Finding:
    left = msg("{time} left", time=units.seconds(one.days_left * units.DAY_SECONDS)) if one.days_left else msg("today")
    owner = msg("owner {name}", name=one.owner) if one.owner else ""
    when = join(", ", [msg("expires on {day}", day=one.expires), left, owner])
    warning = waiver_warning(one, msg("{when}: {reason}", when=when, reason=one.reason))
    return structs.replace(warning, status="fail") if fails else warning
