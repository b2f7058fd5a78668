"""Request latency compared with the earlier report.

What it measures: growth of the mean duration, in total and per group; less than 50 ms is ignored. Where both reports
have durations by bucket it is tested by the ranks of single requests (Mann-Whitney) or the ratio of them beyond a
duration; else by the interval of the p99 or of the mean.

Why it matters: users notice slower answers long before a threshold is reached.

What to do: compare the groups; if only one grew, its provider or model changed, if all grew, the gateway or its network
did.

Limitations: longer answers take longer, so check the tokens per request as well; a mean without a recorded standard
deviation is tested as if that were twice the mean; without that deviation, or without durations over time in both
reports, it is a warning at most, the latter at twice the threshold and for more than hours usually differ (25%).
"""

from msgspec import structs

from llmgw_report.checks import Category, Findings, Reads, Snapshot, Threshold, Unit, msg, units
from llmgw_report.checks._baseline import ASSUMED, Change, Pair, judge_regression, latency_change
from llmgw_report.checks._variation import mean_growth_p_value, usual_growth_p_value

CATEGORY: Category = "regression"
UNIT: Unit = "ratio"
READS: Reads = ("requests", "latency", "process-start", "traffic.sql", "started.sql")
ASKED_FOR = True
DEFAULT = Threshold(warn=0.2, fail=0.5, min_n=20)
PROVES_SERVICE = True


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """The total and every group that has enough timed requests in both reports."""
    found = judge_regression(
        snapshot,
        threshold,
        known=lambda row: row.latency.mean_seconds is not None,
        requests=lambda row: row.latency.count,
        change=lambda pair, over: _change(pair, over, snapshot),
    )
    for one in found:
        # An assumption may raise a question, not fail a build.
        assumed = one.status == "fail" and ASSUMED in one.seen
        yield structs.replace(one, status="warn") if assumed else one


def _change(pair: Pair, over: str, snapshot: Snapshot) -> Change:
    now, before = pair.now.latency.count or 0, pair.before.latency.count or 0
    changed = latency_change(pair.now.latency, pair.before.latency)
    means = pair.now.latency.mean_seconds or 0.0, pair.before.latency.mean_seconds or 0.0
    measured = mean_growth_p_value(*means, snapshot)
    usual = usual_growth_p_value(*means, (now, before), _parts(pair, snapshot)) if measured is None else measured
    seen = msg(
        "{figures} ({now} requests {over}, {before} before; {population})",
        figures=changed.figures,
        now=units.count(now),
        over=over,
        before=units.count(before),
        population=msg(pair.now.latency.population),
    )
    return Change(
        subject=pair.subject,
        seen=seen,
        growth=changed.growth,
        highest=changed.highest,
        chance=max(changed.chance, usual),
        n=min(now, before),
        large=changed.large,
        over_time=measured is not None,
    )


def _parts(pair: Pair, snapshot: Snapshot) -> list[int]:
    """Requests of the groups that the total is made of; a group is one part."""
    sections = snapshot.sections
    for traffic in (sections.since_last_report, sections.window_traffic, sections.lifetime_traffic):
        counts = [row.requests or 0 for row in traffic.rows] if traffic and not pair.subject else []
        if sum(counts):
            return counts
    return [1]
