"""The error budget of an objective, counted from rows; the scrape's lifetime alone is information, not a verdict."""

from collections.abc import Mapping

from msgspec import structs

from llmgw_report import gateways
from llmgw_report.config.slo import Slo
from llmgw_report.gateways.rows import BudgetRow
from llmgw_report.model import instant
from llmgw_report.model.budget import BudgetWindow, ErrorBudget
from llmgw_report.model.message import say
from llmgw_report.model.traffic import Traffic
from llmgw_report.pipeline.measured import Measured

ROLE = "budget"


def error_budget(measured: Measured, slo: Slo | None, traffic: Traffic | None) -> ErrorBudget | None:
    """What is left of the budget; None without an objective."""
    if slo is None:
        return None
    base = ErrorBudget(
        target_ratio=slo.target,
        window_seconds=slo.window_seconds,
        basis="none",
        source="",
        rules=slo.rules(),
        reason=_why_not(measured),
    )
    rows = measured.table(ROLE, BudgetRow)
    return _lifetime(base, traffic) if rows is None else _counted(base, slo, rows, measured)


def burn_rate(good: int, bad: int, target: float) -> float | None:
    """Failures over the failures allowed: 1 uses up exactly the budget. None without a request."""
    return bad / (good + bad) / (1 - target) if good + bad else None


def _counted(base: ErrorBudget, slo: Slo, rows: tuple[BudgetRow, ...], measured: Measured) -> ErrorBudget:
    counted = {round(row.window_seconds): row for row in rows}
    windows = {seconds: _window(seconds, counted, slo.target) for seconds in slo.windows()}
    whole = windows[round(slo.window_seconds)]
    left = None if whole.burn_rate is None else 1 - whole.burn_rate
    found = structs.replace(
        base,
        basis="window",
        source=measured.title(ROLE),
        since=instant.text(measured.span.until_ms - slo.window_seconds * 1000),
        good=whole.good,
        bad=whole.bad,
        burn_rate=whole.burn_rate,
        left_ratio=left,
        windows=tuple(windows.values()),
        reason=None,
    )
    return _with_pace(found, measured.span.until_ms)


def _window(seconds: int, counted: Mapping[int, BudgetRow], target: float) -> BudgetWindow:
    """A window that the query has no row for held no request."""
    row = counted.get(seconds)
    good, bad = (row.good, row.bad) if row else (0, 0)
    return BudgetWindow(seconds=seconds, good=good, bad=bad, burn_rate=burn_rate(good, bad, target))


def _with_pace(budget: ErrorBudget, until_ms: int) -> ErrorBudget:
    """When the rest is used up at the pace of the second rule: an hour is noise, three days are history."""
    pace = next(one for one in budget.windows if one.seconds == budget.rules[1].long_seconds)
    left, rate = budget.left_ratio, pace.burn_rate
    if left is None or rate is None:
        return budget
    budget = structs.replace(budget, pace_seconds=pace.seconds)
    if left <= 0 or rate <= 1:
        return budget
    seconds = left * budget.window_seconds / rate
    return structs.replace(budget, exhausted_at=instant.text(until_ms + round(seconds * 1000)))


def _lifetime(base: ErrorBudget, traffic: Traffic | None) -> ErrorBudget:
    """Failures of the server's side over all others but the clients' own, since the process started."""
    total = traffic.total if traffic and traffic.basis == "lifetime" else None
    if traffic is None or total is None or total.server_errors is None or total.error_base is None:
        return base
    bad, good = total.server_errors, total.error_base - (total.client_errors or 0) - total.server_errors
    rate = burn_rate(good, bad, base.target_ratio)
    return structs.replace(
        base, basis="lifetime", source=traffic.source, since=traffic.since, good=good, bad=bad, burn_rate=rate
    )


def _why_not(measured: Measured) -> str:
    """Why no rows were counted; the first reason that is true."""
    failed = next((one.reason for one in measured.failed if one.name == ROLE), None)
    if failed:
        return say("the query for it failed: {reason}", reason=say(failed))
    if measured.gateway is None:
        return say("the gateway is not known")
    if not any(query.name == ROLE for query in gateways.queries(measured.gateway)):
        return say(
            "{gateway} has no query that counts failed requests in rows, so no window can be counted",
            gateway=measured.gateway.name,
        )
    return say("the database was not read")
