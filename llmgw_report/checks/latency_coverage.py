"""Latency coverage (requests with a recorded duration).

What it measures: requests with a recorded duration over those that can have one: the successes, and all requests where
failures are timed too or outcomes are not known.

Why it matters: a percentile describes only the requests in it; failures, timeouts and streams that are missing from it
are often the slow ones.

What to do: read every latency of this report as one of the population shown beside it; measure streams at the client,
or record their durations in the gateway.

Limitations: a failure that is not timed does not lower it.
"""

from llmgw_report.checks import Category, Findings, Reads, Snapshot, Threshold, Unit
from llmgw_report.checks._ratios import judge_coverage

CATEGORY: Category = "consistency"
UNIT: Unit = "ratio"
READS: Reads = ("requests", "latency", "attempts", "traffic.sql")
DEFAULT = Threshold(warn=0.8, severity="warn", highest=1, worse="below")
PROVES_SERVICE = True


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding for all traffic."""
    yield from judge_coverage(snapshot, "latency", threshold)
