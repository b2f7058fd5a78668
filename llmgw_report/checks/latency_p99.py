"""p99 request latency.

What it measures: whether more than 1% of the requests took longer than the threshold, in total and per group of the
traffic table: from log entries and histograms by counting, as exactly as their buckets allow. The quantiles of a
summary, of the worst series of the last minute, are at most a warning, and only if that minute is busy enough.

Why it matters: one request in a hundred takes at least this long; with several calls per page most users experience it.

What to do: find the slowest group in the traffic table and check its n; then read the slow requests with their spans.

Limitations: failures and streams may be missing from it, see the coverage table; a summary covers only its last minute.
"""

from collections.abc import Iterator

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
)
from llmgw_report.checks._p99 import judge_p99, slow_by_group

CATEGORY: Category = "latency"
UNIT: Unit = "seconds"
READS: Reads = ("requests", "latency", "process-start", "traffic.sql")
DEFAULT = Threshold(warn=10.0, fail=30.0)
PROVES_SERVICE = True
KEY_FIGURE: KeyFigure = "latency"


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """The total, and the groups, tested together."""
    yield from judge_p99(snapshot, threshold, "latency")


def contributions(finding: Finding, snapshot: Snapshot) -> Iterator[Contributions]:
    """Requests beyond the threshold by group."""
    yield from slow_by_group(finding, snapshot, "latency")
