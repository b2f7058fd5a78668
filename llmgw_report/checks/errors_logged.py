"""Log rows for the errors that the metrics count.

Measured: errors that the metrics count against log rows of level WARN and ERROR since the counters read
zero. Unit: {row}.

Why it matters: nobody can find out why those requests failed; an alert on the log would stay silent.

What to do: lower the log level filter, or ask the gateway's authors to log the failures they count; until
then alert on the counter.

How it can be wrong: one failure may write several rows, so only "no row at all" is judged, and that from min-n
errors on: the log may miss one or two of a kind that it never holds.
"""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._finding import below, counted, judged, skip, unknown
from llmgw_report.messages import join, say
from llmgw_report.model.finding import Category, FedBy, Finding, Threshold, Unit
from llmgw_report.model.report import Snapshot

CATEGORY: Category = "witnesses"
FED_BY: FedBy = ("requests", "attempts", "started.sql", "levels.sql")
#: None of 4 proves that less than half are logged.
DEFAULT = Threshold(warn=1, min_n=4)
UNIT: Unit = "count"
LOGGED = "log rows of level WARN and ERROR"


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """One finding, where both witnesses can speak of errors."""
    errors = counted(snapshot, "errors", "metrics")
    rows = _rows(snapshot)
    if errors is None:
        yield from skip("the metrics count no errors")
    elif rows is None:
        yield from skip("no log rows to compare with")
    elif errors == 0:
        yield from unknown("the metrics count no error yet, so none should be logged", n=0)
    elif not rows and errors < threshold.min_n:
        few = say("fewer than {fewest} are not judged", fewest=threshold.min_n)
        counted_ = say("the metrics count {n} errors and the log holds none", n=units.count(errors))
        yield from unknown(join("; ", [counted_, few]), n=errors)
    elif rows and counted(snapshot, "errors", LOGGED) is None:
        held = say("the log holds {n} rows of level WARN or ERROR", n=units.count(rows))
        yield from unknown(join(", ", [held, say("but perhaps from before the counters")]), n=errors)
    else:
        held = say("the log holds {n} rows of level WARN or ERROR", n=units.count(rows))
        seen = join(", ", [say("the metrics count {n} errors", n=units.count(errors)), held])
        yield judged(below(rows, threshold), seen, observed=rows, unit="{row}", n=errors)


def _rows(snapshot: Snapshot) -> int | None:
    """Rows since the counters read zero, else of all time: if that is none, none are of the lifetime."""
    since = counted(snapshot, "errors", LOGGED)
    if since is not None:
        return since
    levels = snapshot.sections.database.levels if snapshot.sections.database else {}
    return levels.get("WARN", 0) + levels.get("ERROR", 0) if levels else None
