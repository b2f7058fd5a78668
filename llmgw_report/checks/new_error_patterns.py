"""Error patterns that an earlier report did not have.

Measured: log rows in the window with a pattern of level WARN or ERROR that is not in the earlier report, more of
them than chance leaves out of one of two windows (six of windows with as many log rows). Unit: {row}.

Why it matters: a new kind of error is the earliest sign of a bad release or of a provider that changed, while
every ratio is still within its limit.

What to do: read the pattern with its first and last time in the table of errors, and compare with what was
deployed since the earlier report.

How it can be wrong: both lists show the most frequent patterns only, so a rare one can be old and only now
frequent; a longer --top makes both lists longer.
"""

from collections.abc import Iterator

from msgspec import structs

from llmgw_report import units
from llmgw_report.checks._baseline import not_comparable
from llmgw_report.checks._finding import Judged, above, finding, judged, skip, unknown
from llmgw_report.checks._statistics import ONE_SIDED_95, ONE_SIDED_99, binomial_tail, holm
from llmgw_report.messages import join, say
from llmgw_report.model.finding import Category, FedBy, Finding, Threshold, Unit
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import ErrorPattern, Sections

CATEGORY: Category = "regression"
FED_BY: FedBy = ("error_patterns.sql", "window.sql")
DEFAULT = Threshold(warn=0, severity="warn")
UNIT: Unit = "count"


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
    chances = [_chance(one, hidden, old, now) for one in new]
    fails, warns = holm(chances, ONE_SIDED_99), holm(chances, ONE_SIDED_95)
    for one, chance, fail, warn in zip(new, chances, fails, warns, strict=True):
        bounds = threshold.of({"pattern": one.pattern})
        found = above(one.count, bounds if fail else structs.replace(bounds, fail=None))
        proven = warn or fail or found.status == "pass"
        yield _found(one, found) if proven else _perhaps_old(one, hidden, chance)
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


def _chance(one: ErrorPattern, hidden: int, old: Sections, now: Sections) -> float:
    """How likely chance puts so many of the pattern's rows into this window, where it is as frequent in both."""
    rows, before = now.window_rows.log_rows or 0, old.window_rows.log_rows or 0
    return binomial_tail(one.count, one.count + hidden, rows / (rows + before))


def _found(one: ErrorPattern, verdict: Judged) -> Finding:
    return judged(verdict, _seen(one), {"pattern": one.pattern}, observed=one.count, unit="{row}", n=one.count)


def _perhaps_old(one: ErrorPattern, hidden: int, chance: float) -> Finding:
    """A rare pattern that the earlier window missed by chance looks the same."""
    likely = say("an old, rare pattern is new by chance {share} of the time", share=units.ratio(chance))
    missing = say("up to {rows} of it could be missing from the earlier list", rows=units.plural(hidden, "rows"))
    reason = join("; ", [likely, missing if hidden else ""])
    return finding("unknown", _seen(one), {"pattern": one.pattern}, reason=reason, n=one.count)


def _seen(one: ErrorPattern) -> str:
    return say(
        "{rows} of level {level} since {time}: {pattern}",
        rows=units.plural(one.count, "rows"),
        level=one.level,
        time=units.moment(one.first_seen),
        pattern=one.pattern,
    )
