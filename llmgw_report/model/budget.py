"""An error budget: how many failures an objective allows over its window, and how fast they are used up."""

from typing import Literal

from msgspec import Struct


class BudgetWindow(Struct, frozen=True, kw_only=True):
    """Outcomes in the last `seconds`. A `burn_rate` of 1 uses the budget up exactly at the end of the SLO's window."""

    seconds: float
    good: int
    bad: int
    burn_rate: float | None


class BurnRule(Struct, frozen=True, kw_only=True):
    """Fires when both windows burn faster than `burn_rate`: the long one proves it, the short one that it goes on."""

    burn_rate: float
    long_seconds: float
    short_seconds: float


class ErrorBudget(Struct, frozen=True, kw_only=True):
    """The budget of one SLO.

    `basis` "window": counted from rows over the SLO's window, with the windows of every rule. "lifetime":
    only the scrape's totals since `since` are known, `windows` is empty and `reason` says why; nothing
    can be judged by that. `left_ratio` is negative once more than the budget is used. `exhausted_at` is
    when it is used up at the pace of the last `pace_seconds`; None if that pace never does.
    """

    target_ratio: float
    window_seconds: float
    basis: Literal["window", "lifetime", "none"]
    source: str
    since: str | None = None
    good: int | None = None
    bad: int | None = None
    burn_rate: float | None = None
    left_ratio: float | None = None
    pace_seconds: float | None = None
    exhausted_at: str | None = None
    windows: tuple[BudgetWindow, ...] = ()
    rules: tuple[BurnRule, ...] = ()
    reason: str | None = None
