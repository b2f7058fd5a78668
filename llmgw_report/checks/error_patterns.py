"""Rows of level ERROR in the log.

Measured: log rows of level ERROR over the requests of the window, or over all log rows where no request was
counted, judged by the Wilson interval; a bound of 0 is exceeded by any. Unit: ratio.

Why it matters: an ERROR is what the gateway itself calls a fault, whether or not a counter counts it.

What to do: read the patterns in the table of errors, the most frequent first; first and last seen tell
whether it is over.

How it can be wrong: one failed request can write several rows, so the share is not one of requests; a few failures
are in any healthy traffic and stand in the table of errors, a new kind of them is new-error-patterns.
"""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._finding import skip, unknown
from llmgw_report.checks._shares import Share, judge_shares
from llmgw_report.messages import say
from llmgw_report.model.finding import Category, FedBy, Finding, Threshold, Unit
from llmgw_report.model.report import Snapshot

CATEGORY: Category = "logs"
FED_BY: FedBy = ("error_patterns.sql", "window.sql", "traffic.sql")
#: Twice that of error-ratio: a failure often leaves two rows.
DEFAULT = Threshold(warn=0.02, min_n=20, severity="warn")
UNIT: Unit = "ratio"


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """One finding for all patterns."""
    read = snapshot.sections.window_rows.log_rows
    failed = next((one for one in snapshot.sections.failed_queries if one.name == "error_patterns"), None)
    if failed is not None:
        yield from unknown(say("the query for them gave nothing: {reason}", reason=say(failed.reason)))
    elif read is None:
        yield from skip("no table of log rows")
    elif not read:
        yield from unknown("the window holds no log row", n=0)
    else:
        yield from judge_shares([_share(snapshot, read)], threshold)


def _share(snapshot: Snapshot, read: int) -> Share:
    """Rows per request; no more of them than requests count, since a share is at most 1."""
    errors = snapshot.sections.error_levels.get("ERROR", 0)
    requests = _requests(snapshot)
    top = next((one for one in snapshot.sections.errors if one.level == "ERROR"), None)
    return Share(
        hits=min(errors, requests or read),
        n=requests or read,
        subject={},
        rate=(requests or read) / snapshot.window.seconds,
        said=_said(errors, requests, read),
        more=say("the most frequent ({n}): {pattern}", n=units.count(top.count), pattern=top.pattern) if top else "",
    )


def _requests(snapshot: Snapshot) -> int | None:
    """Of the window; None where nobody counts them."""
    window = next((one for one in (snapshot.sections.traffic_window, snapshot.sections.traffic) if one), None)
    return window.total.requests if window and window.basis == "window" else None


def _said(errors: int, requests: int | None, read: int) -> str:
    rows = units.plural(errors, "log rows")
    if requests:
        return say("{rows} of level ERROR for {n} requests of the window", rows=rows, n=units.count(requests))
    return say("{rows} of the window's {n} are of level ERROR", rows=rows, n=units.count(read))
