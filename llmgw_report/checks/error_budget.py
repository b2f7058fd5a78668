"""Error budget of the SLO.

What it measures: burn rates (failures over the failures that the objective allows) in the windows of the usual alerts:
one hour at 14.4, six hours at 6 and three days at 1 for an objective over 30 days.

Why it matters: the error ratio shows whether it is bad now; the budget shows whether the objective will still be met
at the end of the month.

What to do: while a burn-rate alert fires, freeze risky changes and fix the cause; error-ratio and the error patterns
show what it is.

Limitations: it counts what the gateway logs per request, so requests that never reached it are in no budget; with few
requests a single failure is a high burn rate, so fewer than min-n are not evaluated. From earlier runs an alert counts
once its windows are covered; until nearly all of the objective's window is, what is left is not known, and more
failures than the objective allows are a warning.
"""

from llmgw_report.checks import (
    Category,
    Finding,
    Findings,
    Reads,
    Snapshot,
    Status,
    Threshold,
    Unit,
    finding,
    join,
    msg,
    skip,
    units,
    unknown,
)
from llmgw_report.checks._statistics import Z95, Z99, wilson
from llmgw_report.model.outcomes import BudgetWindow, BurnRule, ErrorBudget

CATEGORY: Category = "availability"
UNIT: Unit = "factor"
READS: Reads = ("budget.sql", "requests", "attempts")
ASKED_FOR = True
#: Burn rates: an alert at or above `fail` fails, a slower one at or above `warn` warns.
DEFAULT = Threshold(warn=1.0, fail=6.0, min_n=20)
PROVES_SERVICE = True


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding: the fastest burn-rate alert that fires, with the remaining budget."""
    budget = snapshot.sections.error_budget
    if budget is None:
        yield from skip("no service level objective: set one with --slo")
    elif budget.basis != "window":
        yield from unknown(join("; ", [msg(budget.reason or "no rows were counted"), _lifetime(budget)]))
    elif not (budget.good or 0) + (budget.bad or 0):
        yield from unknown("no request in the window of the objective", n=0)
    else:
        yield _judged(budget, threshold)


def _judged(budget: ErrorBudget, threshold: Threshold) -> Finding:
    """The fastest alert that fires; without one it passes only if there are enough requests to say so."""
    n = (budget.good or 0) + (budget.bad or 0)
    firing = next((rule for rule in budget.rules if _fires(budget, rule, threshold)), None)
    if firing:
        status: Status = _status(firing, threshold)
        burning = msg(
            "burn rate above {rate} over {long} and {short}",
            rate=f"{firing.burn_rate:g}",
            long=_time(_window(budget, firing.long_seconds)),
            short=_time(_window(budget, firing.short_seconds)),
        )
        seen = join("; ", [_left(budget), burning])
        observed, limit = _window(budget, firing.long_seconds).burn_rate, firing.burn_rate
        return finding(status, seen, observed=observed, operator="above", threshold=limit, n=n)
    if n < threshold.min_n:
        reason = msg("n = {n}: fewer than {fewest} requests are not evaluated", n=n, fewest=threshold.min_n)
        return finding("unknown", _left(budget), reason=reason, n=n)
    return finding(
        "warn" if _spends(budget) else "pass",
        join("; ", [_left(budget), _no_alert(budget)]),
        observed=budget.burn_rate,
        operator="above",
        threshold=1.0,
        n=n,
    )


def _spends(budget: ErrorBudget) -> bool:
    """Whether more than all of it is used, or will be at the rate of what was counted."""
    if budget.left_ratio is not None:
        return budget.left_ratio < 0
    good, bad = budget.good or 0, budget.bad or 0
    return wilson(bad, good + bad, Z95)[0] / (1 - budget.target_ratio) > 1


def _no_alert(budget: ErrorBudget) -> str:
    known = [rule for rule in budget.rules if _covered(budget, rule)]
    if len(known) == len(budget.rules):
        return msg("no burn-rate alert fires")
    if not known:
        return msg("no window of a burn-rate alert is covered yet")
    longest = units.seconds(max(rule.long_seconds for rule in known))
    return msg("no burn-rate alert fires, and those over more than {time} are not covered yet", time=longest)


def _covered(budget: ErrorBudget, rule: BurnRule) -> bool:
    """Whether both windows were counted; the short one may be of more time, as it proves nothing by itself."""
    long, short = _window(budget, rule.long_seconds), _window(budget, rule.short_seconds)
    return long.covered(2 * long.seconds) and short.covered(1.1 * long.seconds)


def _fires(budget: ErrorBudget, rule: BurnRule, threshold: Threshold) -> bool:
    """The long window proves it by its interval; the short one only shows that it is still going on."""
    long, short = _window(budget, rule.long_seconds), _window(budget, rule.short_seconds)
    n = long.good + long.bad
    if n < max(1, threshold.min_n) or _status(rule, threshold) == "pass" or not _covered(budget, rule):
        return False
    z = Z99 if _status(rule, threshold) == "fail" else Z95
    proven = wilson(long.bad, n, z)[0] / (1 - budget.target_ratio) > rule.burn_rate
    return proven and (short.burn_rate or 0.0) > rule.burn_rate


def _time(window: BudgetWindow) -> str:
    return units.seconds(window.seconds if window.counted_seconds is None else window.counted_seconds)


def _status(rule: BurnRule, threshold: Threshold) -> Status:
    if threshold.fail is not None and rule.burn_rate >= threshold.fail:
        return "fail"
    return "warn" if threshold.warn is not None and rule.burn_rate >= threshold.warn else "pass"


def _window(budget: ErrorBudget, seconds: float) -> BudgetWindow:
    empty = BudgetWindow(seconds=seconds, good=0, bad=0, burn_rate=None)
    return next((one for one in budget.windows if one.seconds == seconds), empty)


def _left(budget: ErrorBudget) -> str:
    """The remaining budget, and when it runs out."""
    n = (budget.good or 0) + (budget.bad or 0)
    if budget.left_ratio is None and budget.counted_seconds is not None:
        return msg(
            "{bad} of {n} requests failed in {counted}, {factor} as many as {target} allows; what is left of the error"
            " budget over {window} is not known yet",
            bad=units.count(budget.bad),
            n=units.count(n),
            counted=units.seconds(budget.counted_seconds),
            factor=units.factor(budget.burn_rate),
            target=units.ratio(budget.target_ratio),
            window=units.seconds(budget.window_seconds),
        )
    text = msg(
        "{left} of the error budget left ({target} over {window}): {bad} of {n} requests failed",
        left=units.ratio(max(0.0, budget.left_ratio or 0.0)),
        target=units.ratio(budget.target_ratio),
        window=units.seconds(budget.window_seconds),
        bad=units.count(budget.bad),
        n=units.count(n),
    )
    if budget.exhausted_at is None:
        return text
    pace, time = units.seconds(budget.pace_seconds), units.moment(budget.exhausted_at)
    return join("; ", [text, msg("at the rate of the last {window} it runs out {time}", window=pace, time=time)])


def _lifetime(budget: ErrorBudget) -> str:
    """The burn rate of the lifetime counters, for information: they have no windows to evaluate."""
    if budget.burn_rate is None:
        return ""
    since = msg("since {time}", time=units.moment(budget.since)) if budget.since else msg("since the process started")
    return msg(
        "for information, the counters {since} burn at {rate} ({bad} of {n} requests failed)",
        since=since,
        rate=f"{budget.burn_rate:.3g}",
        bad=budget.bad,
        n=(budget.good or 0) + (budget.bad or 0),
    )
