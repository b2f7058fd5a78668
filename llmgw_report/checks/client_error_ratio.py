"""Client error rate (4xx).

What it measures: requests that ended as a client or business error (4xx, unknown model, rejected key where the gateway
counts it) over requests with a known outcome, in total, per instance and per group of the traffic table, tested by the
Wilson interval.

Why it matters: the gateway works, but an integration does not: a renamed model, an expired key, a provider that rejects
the account.

What to do: find the instance, model or key that the errors belong to and inform its owner; a provider's 401 or 403
also counts here, so check the gateway's own credentials first.

Limitations: a single client in a retry loop can account for most of the figure.
"""

from collections.abc import Iterator

from llmgw_report.checks import Category, Contributions, Finding, Findings, Reads, Snapshot, Threshold, Unit, msg
from llmgw_report.checks._ratios import error_contributions, judge_errors

CATEGORY: Category = "availability"
UNIT: Unit = "ratio"
READS: Reads = ("requests", "attempts", "process-start", "traffic.sql", "started.sql")
DEFAULT = Threshold(warn=0.2, min_n=20, severity="warn", highest=1)
PROVES_SERVICE = True


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """The total, every instance and every group: the key of one provider or client can be invalid alone."""
    rejected = msg("were rejected")
    yield from judge_errors(snapshot, "client_errors", rejected, rejected, threshold)


def contributions(finding: Finding, snapshot: Snapshot) -> Iterator[Contributions]:
    """Client errors by instance and by group."""
    yield from error_contributions(finding, snapshot, "client_errors")
