"""Rows of level ERROR in the log.

Measured: log rows of level ERROR in the window. Unit: {row}.

Why it matters: an ERROR is what the gateway itself calls a fault, whether or not a counter counts it.

What to do: read the patterns in the table of errors, the most frequent first; first and last seen tell
whether it is over.

How it can be wrong: one failed request can write several rows, so the count is not a number of requests.
"""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._bounds import above
from llmgw_report.checks._finding import judged, skip, unknown
from llmgw_report.model.finding import Category, FedBy, Finding
from llmgw_report.model.message import join, say
from llmgw_report.model.report import Snapshot
from llmgw_report.model.threshold import Threshold

CATEGORY: Category = "logs"
FED_BY: FedBy = ("error_patterns.sql", "window.sql")
DEFAULT = Threshold(warn=0)


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
        errors = snapshot.sections.error_levels.get("ERROR", 0)
        seen = say(
            "{hits} of {n} log rows of the window are of level ERROR", hits=units.count(errors), n=units.count(read)
        )
        top = next((one for one in snapshot.sections.errors if one.level == "ERROR"), None)
        if top:
            most = say("the most frequent ({n}): {pattern}", n=units.count(top.count), pattern=top.pattern)
            seen = join("; ", [seen, most])
        yield judged(above(errors, threshold), seen, observed=errors, unit="{row}", n=read)
