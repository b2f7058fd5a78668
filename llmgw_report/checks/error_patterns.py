"""Rate of ERROR log entries.

What it measures: log entries of level ERROR over the requests of the window, or over all log entries where no request
was counted, tested by the Wilson interval; any exceeds a threshold of 0.

Why it matters: an ERROR is what the gateway itself calls a failure, whether or not it is counted.

What to do: read the most frequent error patterns first; their times show whether it is over.

Limitations: one failed request can write several log entries, so this is not a ratio of requests; a few failures are
part of healthy traffic and stay in the table of errors; for a new kind of error see new-error-patterns.
"""

from collections.abc import Iterator

from llmgw_report.checks import (
    Category,
    Contributions,
    Finding,
    Findings,
    Reads,
    Snapshot,
    Threshold,
    Unit,
    msg,
    units,
)
from llmgw_report.checks._ratios import Ratio, judge_ratios, nothing_counted
from llmgw_report.model.sections import ErrorPattern

CATEGORY: Category = "logs"
UNIT: Unit = "ratio"
READS: Reads = ("error_patterns.sql", "window.sql", "traffic.sql")
#: Twice the server error rate: a failure often writes two log entries.
DEFAULT = Threshold(warn=0.02, min_n=20, severity="warn")
PROVES_SERVICE = True


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding for all patterns."""
    entries = snapshot.sections.window_counts.log_rows
    nothing = {"no_table": msg("no table of log entries"), "no_row": msg("no log entry in the window")}
    if findings := list(nothing_counted(entries, **nothing)):
        yield from findings
    else:
        yield from judge_ratios([_ratio(snapshot, entries or 0)], threshold)


def _ratio(snapshot: Snapshot, entries: int) -> Ratio:
    """Log entries per request; no more of them than requests count, since a ratio is at most 1."""
    errors = snapshot.sections.window_counts.error_levels.get("ERROR", 0)
    counted = units.plural(errors, "log entries")
    window = snapshot.sections.window_traffic
    requests = window.total.requests if window else None
    if requests:
        text = msg("{entries} of level ERROR for {n} requests in the window", entries=counted, n=units.count(requests))
    else:
        text = msg("{entries} of {n} in the window are of level ERROR", entries=counted, n=units.count(entries))
    n = requests or entries
    top = next((one for one in snapshot.sections.errors if one.level == "ERROR"), None)
    return Ratio(
        hits=min(errors, n),
        n=n,
        subject={},
        rate=n / snapshot.window.seconds,
        text=text,
        more=_most_frequent(top, snapshot.at) if top else "",
    )


def _most_frequent(top: ErrorPattern, at: str) -> str:
    n, since = units.count(top.count), units.beginning(top.began, at)
    if since:
        return msg("most frequent ({n}; {since}): {pattern}", n=n, since=since, pattern=top.pattern)
    return msg("most frequent ({n}): {pattern}", n=n, pattern=top.pattern)


def contributions(finding: Finding, snapshot: Snapshot) -> Iterator[Contributions]:
    """Log entries by pattern; () is those of patterns that are not in the table."""
    if finding.subject:
        return
    errors = [row for row in snapshot.sections.errors if row.level == "ERROR"]
    rest = snapshot.sections.window_counts.error_levels.get("ERROR", 0) - sum(row.count for row in errors)
    yield {((msg("pattern"), row.pattern),): row.count for row in errors} | {(): rest}
