"""Failures that the scrape counted of requests which have no row.

Rows decide how their own requests ended; what the scrape counted beside them is all that is known of the others. A log
that keeps only what an upstream answered is a log of successes once no upstream answers.
"""

from llmgw_report.gateways import labels
from llmgw_report.gateways.rows import OutcomeRecord
from llmgw_report.model import timestamp
from llmgw_report.model.indicator import Indicator
from llmgw_report.model.moments import runs, timed
from llmgw_report.model.outcomes import OutcomeCounts, Outcomes
from llmgw_report.pipeline.measure import Measured
from llmgw_report.pipeline.sections.traffic import started
from llmgw_report.pipeline.tally import beyond, no_counts, with_lost


def with_unlogged(measured: Measured, found: Outcomes | None, totals: Outcomes | None) -> Outcomes | None:
    """The outcomes of rows with those failures in the total, where the scrape is of the window too.

    A log whose rows cannot be joined is completed by the scrape already, and attempts are no requests.
    """
    rows = measured.table("outcomes", OutcomeRecord) or ()
    if found is None or found.source != "database" or totals is None or totals.evaluated != "yes":
        return found
    if totals.total().counted != "requests" or any(
        row.kind != "request" or row.outcome is None for row, _ in runs(rows)
    ):
        return found
    began = timestamp.milliseconds(started(measured) or "") or 0
    logged = no_counts()
    for row, places in runs(rows):
        logged[row.outcome or "unknown"] += sum(n for at_ms, n in timed(rows, places) if at_ms >= began)
    counted = no_counts()
    for one in _with_a_row(measured):
        counted[one.roles.get("outcome", "unobserved")] += one.value
    lost = beyond(OutcomeCounts.of(counted), OutcomeCounts.of(logged))
    return with_lost(found, lost) if lost.observed else found


def _with_a_row(measured: Measured) -> list[Indicator]:
    """Requests of the scrape, without those whose status leaves no row."""
    mappings = measured.gateway.metrics.get("requests", ()) if measured.gateway else ()
    unlogged = [glob for mapping in mappings for glob in mapping.unlogged]
    return [
        one
        for one in measured.of("requests")
        if not any(labels.fits(one.roles.get("status", ""), glob) for glob in unlogged)
    ]
