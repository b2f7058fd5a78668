"""Server error rate (5xx, timeouts, refused connections).

What it measures: failures of the service over observed requests without the client's mistakes, in total and by
provider, instance, model and API key; a failure that nothing attributes is in the base only. Tested by the Wilson
interval and the exact binomial test, each dimension by itself.

Why it matters: each such failure is a correct request without an answer: a retry, a delay or an error in someone's
product.

What to do: find the instance with the highest error ratio in the table of instances and read its error patterns; take
it out of rotation if it alone explains the figure.

Limitations: a gateway maps errors of its upstream into each other, so that an outcome is only as good as its record; an
outage that has ended is a warning.
"""

from collections.abc import Iterator

from msgspec import structs

from llmgw_report.checks import (
    Category,
    Contributions,
    Finding,
    Findings,
    KeyFigure,
    Reads,
    Snapshot,
    Threshold,
    Unit,
    finding,
    join,
    msg,
)
from llmgw_report.checks._outcomes import READS_OUTCOMES, idle, judge_side, not_evaluated, unread_columns
from llmgw_report.checks._ratios import error_contributions
from llmgw_report.model.outcomes import Outcomes

CATEGORY: Category = "availability"
UNIT: Unit = "ratio"
READS: Reads = (*READS_OUTCOMES, "trend.sql")
DOES_WITHOUT: Reads = ("instances.sql", "trend.sql")
DEFAULT = Threshold(warn=0.01, fail=0.05, min_n=5, highest=1, required=True)
PROVES_SERVICE = True
KEY_FIGURE: KeyFigure = "errors"


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """The total, and every subject with enough requests."""
    found = snapshot.sections.outcomes
    not_known = list(not_evaluated(snapshot))
    if found is None or not_known:
        yield from (found and _proven(snapshot, found, threshold)) or not_known
        return
    if not found.total().outcomes.base:
        yield idle(snapshot, msg("no request with a known outcome"))
        return
    findings = tuple(_judged(snapshot, found, threshold))
    proven = any(one.status == "fail" for one in findings)
    yield from (not proven and tuple(_unreadable(snapshot, found, threshold))) or findings


def _unreadable(snapshot: Snapshot, found: Outcomes, threshold: Threshold) -> Findings:
    """UNKNOWN where too many failed to pass and the columns that say whose fault it was were not read."""
    hint = unread_columns(snapshot) if found.source == "database" else None
    if hint is None or not found.total().outcomes.unattributed:
        return
    what = msg("failed, and whose fault it was could not be read")
    total = structs.replace(found, subjects=found.subjects[:1])
    for one in judge_side(snapshot, total, ("service", "unattributed"), what, threshold):
        if one.status == "fail":
            yield finding("unknown", join(": ", [one.seen, hint]), n=one.n, reason=hint, required=True)


def _judged(snapshot: Snapshot, found: Outcomes, threshold: Threshold) -> Findings:
    yield from judge_side(snapshot, found, ("service",), msg("failed on the server side"), threshold)


def _proven(snapshot: Snapshot, found: Outcomes, threshold: Threshold) -> tuple[Finding, ...]:
    """Failures beyond the threshold where some are known and others leave no trace: those could only add to them."""
    if found.successes_only == "no" or not found.total().outcomes.service:
        return ()
    return tuple(one for one in _judged(snapshot, found, threshold) if one.status == "fail")


def contributions(found: Finding, snapshot: Snapshot) -> Iterator[Contributions]:
    """Server errors by instance and by group."""
    yield from error_contributions(found, snapshot, "service")
