"""Request counts agree across sources.

What it measures: requests by model, requests by instance and log entries that start a request, each since the counters
were zero: the largest difference over the largest count.

Why it matters: where they differ, one source loses or invents requests, and every figure from it is off by as much.

What to do: fewer by instance than by model are requests that found no healthy instance; fewer in the log are lost rows
(full disk, filter, retention); more in the log than in the metrics is another process's metrics, or a restart.

Limitations: requests in flight are in one source and not yet in the other, so a difference of two or less passes; a
scrape taken later than --at counts requests whose rows are not read.
"""

from llmgw_report.checks import (
    Category,
    Findings,
    Reads,
    Snapshot,
    Threshold,
    Unit,
    above,
    join,
    judged,
    msg,
    skip,
    units,
)

CATEGORY: Category = "consistency"
UNIT: Unit = "ratio"
READS: Reads = ("requests", "attempts", "started.sql")
DEFAULT = Threshold(warn=0.01, highest=1)
PROVES_SERVICE = True
_IN_FLIGHT_REQUESTS = 2


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding over all sources that count requests."""
    found = [one for one in snapshot.sections.witnesses if one.quantity == "requests"]
    if len(found) < 2:  # noqa: PLR2004 - a comparison takes two
        yield from skip("fewer than two sources count requests over the same time")
        return
    most, least = max(one.value for one in found), min(one.value for one in found)
    if not most:
        yield from skip("no requests were counted")
        return
    difference = (most - least) / most
    compared = above(difference if most - least > _IN_FLIGHT_REQUESTS else 0.0, threshold)
    seen = join(", ", (msg("{source} {n}", source=msg(one.source), n=units.count(one.value)) for one in found))
    yield judged(compared, seen, observed=difference, unit="ratio", n=most)
