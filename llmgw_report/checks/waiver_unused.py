"""Unused waivers.

What it measures: waivers of the configuration that have not expired and match no finding that would count.

Why it matters: what it was written for is fixed, or its globs never matched; either way it would hide the next fault of
that kind, which nobody decided to accept.

What to do: delete it; if the fault is still there, compare its check and subject with the finding's.

Limitations: an intermittent fault leaves its waiver unused in between; a waiver with up-to does not match a finding
without a figure.
"""

from llmgw_report.checks import (
    Category,
    Finding,
    Findings,
    Reads,
    Snapshot,
    Threshold,
    Unit,
    msg,
    no_waiver_is,
    skip,
    waiver_warning,
    waiver_warnings,
)
from llmgw_report.model.report import WaiverLine

CATEGORY: Category = "gate"
UNIT: Unit = "none"
READS: Reads = ()
DEFAULT = Threshold(severity="warn")
EVALUATES_WAIVERS = True


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:  # noqa: ARG001 - it has no threshold
    """One finding per unused waiver, else one for all."""
    valid = [one for one in snapshot.waivers if one.state != "expired"]
    if not valid:
        yield from skip("no waivers are configured")
        return
    unused = [one for one in valid if one.state == "unused"]
    yield from waiver_warnings([_unused(one) for one in unused])
    if not unused:
        yield no_waiver_is(msg("unused"), valid)


def _unused(one: WaiverLine) -> Finding:
    return waiver_warning(one, msg("matches no finding that would count: {reason}", reason=one.reason))
