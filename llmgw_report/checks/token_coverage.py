"""Token coverage (requests with counted tokens).

What it measures: successes with recorded tokens over all successes; where tokens are added up without a count, the
recorded durations of the same requests stand for them.

Why it matters: a bill or quota that is estimated from these tokens is too low by the requests that are not counted.

What to do: take the tokens of streams from the provider's usage page, or have the gateway request usage in streams and
record it.

Limitations: of a scrape nobody knows how many requests have tokens, and a gateway that records them in another place
than the duration is measured by the wrong one.
"""

from llmgw_report.checks import Category, Findings, Reads, Snapshot, Threshold, Unit
from llmgw_report.checks._ratios import judge_coverage

CATEGORY: Category = "consistency"
UNIT: Unit = "ratio"
READS: Reads = ("requests", "tokens", "latency", "attempts", "traffic.sql")
DEFAULT = Threshold(warn=0.8, severity="warn", highest=1, worse="below")
PROVES_SERVICE = True


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding for all traffic."""
    yield from judge_coverage(snapshot, "tokens", threshold)
