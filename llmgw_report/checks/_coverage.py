"""Judging how much of a quantity was observed at all."""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._bounds import below
from llmgw_report.checks._finding import blind, judged, skip
from llmgw_report.model.finding import Finding
from llmgw_report.model.report import Snapshot
from llmgw_report.model.threshold import Threshold


def judge_coverage(snapshot: Snapshot, quantity: str, threshold: Threshold) -> Iterator[Finding]:
    """One finding for the observed share of requests."""
    line = next((one for one in snapshot.sections.coverage if one.quantity == quantity), None)
    if line is None or line.ratio is None:
        yield from skip("no requests to observe it for")
        return
    if errors := blind(snapshot, "errors"):
        yield from skip(f"all requests cannot be counted: {errors}")
        return
    requests = f"{units.count(line.observed)} of {units.count(line.of)} requests"
    seen = f"{quantity} observed for {requests} ({line.note})"
    yield judged(below(line.ratio, threshold), seen, observed=line.ratio, unit="ratio", n=line.of)
