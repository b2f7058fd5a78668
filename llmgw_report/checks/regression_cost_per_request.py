"""Cost per request compared with the earlier report.

What it measures: cost over the requests that succeeded, or over all of them where their outcomes are not known; growth
relative to the figure before, in total and per group of the traffic table.

Why it matters: a route to a dearer model, a cache that no longer works or longer prompts show in the bill long before
anyone looks at it.

What to do: compare the groups to see who became dearer, then their tokens per request: where those are as before, the
model, its price or the cache changed.

Limitations: the cost is the gateway's own estimate by its price list. The standard deviation of single requests is not
recorded and taken as twice the mean, and five requests, which may be of one session, count as one; nor is the variation
over time, so that only growth of twice the threshold is a warning. A model that has got a price since then looks like
growth, as it cost nothing before.
"""

from llmgw_report.checks import Category, Findings, Reads, Snapshot, Threshold, Unit, msg, skip, units
from llmgw_report.checks._baseline import Change, Pair, judge_regression, not_comparable, per_request
from llmgw_report.model.sections import Sections, TrafficRow

CATEGORY: Category = "regression"
UNIT: Unit = "ratio"
READS: Reads = ("requests", "cost", "process-start", "traffic.sql", "started.sql")
ASKED_FOR = True
DEFAULT = Threshold(warn=0.2, min_n=20, severity="warn")
PROVES_SERVICE = True


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """The total and every group that has enough requests in both reports."""
    if findings := list(not_comparable(snapshot)):
        yield from findings
        return
    old = snapshot.baseline.sections if snapshot.baseline else None
    if not _has_cost(snapshot.sections) or old is None or not _has_cost(old):
        yield from skip("no cost was recorded in one of the two reports")
        return
    yield from judge_regression(snapshot, threshold, known=_cost, requests=_paid, change=_change)


def _has_cost(sections: Sections) -> bool:
    found = (sections.window_traffic, sections.lifetime_traffic, sections.since_last_report)
    return any(traffic is not None and _cost(traffic.total) for traffic in found)


def _cost(row: TrafficRow) -> float | None:
    """In dollars. 0, of which there is no growth, is what a model without a price costs."""
    return row.figures.get("cost_usd") or None


def _paid(row: TrafficRow) -> int:
    """The requests that can have cost something: failures would make an outage look cheap, and its end dear."""
    return row.outcomes.success if row.outcomes else _all(row)


def _all(row: TrafficRow) -> int:
    return row.requests or 0


def _change(pair: Pair, over: str) -> Change:
    requests = _paid if pair.now.outcomes and pair.before.outcomes else _all

    def seen(now: float, before: float) -> str:
        return msg(
            "{cost} per 1,000 requests {over} ({n} requests), before {old_cost} ({old_n})",
            cost=units.usd(1000 * now),
            over=over,
            n=units.count(requests(pair.now)),
            old_cost=units.usd(1000 * before),
            old_n=units.count(requests(pair.before)),
        )

    return per_request(pair, _cost, requests, seen)
