"""Judging how much of a quantity was observed at all."""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._bounds import below
from llmgw_report.checks._finding import blind, finding, judged, skip
from llmgw_report.checks._interval import wilson
from llmgw_report.model.finding import Finding
from llmgw_report.model.message import say
from llmgw_report.model.report import Snapshot
from llmgw_report.model.threshold import Threshold


def judge_coverage(snapshot: Snapshot, quantity: str, threshold: Threshold) -> Iterator[Finding]:
    """One finding for the observed share of requests: what falls short by chance alone is unknown."""
    line = next((one for one in snapshot.sections.coverage if one.quantity == quantity), None)
    if line is None or line.ratio is None:
        yield from skip("no requests to observe it for")
        return
    if errors := blind(snapshot, "errors"):
        yield from skip(say("all requests cannot be counted: {reason}", reason=errors))
        return
    seen = say(
        "{quantity} observed for {observed} of {n} requests ({note})",
        quantity=say(quantity),
        observed=units.count(line.observed),
        n=units.count(line.of),
        note=say(line.note),
    )
    verdict, n = below(line.ratio, threshold), line.of or 0
    upper = wilson(round(line.ratio * n), n)[1]
    if verdict.status == "pass" or below(upper, threshold).status != "pass":
        yield judged(verdict, seen, observed=line.ratio, unit="ratio", n=n)
        return
    reason = say(
        "too few requests: by chance as many are missing where {limit} are observed", limit=units.ratio(verdict.limit)
    )
    yield finding(
        "unknown", seen, observed=line.ratio, operator="below", limit=verdict.limit, unit="ratio", n=n, reason=reason
    )
