"""One canonical quantity: the vendor has *metrics*, we have *indicators*."""

from typing import Literal

from msgspec import Struct

Quantity = Literal["requests", "attempts", "tokens", "latency", "health", "sessions", "build-info", "process-start"]
"""
requests       requests that clients made, counted once each                      {request}
attempts       requests that reached an instance; a retry counts again            {request}
tokens         gen_ai.client.token.usage in OpenTelemetry's words                 {token}
latency        gen_ai.server.request.duration                                     s
health         ok | degraded | down of one instance
sessions       sessions that a gateway keeps open                                 {session}
build-info     1, with the version as a label
process-start  when the process began, Unix time                                  s
"""

Role = Literal["provider", "instance", "model", "api-key", "status", "token-type", "version"]

StatusClass = Literal["success", "client-error", "server-error", "unclassified"]


class Buckets(Struct, frozen=True, kw_only=True):
    """A cumulative histogram: `bounds` ascending and ending in infinity, `counts` beside them."""

    bounds: tuple[float, ...]
    counts: tuple[float, ...]


class Indicator(Struct, frozen=True, kw_only=True):
    """One quantity for one set of roles, in base units, lifetime total of the process unless it is a state.

    For latency `value` is the sum of seconds, `count` the number observed, `buckets` or `quantiles`
    the distribution, and `broken_buckets` says that there are buckets and no distribution; `population`
    says which requests are in it at all. `family` is where it came from.
    """

    quantity: Quantity
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
    state: str | None = None
