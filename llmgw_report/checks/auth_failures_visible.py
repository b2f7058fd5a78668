"""Visibility of refused keys.

Measured: whether this gateway records requests with a bad key anywhere at all. No unit.

Why it matters: a client with an expired key, or somebody guessing keys, is invisible in metrics and log; the
error ratio cannot rise because of them.

What to do: count 401s in front of the gateway (its reverse proxy or load balancer), or ask its authors for a
counter.

How it can be wrong: it is a fact about the product's version that this definition describes, not about your
traffic.
"""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._finding import blind, finding, skip, unknown
from llmgw_report.messages import say
from llmgw_report.model.finding import Category, FedBy, Finding, Threshold, Unit
from llmgw_report.model.report import Snapshot

CATEGORY: Category = "witnesses"
FED_BY: FedBy = ("requests", "traffic.sql")
DEFAULT = Threshold(severity="warn")
UNIT: Unit = "none"


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:  # noqa: ARG001 - it has no bounds
    """One finding, once the gateway had requests at all."""
    traffic = snapshot.sections.traffic
    if traffic is None or not traffic.total.requests:
        yield from skip("no requests were counted")
        return
    reason = blind(snapshot, "auth-failures")
    if reason:
        yield finding("warn", say("not in the metrics and not in the log: {reason}", reason=reason))
    elif traffic.total.client_errors is None:
        yield from unknown("client errors are not counted, so refused keys cannot be told from no refused keys")
    else:
        counted = units.plural(traffic.total.client_errors, "client error")
        yield finding(
            "pass",
            say(
                "client errors are counted ({counted}), and nothing is known to keep bad keys out of them",
                counted=counted,
            ),
        )
