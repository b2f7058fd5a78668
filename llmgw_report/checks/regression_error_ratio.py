"""Server error rate compared with the earlier report.

What it measures: failures of the service over observed requests without the client's mistakes, now minus before, in
total and per group of the traffic table, tested by Fisher's exact test and widened by the variation between the hours
of both trends.

Why it matters: a service can be within its threshold and still be worse than yesterday, while what changed in between
is still known.

What to do: find the group that grew most, and what was deployed, configured or purchased since the earlier report.

Limitations: another hour or weekday has another mix of requests; for counters, the time before is the whole life of the
process, in which a short fault is diluted; without error counts over time in both reports it is a warning at most, at
twice the threshold, and for more errors than two outages of two minutes make.
"""

from functools import partial

from llmgw_report.checks import Category, Findings, Reads, Snapshot, Threshold, Unit, msg, units
from llmgw_report.checks._baseline import Change, Pair, difference, judge_regression, proportion
from llmgw_report.checks._statistics import growth_p_value
from llmgw_report.checks._variation import Variation, usual_errors, variation_of_errors
from llmgw_report.model.sections import TrafficRow

CATEGORY: Category = "regression"
UNIT: Unit = "ratio"
READS: Reads = ("requests", "attempts", "process-start", "traffic.sql", "started.sql")
ASKED_FOR = True
DEFAULT = Threshold(warn=0.01, fail=0.05, min_n=20, highest=1)
PROVES_SERVICE = True


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """The total and every group that has enough requests in both reports."""
    yield from judge_regression(
        snapshot,
        threshold,
        known=_known,
        requests=lambda row: row.outcomes.base if row.outcomes else None,
        change=partial(_change, variation=variation_of_errors(snapshot), usual=usual_errors(snapshot)),
    )


def _known(row: TrafficRow) -> bool:
    return row.outcomes is not None


def _counts(row: TrafficRow) -> tuple[int, int]:
    """Failures of the service, and the requests that could be one."""
    return (row.outcomes.service, row.outcomes.base) if row.outcomes else (0, 0)


def _change(pair: Pair, over: str, *, variation: Variation | None, usual: float) -> Change:
    (hits, n), (old_hits, old_n) = _counts(pair.now), _counts(pair.before)
    now, before = proportion(hits, n), proportion(old_hits, old_n)
    low, high = difference(now, before)
    chance = growth_p_value(hits, n, old_hits, old_n)
    seen = msg(
        "{hits} of {n} requests failed {over}: {ratio}; before {old_hits} of {old_n}: {old_ratio} "
        "(95% interval of the difference {low} to {high})",
        hits=units.count(hits),
        n=units.count(n),
        over=over,
        ratio=units.ratio(now.value),
        old_hits=units.count(old_hits),
        old_n=units.count(old_n),
        old_ratio=units.ratio(before.value),
        low=units.ratio(low),
        high=units.ratio(high),
    )
    return Change(
        subject=pair.subject,
        seen=seen,
        growth=now.value - before.value,
        highest=high,
        chance=_allowed(chance, now.value - before.value, variation, usual),
        n=min(n, old_n),
        over_time=variation is not None,
    )


def _allowed(chance: float, growth: float, variation: Variation | None, usual: float) -> float:
    """The p-value with the variation over time; without a trend, incidents explain as much growth as is usual."""
    if variation:
        return variation.widened(chance)
    return chance if growth > usual else 1.0
