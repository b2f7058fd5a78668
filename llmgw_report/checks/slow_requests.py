"""Rate of slow requests.

What it measures: requests of the window that took longer than --slow, over those with a recorded duration, tested by
the Wilson interval; any exceeds a threshold of 0.

Why it matters: these clients waited that long; where a child span is shown, that is where the time went.

What to do: look up the slowest request by its id; if one span takes most of the time, examine that upstream, else the
gateway's queue.

Limitations: a few slow requests are the tail of healthy traffic and stay in the table; only requests with a recorded
duration count, and a stream's duration may end at its response headers.
"""

from llmgw_report.checks import Category, Findings, KeyFigure, Reads, Snapshot, Threshold, Unit, msg, units
from llmgw_report.checks._ratios import Ratio, judge_ratios, nothing_counted

CATEGORY: Category = "latency"
UNIT: Unit = "ratio"
READS: Reads = ("slow_requests.sql", "window.sql")
DEFAULT = Threshold(warn=0.05, min_n=20, severity="warn")
PROVES_SERVICE = True
KEY_FIGURE: KeyFigure = "slow"


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding; no slow request among none with a duration proves nothing."""
    slow, timed = snapshot.sections.window_counts.slow_requests, snapshot.sections.window_counts.timed_requests
    counted = None if slow is None else timed or 0
    nothing = {
        "no_table": msg("no table of requests with a duration"),
        "no_row": msg("no request in the window has a recorded duration"),
    }
    if findings := list(nothing_counted(counted, **nothing)):
        yield from findings
        return
    worst = next(iter(snapshot.sections.slow_requests), None)
    ratio = Ratio(
        hits=slow or 0,
        n=counted or 0,
        subject={},
        what=msg("with a duration took longer than {limit}", limit=units.seconds(snapshot.window.slow_seconds)),
        rate=(counted or 0) / snapshot.window.seconds,
        more=msg("slowest: {duration}", duration=units.seconds(worst.duration_seconds)) if worst else "",
    )
    yield from judge_ratios([ratio], threshold)
