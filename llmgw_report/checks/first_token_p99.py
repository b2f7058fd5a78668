"""p99 time to first token.

What it measures: whether more than 1% of the streams waited longer than the threshold for their first token, in total
and per group of the traffic table, by counting as for the latency.

Why it matters: the user of a stream sees nothing until then, however fast the rest of the answer is.

What to do: compare the groups: one slow model or provider is busy or far away; if all are slow, look at the queue time
and the overhead of the gateway.

Limitations: a long prompt takes longer to its first token; some gateways also time requests that are no streams, and
the first token of these is their last.
"""

from collections.abc import Iterator

from llmgw_report.checks import (
    Category,
    Contributions,
    Finding,
    Findings,
    Reads,
    Snapshot,
    Threshold,
    Unit,
    skip,
)
from llmgw_report.checks._p99 import judge_p99, slow_by_group

CATEGORY: Category = "latency"
UNIT: Unit = "seconds"
READS: Reads = ("requests", "time-to-first-token", "traffic.sql")
DEFAULT = Threshold(warn=10.0)


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """The total, and the groups, tested together."""
    counted = (snapshot.sections.lifetime_traffic, snapshot.sections.window_traffic)
    if not any(one and "time-to-first-token" in one.total.durations for one in counted):
        yield from skip("no time to first token is recorded")
        return
    yield from judge_p99(snapshot, threshold, "time-to-first-token")


def contributions(finding: Finding, snapshot: Snapshot) -> Iterator[Contributions]:
    """Streams beyond the threshold by group."""
    yield from slow_by_group(finding, snapshot, "time-to-first-token")
