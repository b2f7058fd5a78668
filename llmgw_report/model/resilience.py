"""What a gateway does about failures and load: retries, fallbacks, cooldowns, its cache, rejections, limits, queues."""

from typing import Literal

from msgspec import Struct, field

from llmgw_report.model.outcomes import Outcome
from llmgw_report.model.quantities import BUDGETS, PER_MINUTE


class FallbackRow(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Requests for one model that were sent to another; `outcome` is how that ended. None: not recorded."""

    from_: str | None
    to: str | None
    outcome: Outcome | None = None
    count: int


class CooldownRow(Struct, frozen=True, kw_only=True):
    """Times that an instance was taken out of use for a while; None where the gateway does not name it."""

    provider: str | None
    instance: str | None
    count: int


class CacheLookups(Struct, frozen=True, kw_only=True):
    """Lookups in the gateway's own cache; None where they are not counted."""

    hits: int | None = None
    misses: int | None = None


class RejectionRow(Struct, frozen=True, kw_only=True):
    """Requests that the gateway itself rejected; `reason` is its own word, None where it does not say.

    `quantity` is "auth-failures" or "policy-rejections".
    """

    quantity: str
    reason: str | None
    count: int


class LimitRow(Struct, frozen=True, kw_only=True):
    """A limit or a budget of an API key, a team, a provider, an instance or a model, at the moment of the scrape.

    `kind` is what is limited, such as "money" (USD) or "requests per minute". A figure that is not recorded is computed
    from the other two, and None where that cannot be; `used_ratio` is of the maximum. `window` is the time that it
    holds for, such as "1m", None where the gateway does not say.
    """

    scope: str
    name: str
    kind: str
    used: float | None
    remaining: float | None
    maximum: float | None
    used_ratio: float | None
    resets_in_seconds: float | None = None
    window: str | None = None

    @property
    def is_budget(self) -> bool:
        """Whether it is used up; a rate is whole again a minute later."""
        return self.kind in BUDGETS

    @classmethod
    def window_of(cls, kind: str) -> str | None:
        """The window that the kind itself names."""
        return "1m" if kind.endswith(PER_MINUTE) else None


class Resilience(Struct, frozen=True, kw_only=True):
    """Totals of the whole gateway; what of them is known by group stands in the rows of the traffic too.

    Counters are of the window where a source counts them there, else of the scrape's lifetime; `basis` says which.
    `in_flight`, `queued` and `limits` are as of the scrape.
    """

    retries: int | None = None
    fallbacks: tuple[FallbackRow, ...] = ()
    cooldowns: tuple[CooldownRow, ...] = ()
    cache: CacheLookups = CacheLookups()
    rejections: tuple[RejectionRow, ...] = ()
    limits: tuple[LimitRow, ...] = ()
    in_flight: int | None = None
    queued: int | None = None
    basis: dict[str, Literal["lifetime", "window"]] = field(default_factory=dict)

    @property
    def cooldown_count(self) -> int | None:
        """Of all instances; None where the gateway does not count them."""
        return sum(row.count for row in self.cooldowns) if self.cooldowns else None
