"""Counted errors are in the log.

What it measures: errors that the metrics count against log entries of level WARN and ERROR since the counters were
zero.

Why it matters: the cause of an error that is not logged cannot be found, and an alert on the log stays silent.

What to do: lower the log level filter, or ask the gateway's maintainers to log the failures that they count; until then
alert on the counter.

Limitations: failures of a kind that the gateway is known never to log are not counted here; one failure may write
several log entries, so only "no entry at all" is evaluated, and only from min-n errors on.
"""

from llmgw_report.checks import (
    Category,
    Findings,
    Reads,
    Snapshot,
    Threshold,
    Unit,
    below,
    counted,
    join,
    judged,
    msg,
    skip,
    units,
    unknown,
)

CATEGORY: Category = "consistency"
UNIT: Unit = "count"
READS: Reads = ("requests", "attempts", "started.sql", "levels.sql")
#: None of 4 proves that less than half are logged.
DEFAULT = Threshold(warn=1, min_n=4)
PROVES_SERVICE = True
_LOGGED_KINDS = "metrics, of kinds that are logged"
_LOGGED = "log rows of level WARN and ERROR"


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding, where both sources record errors."""
    errors = counted(snapshot, "errors", _LOGGED_KINDS)
    if errors is None:
        errors = counted(snapshot, "errors", "metrics")
    rows = _rows(snapshot)
    if errors is None:
        yield from skip("the metrics count no errors")
    elif rows is None:
        yield from skip("no log entries to compare with")
    elif errors == 0:
        yield from unknown("the metrics count no error that the log would have", n=0)
    elif not rows and errors < threshold.min_n:
        few = msg("fewer than {fewest} are not evaluated", fewest=threshold.min_n)
        none = msg("the metrics count {n} errors and the log has none", n=units.count(errors))
        yield from unknown(join("; ", [none, few]), n=errors)
    else:
        logged = msg("the log has {n} entries of level WARN or ERROR", n=units.count(rows))
        if counted(snapshot, "errors", _LOGGED) is None:
            other = msg("possibly from before the counters started") if rows else msg("which may have begun after them")
            yield from unknown(join(", ", [logged, other]), n=errors)
            return
        seen = join(", ", [msg("the metrics count {n} errors", n=units.count(errors)), logged])
        yield judged(below(rows, threshold), seen, observed=rows, unit="{row}", n=errors)


def _rows(snapshot: Snapshot) -> int | None:
    """Entries since the counters were zero, else of all time."""
    since = counted(snapshot, "errors", _LOGGED)
    if since is not None:
        return since
    levels = snapshot.sections.database.levels if snapshot.sections.database else {}
    return levels.get("WARN", 0) + levels.get("ERROR", 0) if levels else None
