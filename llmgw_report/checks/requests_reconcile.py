"""Agreement of the witnesses on the number of requests.

Measured: requests by model, requests by instance and log rows that start a request, each since the counters
read zero; the largest difference over the largest count. Unit: ratio.

Why it matters: where they differ, one of them loses or invents requests, and every figure taken from it is
off by as much.

What to do: fewer by instance than by model are requests that found no healthy instance; fewer in the log are
lost rows (a full disk, a filter, retention); more in the log than in the metrics is another process's
metrics, or a restart in between.

How it can be wrong: requests in flight are counted by one and not yet by the other, so a difference of two
or less is let pass; a scrape taken later than --at counts requests whose rows are not looked at.
"""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._finding import above, judged, skip
from llmgw_report.messages import join, say
from llmgw_report.model.finding import Category, FedBy, Finding, Threshold, Unit
from llmgw_report.model.report import Snapshot

CATEGORY: Category = "witnesses"
FED_BY: FedBy = ("requests", "attempts", "started.sql")
DEFAULT = Threshold(warn=0.01, highest=1)
UNIT: Unit = "ratio"
IN_FLIGHT = 2


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """One finding over all witnesses of requests."""
    found = [one for one in snapshot.sections.witnesses if one.quantity == "requests"]
    if len(found) < 2:  # noqa: PLR2004 - a comparison takes two
        yield from skip("fewer than two witnesses count requests over the same time")
        return
    most, least = max(one.value for one in found), min(one.value for one in found)
    if not most:
        yield from skip("no requests were counted")
        return
    difference = (most - least) / most
    verdict = above(difference if most - least > IN_FLIGHT else 0.0, threshold)
    seen = join(", ", (say("{source} {n}", source=say(one.source), n=units.count(one.value)) for one in found))
    yield judged(verdict, seen, observed=difference, unit="ratio", n=most)
