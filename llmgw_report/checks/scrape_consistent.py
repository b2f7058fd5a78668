"""One process behind the metrics endpoint.

Measured: counters that fall between two scrapes some seconds apart, and the start times that both scrapes
state. Unit: {counter}.

Why it matters: with several workers behind one address each scrape is answered by one of them, and every figure
of the scrape is that worker's alone: a part of the traffic that looks like all of it.

What to do: let the workers share their metrics (PROMETHEUS_MULTIPROC_DIR for Python gateways), or give each its
own address, and scrape all of them.

How it can be wrong: two scrapes can be answered by the same worker by chance, so a pass proves little with few
workers; a restart between both scrapes is told apart only if the process says when it started.
"""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._finding import above, judged, skip, unknown
from llmgw_report.messages import join, say
from llmgw_report.model.finding import Category, FedBy, Finding, Threshold, Unit
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import Continuity

CATEGORY: Category = "witnesses"
FED_BY: FedBy = ("requests", "attempts", "tokens", "latency", "process-start")
DEFAULT = Threshold(warn=0)
UNIT: Unit = "count"


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """One finding for both scrapes."""
    found = next((one for one in snapshot.sections.continuity if one.against == "second scrape"), None)
    if found is None:
        yield from skip("one scrape only: take a second with --interval")
    elif found.state == "unknown":
        yield from unknown(found.reason)
    elif not found.counters:
        yield from unknown("no counter was above 0 at the first scrape, so none could fall", n=0)
    else:
        yield _judged(found, threshold)


def _judged(found: Continuity, threshold: Threshold) -> Finding:
    """A known restart between both scrapes is no inconsistency; any other break within seconds is one.

    Two start times are a break also where no counter happens to fall: it counts as one.
    """
    broken = found.state != "continued" and not found.began
    count = max(1, found.fallen + found.lost) if broken else 0
    counters = units.plural(found.counters, "counters")
    seen = say("{counters} read twice: {reason}", counters=counters, reason=say(found.reason))
    if found.examples:
        seen = say("{seen} ({examples})", seen=seen, examples=join("; ", found.examples))
    return judged(above(count, threshold), seen, observed=count, unit="{counter}", n=found.counters)
