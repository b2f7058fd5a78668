"""Request counts agree across sources.

What it measures: requests by model, requests by instance and log entries that start a request, each since the counters
were zero: the largest number that one of them lacks and nothing explains, over the largest count.

Why it matters: where they differ, one source loses or invents requests, and every figure from it is off by as much.

What to do: fewer by instance than by model are requests that found no healthy instance; fewer in the log are lost rows
(full disk, filter, retention); half again as many in the log as in the metrics, or more, are another process's metrics,
a restart, or rows that are no requests: stages or attempts of one, of which requests.sql has to return one.

Limitations: requests in flight (rate × mean duration) are in one source and not yet in the other; where they cannot be
estimated, only lost rows are a finding, and at most a warning. Rows that this gateway may not have written yet, at the
rate of its requests, are not missed. Retries, cached answers and requests that were never routed explain more by
instance, and more in the log up to half of what the metrics count; a scrape taken later than --at counts requests whose
rows are not read.
"""

from msgspec import structs

from llmgw_report.checks import (
    Category,
    Finding,
    Findings,
    Reads,
    Snapshot,
    Threshold,
    Unit,
    above,
    counted,
    in_flight,
    join,
    judged,
    msg,
    skip,
    units,
    unwritten,
)

CATEGORY: Category = "consistency"
UNIT: Unit = "ratio"
READS: Reads = ("requests", "attempts", "latency", "started.sql")
DEFAULT = Threshold(warn=0.01, highest=1)
PROVES_SERVICE = True
#: More than this part of the requests that were counted are not all requests of unknown models.
_UNROUTED_RATIO = 0.5
#: A handful more prove nothing.
_FEWEST_ROWS = 5
_MANY = msg("the log has many more: its rows may be stages or attempts of a request, or the metrics are younger")


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding over all sources that count requests."""
    found = [one for one in snapshot.sections.counts if one.quantity == "requests" and one.compared == "yes"]
    if len(found) < 2:  # noqa: PLR2004 - a comparison takes two
        yield from skip("fewer than two sources count requests over the same time")
        return
    most = max(one.value for one in found)
    if not most:
        yield from skip("no requests were counted")
        return
    seen = join(", ", (msg("{source} {n}", source=msg(one.source), n=units.count(one.value)) for one in found))
    yield _judged(snapshot, threshold, seen, most)


def _judged(snapshot: Snapshot, threshold: Threshold, seen: str, most: int) -> Finding:
    by_model, by_instance, logged, rows = (
        counted(snapshot, "requests", source)
        for source in ("metrics by model", "metrics by instance", "metrics, of kinds that are logged", "log rows")
    )
    flying = in_flight(snapshot)
    counts = next((count for count in (logged, by_model, by_instance) if count is not None), None)
    lost = counts - rows if counts is not None and rows is not None else 0
    if lost > 0:
        lost = max(0, lost - unwritten(snapshot))
    many = counts is not None and -lost > max(_FEWEST_ROWS, _UNROUTED_RATIO * counts)
    if lost < 0:
        lost = -lost if many else 0
    unrouted = 0 if by_model is None or by_instance is None or _explained(snapshot) else by_model - by_instance
    missing = max(0, max(lost, unrouted) - (flying or 0))
    if many:
        seen = join("; ", [seen, _MANY])
    found = judged(above(missing / most, threshold), seen, observed=missing / most, unit="ratio", n=most)
    if flying is not None or found.status == "pass":
        return found
    if above(lost / most, threshold).status != "pass":
        return structs.replace(found, status="warn")
    reason = msg("how many requests are in flight cannot be estimated: their rate or duration is not known")
    return structs.replace(found, status="unknown", reason=reason)


def _explained(snapshot: Snapshot) -> bool:
    """Whether the product itself counts fewer requests by instance: those that never reach one."""
    found = (one for one in snapshot.sections.counts if one.source == "metrics by instance")
    return any(one.quantity == "requests" and one.compared == "no" for one in found)
