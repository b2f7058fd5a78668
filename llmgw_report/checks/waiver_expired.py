"""Expired waivers.

What it measures: days left until the waivers of the configuration expire, from the evaluation time; below 0 a waiver no
longer applies.

Why it matters: the findings it accepted count again, for the exit code as well; a waiver without an end would accept
for ever what was accepted for a while.

What to do: fix what it names and delete it, or decide again and write a new date and reason.

Limitations: the date is in UTC, and it is compared with the evaluation time, not with the clock.
"""

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
    waiver_warning,
    waiver_warnings,
)
from llmgw_report.model.report import WaiverLine

CATEGORY: Category = "gate"
UNIT: Unit = "none"
READS: Reads = ()
DEFAULT = Threshold(severity="warn")
EVALUATES_WAIVERS = True


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:  # noqa: ARG001 - a date has no threshold
    """One finding per expired waiver, else one for all."""
    if not snapshot.waivers:
        yield from skip("no waivers are configured")
        return
    expired = [one for one in snapshot.waivers if one.state == "expired"]
    yield from waiver_warnings([_expired(one) for one in expired])
    if not expired:
        yield no_waiver_is(msg("expired"), snapshot.waivers)


def _expired(one: WaiverLine) -> Finding:
    ended = msg("expired on {day}, {time} ago", day=one.expires, time=units.seconds(-one.days_left * units.DAY_SECONDS))
    names = join(", ", one.matched)
    now = msg("these findings count again: {names}", names=names) if names else msg("no finding needs it any more")
    return waiver_warning(one, join("; ", [ended, now]))
