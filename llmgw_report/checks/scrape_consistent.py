"""One process answers every scrape.

What it measures: counters that decrease between two scrapes some seconds apart, and the start times in both scrapes.

Why it matters: with several workers behind one address each scrape is answered by one of them, and every figure is that
worker's alone: a part of the traffic that looks like all of it.

What to do: let the workers combine their metrics (PROMETHEUS_MULTIPROC_DIR for Python gateways), or give each worker
an address of its own and scrape all of them.

Limitations: the same worker can answer both scrapes by chance, so a pass proves little with few workers; a restart
between the scrapes is recognised only if the process exports its start time.
"""

from llmgw_report.checks import (
    Category,
    Finding,
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
    unknown,
)
from llmgw_report.model.continuity import Continuity

CATEGORY: Category = "consistency"
UNIT: Unit = "count"
READS: Reads = ("requests", "attempts", "tokens", "latency", "process-start")
DEFAULT = Threshold(warn=0)
PROVES_SERVICE = True


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding for both scrapes."""
    found = next((one for one in snapshot.sections.continuity if one.against == "second scrape"), None)
    if found is None:
        yield from skip("only one scrape: take a second with --interval")
    elif found.state == "unknown":
        yield from unknown(found.reason)
    elif not found.counters:
        yield from unknown("no counter was above 0 at the first scrape, so none could decrease", n=0)
    else:
        yield _judged(found, threshold)


def _judged(found: Continuity, threshold: Threshold) -> Finding:
    """A known restart between the scrapes is no inconsistency; any other break within seconds is one.

    Two start times are a break even where no counter happens to decrease: it counts as one.
    """
    broken = found.state != "continued" and not found.began
    count = max(1, found.fallen + found.lost) if broken else 0
    counters = units.plural(found.counters, "counters")
    seen = msg("{counters} read twice: {reason}", counters=counters, reason=msg(found.reason))
    if found.examples:
        seen = msg("{seen} ({examples})", seen=seen, examples=join("; ", found.examples))
    return judged(above(count, threshold), seen, observed=count, unit="{counter}", n=found.counters)
