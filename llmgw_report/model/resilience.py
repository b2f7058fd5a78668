"""Rows of limits and budgets, of requests that the gateway rejected, and of models that others stood in for."""

from msgspec import Struct

from llmgw_report.model.outcomes import Outcome
from llmgw_report.model.quantities import BUDGETS


class FallbackRow(Struct, frozen=True, kw_only=True):
    """Requests for one model that were sent to another; `outcome` is how that ended, where that is known."""

    model: str
    fallback_model: str
    outcome: Outcome | None
    count: int


class RefusalRow(Struct, frozen=True, kw_only=True):
    """Requests that the gateway itself rejected; `reason` is its own word, None where it does not say.

    `quantity` is "auth-failures" or "policy-refusals".
    """

    quantity: str
    reason: str | None
    count: int


class LimitRow(Struct, frozen=True, kw_only=True):
    """A limit or a budget of an API key, a team, a provider, an instance or a model, at the moment of the scrape.

    `of` is what is limited, such as "money" (USD) or "requests per minute". A figure that is not recorded is computed
    from the other two, and None where that cannot be; `used_ratio` is of the maximum.
    """

    scope: str
    name: str
    of: str
    used: float | None
    remaining: float | None
    maximum: float | None
    used_ratio: float | None
    resets_in_seconds: float | None = None

    @property
    def is_budget(self) -> bool:
        """Whether it is used up; a rate is whole again a minute later."""
        return self.of in BUDGETS
