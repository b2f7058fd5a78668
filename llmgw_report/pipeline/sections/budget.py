"""The error budget of an objective, counted from rows; the scrape's lifetime alone is information, not a verdict."""

from collections.abc import Mapping, Sequence
from math import inf

from msgspec import Struct, structs

from llmgw_report import gateways
from llmgw_report.config.slo import Slo
from llmgw_report.gateways.rows import BudgetRecord
from llmgw_report.messages import Message, msg
from llmgw_report.model import timestamp
from llmgw_report.model.outcomes import NEARLY_ALL, BudgetWindow, ErrorBudget, Outcomes
from llmgw_report.model.sections import Sections, Totals
from llmgw_report.pipeline.measure import Measured
from llmgw_report.units import seconds

QUERY = "budget"
NOT_COUNTED = msg("the saved report did not count its windows: make one with this objective")

Counted = Mapping[int, tuple[int, int]]
"""Seconds of a window -> good and bad requests in it."""


def error_budget(
    measured: Measured, slo: Slo | None, traffic: Totals | None, outcomes: Outcomes | None = None
) -> ErrorBudget | None:
    """What is left of the budget; None without an objective."""
    if slo is None:
        return None
    rows = measured.table(QUERY, BudgetRecord)
    if rows is None and set(slo.windows()) <= measured.per_span.keys():
        ended = {seconds: one.outcomes for seconds, one in measured.per_span.items()}
        spans = {seconds: (one.base - one.service, one.service) for seconds, one in ended.items()}
        return _counted(_base(slo, None), slo, spans, msg("metrics"), measured.windows.until_ms)
    if rows is None:
        return _lifetime(_base(slo, _why_not(measured)), traffic)
    closed = _closed({one: _within(one, rows) for one in slo.windows()}, measured, outcomes)
    return _counted(_base(slo, None), slo, closed, measured.title(QUERY), measured.windows.until_ms)


def _within(window_seconds: int, rows: Sequence[BudgetRecord]) -> tuple[int, int]:
    inside = [row for row in rows if row.window_seconds <= window_seconds]
    good = sum(row.good - (row.undone or 0) for row in inside)
    return max(0, good), sum(row.bad for row in inside)


def _closed(counted: Counted, measured: Measured, outcomes: Outcomes | None) -> Counted:
    """The counts with what `outcomes` know beside the rows, such as requests whose end only the scrape counted.

    The window of the report then has the counts of its error ratio, and every longer one has those requests too.
    """
    windows = measured.windows
    seconds = (windows.until_ms - windows.since_ms) // 1000
    if outcomes is None or outcomes.source != "database" or outcomes.successes_only == "yes" or seconds not in counted:
        return counted
    ended = outcomes.total().outcomes
    good, bad = ended.base - ended.service - counted[seconds][0], ended.service - counted[seconds][1]
    return {
        one: (max(0, its[0] + good), max(0, its[1] + bad)) if one >= seconds else its for one, its in counted.items()
    }


def judged_again(saved: Sections, slo: Slo, until_ms: int) -> ErrorBudget:
    """The budget of another objective, from what a saved report counted; its windows have to be among those."""
    old = saved.error_budget
    counted = {round(one.seconds): (one.good, one.bad) for one in old.windows} if old else {}
    if old is None or not set(slo.windows()) <= counted.keys():
        return _lifetime(_base(slo, NOT_COUNTED), saved.most_traffic)
    took = {round(one.seconds): one.counted_seconds for one in old.windows}
    return _counted(_base(slo, None), slo, counted, old.source, until_ms, took)


class Span(Struct, frozen=True, kw_only=True):
    """What runs counted since one of them, `seconds` ago; the gaps between what could be counted are not in it."""

    good: int
    bad: int
    counted_seconds: float
    seconds: float


def from_runs(slo: Slo, spans: Mapping[int, Span], source: str, until_ms: int) -> ErrorBudget:
    """The budget of what was counted between earlier runs, each window with the time that it is really of."""
    whole = spans[round(slo.window_seconds)]
    if whole.counted_seconds < whole.seconds / 2:
        return _base(slo, _mostly_lost(whole))
    counted = {length: (one.good, one.bad) for length, one in spans.items()}
    took = {length: one.counted_seconds for length, one in spans.items()}
    if whole.counted_seconds < NEARLY_ALL * whole.seconds:
        source = msg("{source}, without {time} in which {reason}", source=source, time=_lost(whole), reason=_FELL)
    found = _counted(_base(slo, None), slo, counted, source, until_ms, took)
    since_ms = until_ms - round(1000 * min(whole.seconds, slo.window_seconds))
    return structs.replace(found, since=timestamp.text(since_ms))


_FELL = msg("totals fell or several processes answered")


def _lost(whole: Span) -> str:
    return seconds(whole.seconds - whole.counted_seconds)


def _mostly_lost(whole: Span) -> Message:
    return msg(
        "in {lost} of the {time} since the first run {reason}, so that too little is counted",
        lost=_lost(whole),
        time=seconds(whole.seconds),
        reason=_FELL,
    )


def burn_rate(good: int, bad: int, target: float) -> float | None:
    """Failures over the failures allowed: 1 uses up exactly the budget. None without a request."""
    return bad / (good + bad) / (1 - target) if good + bad else None


def _base(slo: Slo, reason: str | None) -> ErrorBudget:
    """The objective alone, and why nothing is counted."""
    return ErrorBudget(
        target_ratio=slo.target,
        window_seconds=slo.window_seconds,
        basis="none",
        source="",
        rules=slo.rules(),
        reason=reason,
    )


def _counted(  # noqa: PLR0913, PLR0917 - what was counted, and of what
    base: ErrorBudget,
    slo: Slo,
    counted: Counted,
    source: str,
    until_ms: int,
    took: Mapping[int, float | None] | None = None,
) -> ErrorBudget:
    """The budget of the counts of every window; `took` says which of them are of another time than their window's."""
    windows = {one: _window(one, *counted[one], slo.target, (took or {}).get(one)) for one in slo.windows()}
    whole = windows[round(slo.window_seconds)]
    known = whole.burn_rate is not None and whole.covered(inf)
    found = structs.replace(
        base,
        basis="window",
        source=source,
        since=timestamp.text(until_ms - slo.window_seconds * 1000),
        good=whole.good,
        bad=whole.bad,
        burn_rate=whole.burn_rate,
        left_ratio=1 - whole.burn_rate if known and whole.burn_rate is not None else None,
        windows=tuple(windows.values()),
        counted_seconds=None if whole.covered(inf) else whole.counted_seconds,
    )
    return _with_pace(found, until_ms)


def _window(length: int, good: int, bad: int, target: float, took: float | None) -> BudgetWindow:
    """A window; the time that it is of stands beside it only where a reader would take it for another one."""
    found = BudgetWindow(
        seconds=length, good=good, bad=bad, burn_rate=burn_rate(good, bad, target), counted_seconds=took
    )
    return structs.replace(found, counted_seconds=None) if found.covered(length / NEARLY_ALL) else found


def _with_pace(budget: ErrorBudget, until_ms: int) -> ErrorBudget:
    """When the rest is used up at the pace of the second rule: an hour is noise, three days are history."""
    pace = next(one for one in budget.windows if one.seconds == budget.rules[1].long_seconds)
    left, rate = budget.left_ratio, pace.burn_rate
    if left is None or rate is None:
        return budget
    budget = structs.replace(budget, pace_seconds=pace.seconds)
    if left <= 0 or rate <= 1:
        return budget
    rest = left * budget.window_seconds / rate
    return structs.replace(budget, exhausted_at=timestamp.text(until_ms + round(rest * 1000)))


def _lifetime(base: ErrorBudget, traffic: Totals | None) -> ErrorBudget:
    """Failures of the server's side over all others but the clients' own, since the process started."""
    total = traffic.total if traffic and traffic.basis == "lifetime" else None
    if traffic is None or total is None or total.outcomes is None:
        return base
    bad, good = total.outcomes.service, total.outcomes.base - total.outcomes.service
    rate = burn_rate(good, bad, base.target_ratio)
    return structs.replace(
        base, basis="lifetime", source=traffic.source, since=traffic.since, good=good, bad=bad, burn_rate=rate
    )


def _why_not(measured: Measured) -> str:
    """Why no rows were counted; the first reason that is true."""
    failed = next((one.reason for one in measured.failed if one.name in {QUERY, "requests"}), None)
    if failed:
        return msg("the query for it failed: {reason}", reason=msg(failed))
    if measured.gateway is None:
        return msg("the gateway is not known")
    if not gateways.answering(QUERY, {query.name for query in gateways.queries(measured.gateway)}):
        return msg(
            "{gateway} has no query that counts failed requests in rows, so no window can be counted",
            gateway=measured.gateway.name,
        )
    return msg("the database was not read")
