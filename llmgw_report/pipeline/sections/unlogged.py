"""Failures that the scrape counted of requests which have no row.

Rows decide how their own requests ended; what the scrape counted beside them is all that is known of the others. A log
that keeps only what an upstream answered is a log of successes once no upstream answers.
"""

from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase

from msgspec import structs

from llmgw_report.gateways.rows import OutcomeRecord
from llmgw_report.model import timestamp
from llmgw_report.model.indicator import Indicator
from llmgw_report.model.outcomes import SIDES, OutcomeCounts, Outcomes
from llmgw_report.pipeline.measure import Measured
from llmgw_report.pipeline.sections.traffic import started

_FAILED = ("service", "unattributed")


def with_unlogged(measured: Measured, found: Outcomes | None, totals: Outcomes | None) -> Outcomes | None:
    """The outcomes of rows with those failures in the total, where the scrape is of the window too."""
    if found is None or found.source != "database" or totals is None or totals.evaluated != "yes":
        return found
    lost = OutcomeCounts.of(_unlogged(measured, measured.table("outcomes", OutcomeRecord) or ()))
    if not lost.observed:
        return found
    subjects = tuple(
        structs.replace(one, outcomes=one.outcomes.plus(lost), untimed=one.untimed + lost.observed)
        if not one.subject
        else one
        for one in found.subjects
    )
    return structs.replace(found, subjects=subjects)


def _unlogged(measured: Measured, rows: Sequence[OutcomeRecord]) -> Counter[str]:
    """By outcome; no more than there are requests without a row, nor than the scrape has failures beyond the rows'.

    A log whose rows cannot be joined is completed by the scrape already, and attempts are no requests.
    """
    if any(row.kind != "request" or row.outcome is None for row in rows):
        return Counter()
    counted = Counter[str]()
    for one in _with_a_row(measured):
        counted[one.roles.get("outcome", "unobserved")] += round(one.value)
    began = timestamp.milliseconds(started(measured) or "") or 0
    logged = Counter[str]()
    for row in rows:
        if row.time_ms >= began:
            logged[str(row.outcome)] += row.requests
    failures = _failures(counted)
    failures.subtract(_failures(logged))
    left = min(counted.total() - logged.total(), failures.total())
    found = Counter[str]()
    for outcome, n in failures.most_common():
        found[outcome] = max(0, min(n, left))
        left -= found[outcome]
    return found


def _failures(counts: Counter[str]) -> Counter[str]:
    return Counter({outcome: n for outcome, n in counts.items() if SIDES.get(outcome) in _FAILED})  # type: ignore[call-overload]


def _with_a_row(measured: Measured) -> list[Indicator]:
    """Requests of the scrape, without those whose status leaves no row."""
    mappings = measured.gateway.metrics.get("requests", ()) if measured.gateway else ()
    unlogged = [glob for mapping in mappings for glob in mapping.unlogged]
    return [
        one
        for one in measured.of("requests")
        if not any(fnmatchcase(one.roles.get("status", ""), glob) for glob in unlogged)
    ]
