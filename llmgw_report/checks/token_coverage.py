"""Token coverage (requests with counted tokens).

What it measures: requests with recorded tokens over all requests; taken from the count of recorded durations, which
every known gateway records in the same place.

Why it matters: a bill or quota that is estimated from these tokens is too low by the requests that are not counted.

What to do: take the tokens of streams from the provider's usage page, or have the gateway request usage in streams and
record it.

Limitations: a gateway that records the two in different places would be measured by the wrong one.
"""

from llmgw_report.checks import Category, Findings, Reads, Snapshot, Threshold, Unit
from llmgw_report.checks._ratios import judge_coverage

CATEGORY: Category = "consistency"
UNIT: Unit = "ratio"
READS: Reads = ("requests", "tokens", "latency", "traffic.sql")
DEFAULT = Threshold(warn=0.8, severity="warn", highest=1, worse="below")
PROVES_SERVICE = True


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding for all traffic."""
    yield from judge_coverage(snapshot, "tokens", threshold)
