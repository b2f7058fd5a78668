"""New error patterns since the earlier report.

What it measures: log entries of the window whose pattern, of level WARN or ERROR, is not in the earlier report, if
there are more than one of two windows would miss by chance (six for windows with as many log entries; of each step of
time at most two count, and of one or two steps by themselves one, since one incident writes many).

Why it matters: a new kind of error is the earliest sign of a bad release or of a provider that changed, while every
ratio is still within its threshold.

What to do: look up the pattern with its first and last time in the table of errors, and compare with what was deployed
since the earlier report.

Limitations: both reports list only their most frequent patterns, so a rare one can be old and only now frequent; a
larger --top lengthens both lists.
"""

from collections.abc import Sequence
from itertools import groupby

from msgspec import structs

from llmgw_report.checks import (
    Category,
    Finding,
    Findings,
    Reads,
    Snapshot,
    Threshold,
    Unit,
    above,
    finding,
    join,
    judged,
    msg,
    skip,
    units,
    unknown,
)
from llmgw_report.checks._baseline import not_comparable
from llmgw_report.checks._statistics import ONE_SIDED_95, ONE_SIDED_99, binomial_tail, holm
from llmgw_report.model.history import EarlierErrors
from llmgw_report.model.sections import ErrorPattern, Sections

CATEGORY: Category = "regression"
UNIT: Unit = "count"
READS: Reads = ("error_patterns.sql", "window.sql")
ASKED_FOR = True
DEFAULT = Threshold(warn=0, severity="warn")
PROVES_SERVICE = True
#: Entries of one step of time that count as evidence: requests fail together, and one incident proves no new error.
_MOST_PER_BUCKET = 2
#: A short incident is in so many steps at most.
_INCIDENT_BUCKETS = 2


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding per new pattern, or one that there is none."""
    earlier = snapshot.sections.history and snapshot.sections.history.errors
    if snapshot.baseline is None and earlier and snapshot.sections.window_counts.log_rows:
        yield from (_with_onset(one, snapshot) for one in _since_runs(snapshot.sections, earlier, threshold))
        return
    if findings := list(not_comparable(snapshot)):
        yield from findings
        return
    old, now = snapshot.baseline and snapshot.baseline.sections, snapshot.sections
    if now.window_counts.log_rows is None or not old or old.window_counts.log_rows is None:
        yield from skip("not both reports have a table of log entries")
    elif old.window_counts.errors is None and not old.errors:
        yield from unknown(msg("the patterns of the earlier report are not known: its query failed"))
    elif not now.window_counts.log_rows or not old.window_counts.log_rows:
        yield from unknown("the window of one of the two reports has no log entry", n=0)
    else:
        yield from (_with_onset(one, snapshot) for one in _new(old, now, threshold))


def _with_onset(one: Finding, snapshot: Snapshot) -> Finding:
    """With the time at which its pattern began; one that may have been there before the window began earlier."""
    pattern = next((each for each in snapshot.sections.errors if each.pattern == one.subject.get("pattern")), None)
    if pattern is None:
        return one
    if pattern.began is None:
        return structs.replace(one, since=snapshot.window.since, onset="before")
    return structs.replace(one, since=pattern.began)


def _new(old: Sections, now: Sections, threshold: Threshold) -> Findings:
    known = {(one.level, one.pattern) for one in old.errors}
    new = [one for one in now.errors if (one.level, one.pattern) not in known]
    yield from _judged(new, _hidden(old), old.window_counts.log_rows or 0, now, threshold)


def _since_runs(now: Sections, earlier: EarlierErrors, threshold: Threshold) -> Findings:
    """Against every pattern that a run of the history saw, and the log entries of the newest of them."""
    new = [one for place, one in enumerate(now.errors) if place not in earlier.known]
    yield from _judged(new, earlier.hidden, earlier.log_rows, now, threshold)


def _judged(new: Sequence[ErrorPattern], hidden: int, log_rows: int, now: Sections, threshold: Threshold) -> Findings:
    p_values = [_p_value(one, hidden, log_rows, now) for one in new]
    fails, warns = holm(p_values, ONE_SIDED_99), holm(p_values, ONE_SIDED_95)
    for one, p_value, fail, warn in zip(new, p_values, fails, warns, strict=True):
        subject = {"pattern": one.pattern}
        own = threshold.of(subject)
        compared = above(one.count, own if fail else structs.replace(own, fail=None))
        if warn or fail or compared.status == "pass":
            yield judged(compared, _seen(one), subject, observed=one.count, unit="{row}", n=one.count)
        else:
            yield _perhaps_old(one, hidden, p_value)
    if not new:
        patterns = units.plural(len(now.errors), "patterns")
        if _hidden(now) or hidden:
            patterns = msg("{patterns} among the most frequent ones", patterns=patterns)
        seen = msg("{patterns}, none of them new", patterns=patterns)
        yield judged(above(0, threshold), seen, observed=0, unit="{row}", n=now.window_counts.log_rows)


def _hidden(sections: Sections) -> int:
    """The most log entries that a pattern outside the list can have; 0 where the list covers every entry."""
    shown = sum(one.count for one in sections.errors)
    rest = sum(sections.window_counts.error_levels.values()) - shown
    return min(rest, min((one.count for one in sections.errors), default=rest)) if rest > 0 else 0


def _p_value(one: ErrorPattern, hidden: int, before: int, now: Sections) -> float:
    """Probability of so many of the pattern's entries in this window, if it were as frequent in both."""
    rows = now.window_counts.log_rows or 0
    count = _evidence(one.per_bucket) or one.count
    return binomial_tail(count, count + hidden, rows / (rows + before))


def _evidence(per_bucket: Sequence[int]) -> int:
    """Entries that count: each in a row of steps, and one of each incident."""
    rows = [list(row) for found, row in groupby(per_bucket, bool) if found]
    return sum(sum(min(each, _MOST_PER_BUCKET) for each in row) if len(row) > _INCIDENT_BUCKETS else 1 for row in rows)


def _perhaps_old(one: ErrorPattern, hidden: int, p_value: float) -> Finding:
    """A rare pattern that is missing from the earlier window by chance looks the same."""
    likely = msg("an old, rare pattern looks new by chance {ratio} of the time", ratio=units.ratio(p_value))
    missing = msg("up to {rows} of it may be missing from the earlier list", rows=units.plural(hidden, "log entries"))
    reason = join("; ", [likely, missing if hidden else ""])
    return finding("unknown", _seen(one), {"pattern": one.pattern}, reason=reason, n=one.count)


def _seen(one: ErrorPattern) -> str:
    return msg(
        "{rows} of level {level}: {pattern}",
        rows=units.plural(one.count, "log entries"),
        level=one.level,
        pattern=one.pattern,
    )
