"""Share of requests with counted tokens.

Measured: requests whose tokens were recorded over all requests; taken from the count of recorded durations,
which every known gateway records at the same place. Unit: ratio.

Why it matters: a bill or a quota estimated from these tokens is short by the requests that are not counted.

What to do: take tokens of streams from the provider's usage page, or have the gateway ask for usage in
streams and record it.

How it can be wrong: a gateway that records the two at different places would be judged by the wrong one.
"""

from collections.abc import Iterator

from llmgw_report.checks._shares import judge_coverage
from llmgw_report.model.finding import Category, FedBy, Finding, Threshold, Unit
from llmgw_report.model.report import Snapshot

CATEGORY: Category = "witnesses"
FED_BY: FedBy = ("requests", "tokens", "latency", "traffic.sql")
DEFAULT = Threshold(warn=0.8, severity="warn", highest=1)
UNIT: Unit = "ratio"


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """One finding for the whole traffic."""
    yield from judge_coverage(snapshot, "tokens", threshold)
