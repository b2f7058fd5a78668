"""Requests slower than the limit.

Measured: requests of the window that took longer than --slow, out of those with a recorded duration. Unit: {request}.

Why it matters: somebody waited that long; where a child span is named, that is where the time went.

What to do: open the slowest request by its id; if one span takes most of it, look at that upstream, else at
the gateway's queue.

How it can be wrong: only requests with a recorded duration are looked at, and a stream's duration may end at
its response head.
"""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._bounds import above
from llmgw_report.checks._finding import judged, skip, unknown
from llmgw_report.model.finding import Category, FedBy, Finding
from llmgw_report.model.message import join, say
from llmgw_report.model.report import Snapshot
from llmgw_report.model.threshold import Threshold

CATEGORY: Category = "latency"
FED_BY: FedBy = ("slow_requests.sql", "window.sql")
DEFAULT = Threshold(warn=0)


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
        limit = units.seconds(snapshot.window.slow_seconds)
        worst = next(iter(snapshot.sections.slow_requests), None)
        seen = say(
            "{hits} of {n} timed requests took longer than {limit}",
            hits=units.count(slow),
            n=units.count(timed),
            limit=limit,
        )
        if worst:
            seen = join(", ", [seen, say("the slowest {duration}", duration=units.seconds(worst.duration_seconds))])
        yield judged(above(slow, threshold), seen, observed=slow, unit="{request}", n=timed)
