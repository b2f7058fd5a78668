"""Error patterns that an earlier report did not have.

Measured: log rows in the window with a pattern of level WARN or ERROR that is not in the earlier report.
Unit: {row}.

Why it matters: a new kind of error is the earliest sign of a bad release or of a provider that changed, while
every ratio is still within its limit.

What to do: read the pattern with its first and last time in the table of errors, and compare with what was
deployed since the earlier report.

How it can be wrong: both lists show the most frequent patterns only, so a rare one can be old and only now
frequent; a longer --top makes both lists longer.
"""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._bounds import above
from llmgw_report.checks._finding import finding, judged, skip, unknown
from llmgw_report.checks._sides import not_comparable
from llmgw_report.model.finding import Category, FedBy, Finding
from llmgw_report.model.message import say
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import ErrorPattern, Sections
from llmgw_report.model.threshold import Threshold

CATEGORY: Category = "regression"
FED_BY: FedBy = ("error_patterns.sql", "window.sql")
DEFAULT = Threshold(warn=0, severity="warn")


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """One finding per new pattern, or one that there is none."""
    if findings := list(not_comparable(snapshot)):
        yield from findings
        return
    old, now = snapshot.baseline and snapshot.baseline.sections, snapshot.sections
    if now.window_rows.log_rows is None or not old or old.window_rows.log_rows is None:
        yield from skip("no table of log rows in both reports")
    elif not now.window_rows.log_rows or not old.window_rows.log_rows:
        yield from unknown("the window of one of both reports holds no log row", n=0)
    else:
        yield from _new(old, now, threshold)


def _new(old: Sections, now: Sections, threshold: Threshold) -> Iterator[Finding]:
    there = {(one.level, one.pattern) for one in old.errors}
    new = [one for one in now.errors if (one.level, one.pattern) not in there]
    hidden = _hidden(old)
    for one in new:
        yield _finding(one, hidden, threshold)
    if not new:
        patterns = units.plural(len(now.errors), "patterns")
        if _hidden(now) or hidden:
            patterns = say("{patterns} among the most frequent ones", patterns=patterns)
        seen = say("{patterns}, none of them new", patterns=patterns)
        yield judged(above(0, threshold), seen, observed=0, unit="{row}", n=now.window_rows.log_rows)


def _hidden(sections: Sections) -> int:
    """The most rows that a pattern outside the list can have; 0 where the list holds every row."""
    shown = sum(one.count for one in sections.errors)
    rest = sum(sections.error_levels.values()) - shown
    return min(rest, min((one.count for one in sections.errors), default=rest)) if rest > 0 else 0


def _finding(one: ErrorPattern, hidden: int, threshold: Threshold) -> Finding:
    """More rows than any hidden pattern can have had is news either way."""
    subject = {"pattern": one.pattern}
    seen = say(
        "{rows} of level {level} since {time}: {pattern}",
        rows=units.plural(one.count, "rows"),
        level=one.level,
        time=units.moment(one.first_seen),
        pattern=one.pattern,
    )
    if one.count <= hidden:
        reason = say(
            "the earlier report shows its most frequent patterns only, "
            "and a pattern of up to {rows} could be missing from it",
            rows=units.plural(hidden, "rows"),
        )
        return finding("unknown", seen, subject, reason=reason, n=one.count)
    return judged(above(one.count, threshold), seen, subject, observed=one.count, unit="{row}")
