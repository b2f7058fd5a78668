"""Authentication failures are recorded.

What it measures: whether this gateway records requests with an invalid key in its metrics or its log.

Why it matters: otherwise a client with an expired key, or someone guessing keys, is invisible, and the error ratio
cannot rise because of them.

What to do: count 401 responses in front of the gateway (reverse proxy or load balancer), or ask its maintainers for a
counter.

Limitations: this is a property of the gateway's version, not of your traffic: it is shown and never counts.
"""

from llmgw_report.checks import (
    Category,
    Findings,
    Reads,
    Snapshot,
    Threshold,
    Unit,
    blind_spot,
    finding,
    msg,
    skip,
    units,
    unknown,
)

CATEGORY: Category = "consistency"
UNIT: Unit = "none"
READS: Reads = ("requests", "auth-failures", "traffic.sql")
DEFAULT = Threshold(severity="warn")
PROVES_SERVICE = True


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:  # noqa: ARG001 - it has no threshold
    """One finding, once the gateway had any request."""
    traffic = snapshot.sections.most_traffic
    if traffic is None or not traffic.total.requests:
        yield from skip("no requests were counted")
        return
    found = (traffic, snapshot.sections.window_traffic)
    counts = [its.total.figures.get("auth_failures") for its in found if its is not None]
    rejected = next((n for n in counts if n is not None), None)
    reason = blind_spot(snapshot, "auth-failures")
    if rejected is not None:
        words = units.plural(round(rejected), "request")
        yield finding("pass", msg("rejected keys are counted ({counted})", counted=words))
    elif reason:
        yield finding("info", msg("neither in the metrics nor in the log: {reason}", reason=reason))
    elif traffic.total.outcomes is None:
        yield from unknown("client errors are not counted, so a rejected key leaves no trace")
    else:
        counted = units.plural(traffic.total.outcomes.client, "client error")
        yield finding("pass", msg("client errors are counted ({counted}), invalid keys among them", counted=counted))
