"""Rows of limits and budgets, and of models that others stood in for."""

from msgspec import Struct

from llmgw_report.model.outcomes import Outcome


class FallbackRow(Struct, frozen=True, kw_only=True):
    """Requests for one model that were sent to another; `outcome` is how that ended, where that is recorded."""

    model: str
    fallback_model: str
    outcome: Outcome | None
    count: int


class LimitRow(Struct, frozen=True, kw_only=True):
    """A limit or a budget of an API key, a team, a provider, an instance or a model, at the moment of the scrape.

    `of` is what is limited: "requests", "tokens" or "money" (USD). A figure that is not recorded is computed from the
    other two, and None where that cannot be; `used_ratio` is of the maximum.
    """

    scope: str
    name: str
    of: str
    used: float | None
    remaining: float | None
    maximum: float | None
    used_ratio: float | None
    resets_in_seconds: float | None = None
