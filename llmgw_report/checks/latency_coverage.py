"""Share of requests with a known latency.

Measured: requests with a recorded duration over all requests. Unit: ratio.

Why it matters: a percentile describes only the requests in it; failures, time-outs and streams that are not
in it are often the slow ones.

What to do: read every latency of this report as one of the population named beside it; measure streams at
the client, or record their durations in the gateway.

How it can be wrong: where failures are not timed, a high error ratio lowers it.
"""

from collections.abc import Iterator

from llmgw_report.checks._shares import judge_coverage
from llmgw_report.model.finding import Category, FedBy, Finding, Threshold, Unit
from llmgw_report.model.report import Snapshot

CATEGORY: Category = "witnesses"
FED_BY: FedBy = ("requests", "latency", "traffic.sql")
DEFAULT = Threshold(warn=0.8, severity="warn", highest=1)
UNIT: Unit = "ratio"


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """One finding for the whole traffic."""
    yield from judge_coverage(snapshot, "latency", threshold)
