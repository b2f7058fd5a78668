"""Share of requests slower than the limit.

Measured: requests of the window that took longer than --slow, over those with a recorded duration, judged by the
Wilson interval; a bound of 0 is exceeded by any. Unit: ratio.

Why it matters: so many waited that long; where a child span is named, that is where the time went.

What to do: open the slowest request by its id; if one span takes most of it, look at that upstream, else at
the gateway's queue.

How it can be wrong: a few slow ones are the tail of any healthy traffic and stand in the table, not here; only
requests with a recorded duration are looked at, and a stream's duration may end at its response head.
"""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._finding import skip, unknown
from llmgw_report.checks._shares import Share, judge_shares
from llmgw_report.messages import say
from llmgw_report.model.finding import Category, FedBy, Finding, Threshold, Unit
from llmgw_report.model.report import Snapshot

CATEGORY: Category = "latency"
FED_BY: FedBy = ("slow_requests.sql", "window.sql")
DEFAULT = Threshold(warn=0.05, min_n=20, severity="warn")
UNIT: Unit = "ratio"


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """One finding; nothing slow among no timed request is no news."""
    slow, timed = snapshot.sections.slow_count, snapshot.sections.window_rows.timed_requests
    failed = next((one for one in snapshot.sections.failed_queries if one.name == "slow_requests"), None)
    if failed is not None:
        yield from unknown(say("the query for them gave nothing: {reason}", reason=say(failed.reason)))
    elif slow is None:
        yield from skip("no table of requests with a duration")
    elif not timed:
        yield from unknown("no request of the window has a recorded duration", n=0)
    else:
        yield from judge_shares([_share(snapshot, slow, timed)], threshold)


def _share(snapshot: Snapshot, slow: int, timed: int) -> Share:
    worst = next(iter(snapshot.sections.slow_requests), None)
    return Share(
        hits=slow,
        n=timed,
        subject={},
        what=say("with a duration took longer than {limit}", limit=units.seconds(snapshot.window.slow_seconds)),
        rate=timed / snapshot.window.seconds,
        more=say("the slowest {duration}", duration=units.seconds(worst.duration_seconds)) if worst else "",
    )
