"""Share of requests that fail, against an earlier report.

Measured: server-side failures over requests whose outcome is known, now less before, in total and per group of
the traffic table, judged by Newcombe's interval of the difference. Unit: ratio.

Why it matters: a service can be within its limit and still be worse than yesterday; what changed in between
is then still known.

What to do: find the group with the largest growth, and what was deployed, configured or bought differently
since the earlier report.

How it can be wrong: another hour or weekday has another mix of requests; from counters the time before is the
whole life of the process, in which a short fault is diluted.
"""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._baseline import (
    Change,
    Side,
    chance,
    difference,
    enough,
    judge_changes,
    not_comparable,
    share,
    sides,
)
from llmgw_report.checks._finding import unknown
from llmgw_report.messages import say
from llmgw_report.model.finding import Category, FedBy, Finding, Threshold, Unit
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import TrafficRow

CATEGORY: Category = "regression"
FED_BY: FedBy = ("requests", "attempts", "process-start", "traffic.sql", "started.sql")
DEFAULT = Threshold(warn=0.01, fail=0.05, min_n=20, highest=1)
UNIT: Unit = "ratio"


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """The total and every group that has enough requests on both sides."""
    if findings := list(not_comparable(snapshot)):
        yield from findings
        return
    found = sides(snapshot, _known)
    if found.reason:
        yield from unknown(found.reason)
    changes = []
    for pair in found.pairs:
        before, now = pair.before.error_base or 0, pair.now.error_base or 0
        fewest = max(1, threshold.of(pair.subject).min_n)
        if min(before, now) >= fewest:
            changes.append(_change(pair, found.over))
        else:
            yield from enough(before, now, pair.subject, fewest)
    yield from judge_changes(changes, threshold)


def _known(row: TrafficRow) -> bool:
    return row.server_errors is not None and row.error_base is not None


def _change(pair: Side, over: str) -> Change:
    hits, n = pair.now.server_errors or 0, pair.now.error_base or 0
    old_hits, old_n = pair.before.server_errors or 0, pair.before.error_base or 0
    now, before = share(hits, n), share(old_hits, old_n)
    low, high = difference(now, before)
    seen = say(
        "{hits} of {n} requests failed {over}: {share}; before {old_hits} of {old_n}: {old_share} "
        "(95 % interval of the difference {low} to {high})",
        hits=units.count(hits),
        n=units.count(n),
        over=over,
        share=units.ratio(now.value),
        old_hits=units.count(old_hits),
        old_n=units.count(old_n),
        old_share=units.ratio(before.value),
        low=units.ratio(low),
        high=units.ratio(high),
    )
    return Change(
        subject=pair.subject,
        seen=seen,
        growth=now.value - before.value,
        highest=high,
        chance=chance(now, before),
        n=min(n, old_n),
    )
