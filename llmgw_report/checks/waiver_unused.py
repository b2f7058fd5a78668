"""Waivers that waive nothing.

Measured: waivers of the configuration that are not over and fit no finding that would count. No unit.

Why it matters: what it was written for is mended, or its globs never fitted; either way it stands ready to
hide the next fault of that kind, which nobody decided to accept.

What to do: delete it; if the fault is still there, compare its check and subject with the finding's.

How it can be wrong: a fault that comes and goes leaves its waiver unused in between; with up-to, a finding
without a figure does not use it.
"""

from collections.abc import Iterator

from llmgw_report.checks._finding import none_of, skip, warning
from llmgw_report.messages import say
from llmgw_report.model.finding import Category, FedBy, Finding, Threshold, Unit
from llmgw_report.model.report import Snapshot

CATEGORY: Category = "gate"
FED_BY: FedBy = ()
DEFAULT = Threshold(severity="warn")
UNIT: Unit = "none"


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:  # noqa: ARG001 - it has no bounds
    """One finding per waiver without a finding, else one for all."""
    valid = [one for one in snapshot.waivers if one.state != "expired"]
    if not valid:
        yield from skip("nothing is waived")
        return
    unused = [one for one in valid if one.state == "unused"]
    yield from (warning(one, say("fits no finding that would count: {reason}", reason=one.reason)) for one in unused)
    if not unused:
        yield none_of(valid, say("unused"))
