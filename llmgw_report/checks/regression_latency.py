"""Duration of requests, against an earlier report.

Measured: growth of the mean duration, in total and per group; less than 50 ms is never counted. Where both reports
hold durations by bucket, the ranks of single requests prove it (Mann-Whitney), or the shares of them beyond a bound;
else the interval of the 99th percentile or of the mean. Unit: ratio.

Why it matters: users feel that answers take longer long before any limit is reached.

What to do: compare the groups; where only one grew, its provider or model changed, where all grew, the gateway
or its network did.

How it can be wrong: longer answers take longer, so look at tokens per request as well; a mean whose spread is
not recorded is judged as if single requests spread by twice the mean, and at most warned of.
"""

from collections.abc import Iterator

from msgspec import structs

from llmgw_report import units
from llmgw_report.checks._baseline import (
    ASSUMED,
    Change,
    Side,
    Slower,
    enough,
    judge_changes,
    not_comparable,
    sides,
    slower,
)
from llmgw_report.checks._finding import unknown
from llmgw_report.messages import say
from llmgw_report.model.finding import Category, FedBy, Finding, Threshold, Unit
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import TrafficRow

CATEGORY: Category = "regression"
FED_BY: FedBy = ("requests", "latency", "process-start", "traffic.sql", "started.sql")
DEFAULT = Threshold(warn=0.2, fail=0.5, min_n=20)
UNIT: Unit = "ratio"


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """The total and every group that has enough observed requests on both sides."""
    if findings := list(not_comparable(snapshot)):
        yield from findings
        return
    found = sides(snapshot, _known)
    if found.reason:
        yield from unknown(found.reason)
    changes = []
    for pair in found.pairs:
        before, now = pair.before.latency.count or 0, pair.now.latency.count or 0
        fewest = max(1, threshold.of(pair.subject).min_n)
        if min(before, now) >= fewest:
            changes.append(_change(pair, slower(pair.now.latency, pair.before.latency), found.over))
        else:
            yield from enough(before, now, pair.subject, fewest)
    for one in judge_changes(changes, threshold):
        yield _at_most_a_warning(one)


def _known(row: TrafficRow) -> bool:
    return row.latency.mean_seconds is not None


def _change(pair: Side, changed: Slower, over: str) -> Change:
    now, before = pair.now.latency.count or 0, pair.before.latency.count or 0
    seen = say(
        "{figures} ({now} requests {over}, {before} before; {population})",
        figures=changed.figures,
        now=units.count(now),
        over=over,
        before=units.count(before),
        population=say(pair.now.latency.population),
    )
    return Change(
        subject=pair.subject,
        seen=seen,
        growth=changed.growth,
        highest=changed.highest,
        chance=changed.chance,
        n=min(now, before),
        large=changed.large,
    )


def _at_most_a_warning(one: Finding) -> Finding:
    """An assumption may raise a question, not fail a build."""
    assumed = one.status == "fail" and ASSUMED in one.seen
    return structs.replace(one, status="warn") if assumed else one
