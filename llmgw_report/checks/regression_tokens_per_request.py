"""Tokens per request compared with the earlier report.

What it measures: input and output tokens over requests; growth relative to the figure before, in total and per group of
the traffic table.

Why it matters: tokens are what is paid for, and long prompts and answers are the most common cause of slow ones.

What to do: look for a changed prompt, a higher token limit, or clients that send whole histories; compare the groups to
see who.

Limitations: the standard deviation of single requests is not recorded and taken as twice the mean, and five requests,
which may be of one session, count as one; nor is the variation
over time, so that only growth of twice the threshold is a warning; where the ratio of
requests with tokens changed (streams often have none) it is unknown.
"""

from llmgw_report.checks import Category, Findings, Reads, Snapshot, Threshold, Unit, msg, units
from llmgw_report.checks._baseline import Change, Pair, judge_regression, per_request
from llmgw_report.model.sections import Sections, TrafficRow

CATEGORY: Category = "regression"
UNIT: Unit = "ratio"
READS: Reads = ("requests", "tokens", "latency", "process-start", "traffic.sql", "started.sql")
ASKED_FOR = True
DEFAULT = Threshold(warn=0.2, min_n=20, severity="warn")
PROVES_SERVICE = True
#: A coverage that changed by more than this changes tokens per request by itself.
_SAME_COVERAGE_RATIO = 0.05


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """The total and every group that has enough requests in both reports."""
    yield from judge_regression(
        snapshot,
        threshold,
        known=_tokens,
        requests=lambda row: row.requests,
        change=_change,
        problem=_coverage_changed(snapshot),
    )


def _tokens(row: TrafficRow) -> int | None:
    """Input and output; None where one of them or the requests are not counted. 0 cannot be compared with."""
    sent, received = row.tokens.input, row.tokens.output
    return None if row.requests is None or sent is None or received is None else sent + received


def _coverage_changed(snapshot: Snapshot) -> str | None:
    old = _coverage(snapshot.baseline.sections if snapshot.baseline else None)
    now = _coverage(snapshot.sections)
    if old is None or now is None or abs(now - old) <= _SAME_COVERAGE_RATIO:
        return None
    return msg(
        "tokens were recorded for {before} of the requests before and for {now} now",
        before=units.ratio(old),
        now=units.ratio(now),
    )


def _coverage(sections: Sections | None) -> float | None:
    lines = sections.coverage if sections else ()
    return next((one.ratio for one in lines if one.quantity == "tokens"), None)


def _change(pair: Pair, over: str) -> Change:
    def requests(row: TrafficRow) -> int:
        return row.requests or 0

    def seen(now: float, before: float) -> str:
        return msg(
            "{tokens} tokens per request {over} ({n} requests), before {old_tokens} ({old_n})",
            tokens=units.count(round(now, 1)),
            over=over,
            n=units.count(requests(pair.now)),
            old_tokens=units.count(round(before, 1)),
            old_n=units.count(requests(pair.before)),
        )

    return per_request(pair, _tokens, requests, seen)
