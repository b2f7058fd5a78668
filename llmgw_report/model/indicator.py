"""One canonical figure: the vendor has *metrics*, we have *indicators*."""

from typing import Literal

from msgspec import Struct

from llmgw_report.model.finding import Health

Role = Literal[
    "provider",
    "instance",
    "model",
    "api-key",
    "team",
    "status",
    "token-type",
    "fallback-model",
    "reason",
    "scope",
    "of",
    "worker",
    "version",
]
"""What a label of a metric means."""


class Buckets(Struct, frozen=True, kw_only=True):
    """A cumulative histogram: `bounds` ascending and ending in infinity, `counts` beside them."""

    bounds: tuple[float, ...]
    counts: tuple[float, ...]


class Indicator(Struct, frozen=True, kw_only=True):
    """One quantity, by its name in the vocabulary, for one set of roles, in base units.

    Counters and distributions are lifetime totals of the process. For a distribution `value` is the sum, `count`
    the number observed, `buckets` or `quantiles` the distribution, and `broken_buckets` says that there are buckets
    and no distribution; `population` says which requests are in it at all. `family` is where it came from. `states`
    are what the series of a state read, more than one where they disagree, and `recovery` is how "down" ends. One that
    is `shared` moves requests of its subjects together from one outcome to another, whichever of them they belong to.
    `steps` are what was counted in each step of a window, between the `times_ms`, where that is known.
    """

    quantity: str
    family: str
    value: float
    roles: dict[str, str]
    target: str = ""
    series: int = 1
    count: float | None = None
    buckets: Buckets | None = None
    quantiles: dict[str, float] | None = None
    broken_buckets: bool = False
    population: str = "all requests"
    states: tuple[Health, ...] = ()
    recovery: str | None = None
    shared: bool = False
    steps: tuple[float, ...] = ()
    times_ms: tuple[int, ...] = ()
