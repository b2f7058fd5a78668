"""Waivers whose last day is over.

Measured: whole days that are left to the waivers of the configuration, counted from the instant judged; below 0
one no longer waives. Unit: s.

Why it matters: what it accepted counts again, for the exit code as well; a waiver that outlives its end would
accept for ever what was accepted for a while.

What to do: mend what it names and delete it, or decide once more and write a new day and a new reason.

How it can be wrong: the day is one of UTC, and it is compared with the instant judged, not with the clock.
"""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._finding import DAY, none_of, skip, warning
from llmgw_report.messages import join, say
from llmgw_report.model.finding import Category, FedBy, Finding, Threshold, Unit
from llmgw_report.model.report import Snapshot, WaiverLine

CATEGORY: Category = "gate"
FED_BY: FedBy = ()
DEFAULT = Threshold(severity="warn")
UNIT: Unit = "none"


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:  # noqa: ARG001 - a day has no bounds
    """One finding per waiver that is over, else one for all."""
    if not snapshot.waivers:
        yield from skip("nothing is waived")
        return
    over = [one for one in snapshot.waivers if one.state == "expired"]
    yield from (_over(one) for one in over)
    if not over:
        yield none_of(snapshot.waivers, say("over"))


def _over(one: WaiverLine) -> Finding:
    ended = say("ended on {day}, {time} ago", day=one.expires, time=units.seconds(-one.days_left * DAY))
    names = join(", ", one.matched)
    now = say("what it named counts again: {names}", names=names) if names else say("nothing needs it any more")
    return warning(one, join("; ", [ended, now]))
