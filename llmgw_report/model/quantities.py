"""The vocabulary: every quantity that a gateway's definition may map, and the percentiles of those that are durations.

An entry in `QUANTITIES` is all that a new quantity needs. `gateway.toml` may then map it, normalisation reads it
by its kind, and unless a section reads it by its name it becomes a field of every traffic row: in the JSON
document, in `traffic.sql`, in the paths of `[[expect]]`, and in the tables of the report once a gateway fills it.
"""

from collections.abc import Callable, Mapping, Sequence
from math import ceil, inf, log, nan
from types import FunctionType
from typing import Literal, TypeVar, cast

import msgspec
from msgspec import NODEFAULT, Struct, structs

from llmgw_report.messages import msg
from llmgw_report.model.indicator import Role
from llmgw_report.model.scrape import COUNT_LIMIT

Kind = Literal["counter", "gauge", "distribution", "state", "info"]
AddsUp = Literal["sum", "max", "per-target", "never"]

REQUEST_ROLES: tuple[Role, ...] = ("provider", "instance", "model", "api-key", "status")
#: Whom a limit is set for: the role that `scope` names, else the first of these that a series has.
LIMIT_SCOPES: tuple[Role, ...] = ("api-key", "team", "instance", "provider", "model")
#: Of the readings of several workers the tightest counts.
LIMIT_ROLES: tuple[Role, ...] = (*LIMIT_SCOPES, "scope", "of", "worker")
#: What may be limited. Of the first three a budget is used up; a rate is whole again a minute later.
BUDGETS = ("money", "requests", "tokens")
PER_MINUTE = " per minute"
LIMITED = (*BUDGETS, f"requests{PER_MINUTE}", f"tokens{PER_MINUTE}", "upstream requests", "upstream tokens")

#: What a field's name ends with, by the unit of its figure. A count of something has no suffix.
SUFFIXES = {"s": "_seconds", "USD": "_usd", "By": "_bytes", "1": "_ratio"}


#: No request takes a year.
LONGEST_SECONDS = 366 * 86400.0
NO_COUNT = "a count that is negative, infinite or 2^63 and more"
_NO_DURATION = "a duration that is negative or longer than a year"
#: Unix times of 2001 and of 2100. In milliseconds, microseconds and nanoseconds today is far behind the last.
_FIRST_START, _LAST_START = 1e9, 4.1e9


class Quantity(Struct, frozen=True, kw_only=True):
    """One quantity in its base unit (UCUM; in braces what is counted).

    `meaning` is its line in the documentation. The report calls it `title` in a heading and `text` in a sentence,
    which are its name unless given. Sections read it by its name (`by_name`), or it is a field of the traffic rows.
    `roles` are the labels that it may carry, and `always` those of them that are kept whatever the report groups by
    (None: all). `adds_up` says what several series make together:

    sum         their sum; of a distribution that is its buckets, never its quantiles
    max         the largest of them
    per-target  the sum of those of one target; targets are never added. A report reads one target, so this is its sum
    never       nothing: the figure is absent where series differ

    Of a state the worst counts, whatever it says.
    A sample below `low`, or from `high` on (by default a year for seconds, 2^63 for others), is left out as
    `implausible`; a quantity for which infinity means something says so with these two.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    title: str = ""
    text: str = ""
    adds_up: AddsUp = "sum"
    roles: tuple[Role, ...] = REQUEST_ROLES
    always: tuple[Role, ...] | None = ()
    by_name: bool = False
    low: float = 0
    high: float | None = None
    implausible: str = ""

    def __post_init__(self) -> None:
        """Makes the missing words out of the name; ValueError for a quantity that the report would show nowhere."""
        if not self.by_name and (self.kind in {"state", "info"} or (self.kind == "distribution" and self.unit != "s")):
            message = (
                f"quantity {self.name}: no traffic row has a {self.kind} of unit {self.unit!r}: "
                'make it a counter, a gauge or a distribution with unit="s", or read it in a section and set by_name'
            )
            raise ValueError(message)
        words = self.name.replace("-", " ")
        structs.force_setattr(self, "title", self.title or msg(words[:1].upper() + words[1:]))
        structs.force_setattr(self, "text", self.text or msg(words))
        impossible = self.implausible or (_NO_DURATION if self.unit == "s" else NO_COUNT)
        structs.force_setattr(self, "implausible", impossible)

    @property
    def plausible(self) -> tuple[float, float]:
        """The lowest value in base units that can be right, and the one that no value reaches."""
        if self.kind in {"state", "info"}:
            return -inf, inf
        return self.low, self.high or (LONGEST_SECONDS if self.unit == "s" else COUNT_LIMIT)

    def together(self, values: Sequence[float]) -> float:
        """What several series of one target make together; NaN where they make no figure."""
        if self.adds_up == "max":
            return max(values)
        if self.adds_up == "never":
            return values[0] if len(set(values)) == 1 else nan
        return sum(values)

    @property
    def is_duration(self) -> bool:
        """Whether it is a latency family: a distribution of seconds."""
        return self.kind == "distribution" and self.unit == "s"

    @property
    def field(self) -> str:
        """Its key in a traffic row; the fields of a distribution name their unit themselves."""
        suffix = "" if self.kind == "distribution" else SUFFIXES.get(self.unit, "")
        return self.name.replace("-", "_").removesuffix(suffix) + suffix


def _limit(name: str, unit: str, meaning: str) -> Quantity:
    """One figure of a limit; of what is the role `of`, one of `LIMITED`.

    Infinite, or 2^63 and more, is how gateways write "no limit", NaN "not known"; what remains of one that was
    exceeded is negative.
    """
    return Quantity(
        name=name,
        kind="gauge",
        unit=unit,
        meaning=meaning,
        adds_up="max" if name == "limit-used" else "never",
        roles=LIMIT_ROLES,
        always=None,
        by_name=True,
        low=-inf,
        high=inf,
    )


_LIMITS = (
    ("limit-used", "", "how much of a limit or a budget is used; no series, NaN: not known"),
    ("limit-remaining", "", "how much of it is left; infinite: there is no limit"),
    ("limit-maximum", "", "the limit itself; infinite: there is none"),
    ("limit-reset", "s", "in how long it starts again from nothing used"),
)


def _rejections(name: str, meaning: str) -> Quantity:
    """Requests that the gateway itself rejected; why is the role `reason`."""
    return Quantity(
        name=name,
        kind="counter",
        unit="{request}",
        meaning=meaning,
        roles=(*REQUEST_ROLES, "reason"),
        always=("reason",),
    )


_REJECTIONS = (
    ("auth-failures", "requests that the gateway itself rejected because of their key, or for want of one"),
    ("policy-rejections", "requests that a limit, a budget, a guardrail or an access rule of the gateway rejected"),
)
#: What the gateway itself rejected.
REJECTIONS = tuple(name for name, _ in _REJECTIONS)

QUANTITIES: dict[str, Quantity] = {
    one.name: one
    for one in (
        Quantity(
            name="requests",
            kind="counter",
            unit="{request}",
            meaning="requests that clients made, counted once each",
            always=None,  # each dimension is evaluated, whatever the report groups by
            by_name=True,
        ),
        Quantity(
            name="attempts",
            kind="counter",
            unit="{request}",
            meaning="requests that reached an instance; a retry counts again",
            always=None,
            by_name=True,
        ),
        Quantity(
            name="tokens",
            kind="counter",
            unit="{token}",
            meaning="gen_ai.client.token.usage in OpenTelemetry's words",
            roles=(*REQUEST_ROLES, "token-type"),
            always=("model", "token-type"),  # by model whatever the groups are: for token efficiency
            by_name=True,
        ),
        Quantity(
            name="latency",
            kind="distribution",
            unit="s",
            meaning="gen_ai.server.request.duration",
            title=msg("Latency"),
            text=msg("latency"),
            by_name=True,
        ),
        Quantity(
            name="time-to-first-token",
            kind="distribution",
            unit="s",
            meaning="gen_ai.server.time_to_first_token: from the request to the first token of a stream",
        ),
        Quantity(
            name="time-per-output-token",
            kind="distribution",
            unit="s",
            meaning="gen_ai.server.time_per_output_token: between two tokens, after the first",
        ),
        Quantity(
            name="queue-time",
            kind="distribution",
            unit="s",
            meaning="how long a request waited before the gateway began with it",
        ),
        Quantity(
            name="overhead",
            kind="distribution",
            unit="s",
            meaning="latency that the gateway adds to that of the upstream",
        ),
        Quantity(
            name="cost",
            kind="counter",
            unit="USD",
            meaning="what the upstreams charge, by the gateway's price list; absent, not 0, without a price",
        ),
        Quantity(
            name="retries",
            kind="counter",
            unit="{retry}",
            meaning="attempts at the same deployment or model beyond the first of a request",
        ),
        Quantity(
            name="fallbacks",
            kind="counter",
            unit="{fallback}",
            meaning="requests that were sent to another model because theirs had failed",
            roles=(*REQUEST_ROLES, "fallback-model"),
            always=("model", "fallback-model"),
        ),
        Quantity(
            name="cooldowns",
            kind="counter",
            unit="{cooldown}",
            meaning="times that an instance was taken out of use for a while after failures",
            always=("provider", "instance"),
            by_name=True,
        ),
        Quantity(
            name="cache-hits",
            kind="counter",
            unit="{request}",
            meaning="requests that the gateway answered from its own cache",
        ),
        Quantity(
            name="cache-misses",
            kind="counter",
            unit="{request}",
            meaning="requests that the gateway looked up in its own cache and did not find",
        ),
        *(_rejections(*words) for words in _REJECTIONS),
        Quantity(
            name="in-flight",
            kind="gauge",
            unit="{request}",
            meaning="requests that have begun and not ended",
            adds_up="per-target",
            by_name=True,
        ),
        Quantity(
            name="queued",
            kind="gauge",
            unit="{request}",
            meaning="requests that wait for an upstream or a place",
            adds_up="per-target",
            by_name=True,
        ),
        *(_limit(*words) for words in _LIMITS),
        Quantity(
            name="health",
            kind="state",
            meaning="ok | degraded | down of one instance",
            adds_up="per-target",
            always=None,
            by_name=True,
        ),
        Quantity(
            name="sessions",
            kind="gauge",
            unit="{session}",
            meaning="sessions that a gateway keeps open",
            always=None,
            by_name=True,
        ),
        Quantity(
            name="build-info",
            kind="info",
            meaning="1, with the version as a label",
            adds_up="never",
            roles=("version",),
            always=None,
            by_name=True,
        ),
        Quantity(
            name="process-start",
            kind="gauge",
            unit="s",
            meaning="when the process began, Unix time",
            low=_FIRST_START,
            high=_LAST_START,
            implausible="a start of the process that is no Unix time in seconds",
            adds_up="never",
            always=None,
            by_name=True,
        ),
    )
}

#: Latency families, in the order of the report.
DURATIONS: tuple[Quantity, ...] = tuple(one for one in QUANTITIES.values() if one.is_duration)
#: Those that only some gateways record.
OTHER_DURATIONS: tuple[Quantity, ...] = tuple(one for one in DURATIONS if not one.by_name)
#: Counters and gauges that a traffic row holds under their own names.
ROW_FIGURES: tuple[Quantity, ...] = tuple(
    one for one in QUANTITIES.values() if one.kind in {"counter", "gauge"} and not one.by_name
)


class TokenType(Struct, frozen=True, kw_only=True):
    """One value of the role `token-type`: a key of `tokens` in every traffic row, and a column of queries and CSV."""

    name: str
    title: str
    text: str

    @property
    def key(self) -> str:
        """Its key in `tokens` of a traffic row."""
        return self.name.replace("-", "_")

    @property
    def column(self) -> str:
        """Its column in queries and in CSV, which have no nested tables."""
        return f"{self.key}_tokens"


TOKEN_TYPES: dict[str, TokenType] = {
    one.name: one
    for one in (
        TokenType(name="input", title=msg("Input tokens"), text=msg("input tokens")),
        TokenType(name="output", title=msg("Output tokens"), text=msg("output tokens")),
        TokenType(name="cached-read", title=msg("Cached tokens"), text=msg("cached tokens")),
        TokenType(name="cached-write", title=msg("Tokens to cache"), text=msg("tokens written to a cache")),
        TokenType(name="reasoning", title=msg("Reasoning tokens"), text=msg("reasoning tokens")),
    )
}
#: Those that only some gateways tell apart; every one counts input and output.
OTHER_TOKENS: tuple[TokenType, ...] = tuple(one for one in TOKEN_TYPES.values() if one.name not in {"input", "output"})

CONFIDENCE = 0.95


class Percentile(Struct, frozen=True, kw_only=True):
    """One percentile that the report holds; `interval`: with its 95 % interval where single durations are known."""

    name: str
    ratio: float
    interval: bool = False

    @property
    def fewest(self) -> int:
        """Fewest observations for it: below, even the largest of them need not reach it in 95 of 100 samples."""
        return ceil(log(1 - CONFIDENCE) / log(self.ratio))

    @property
    def quantile(self) -> str:
        """Its ratio as the `quantile` label of a summary writes it."""
        return f"{self.ratio:g}"


PERCENTILES: dict[str, Percentile] = {
    one.name: one
    for one in (
        Percentile(name="p50", ratio=0.5),
        Percentile(name="p90", ratio=0.9),
        Percentile(name="p99", ratio=0.99, interval=True),
    )
}

#: Fields of a distribution that hold the ends of intervals.
INTERVAL_FIELDS = tuple(
    f"{one.name}_{end}_seconds" for one in PERCENTILES.values() if one.interval for end in ("low", "high")
)

Model = TypeVar("Model", bound=Struct)


def with_fields(optional: Mapping[str, Mapping[str, object]]) -> Callable[[type[Model]], type[Model]]:
    """Decorates a struct with fields out of tables: name -> type, each None by default, by the field before them.

    Those behind "" are the first. msgspec puts the fields of a subclass behind those of its base, and the document has
    an order of its own, so the class is made again with all its fields, which takes as long as ten others; what it
    defines itself is what type checkers know of it.
    """

    def made_again(model: type[Model]) -> type[Model]:
        known = structs.fields(model)
        fields = _added(optional, "")
        for one in known:
            fields += [(one.name, one.type, _default(one)), *_added(optional, one.name)]
        methods = {
            name: value
            for name, value in vars(model).items()
            if isinstance(value, (FunctionType, classmethod, property))
        }
        again = msgspec.defstruct(
            model.__name__,
            fields,
            module=model.__module__,
            namespace={**methods, "__doc__": model.__doc__},
            frozen=True,
            kw_only=True,
            omit_defaults=model.__struct_config__.omit_defaults,
            rename={one.name: one.encode_name for one in known},
        )
        return cast("type[Model]", again)

    return made_again


def _added(optional: Mapping[str, Mapping[str, object]], after: str) -> list[tuple[str, type, object]]:
    added = optional.get(after, {})
    return [(name, cast("type", kind), msgspec.field(default=None)) for name, kind in added.items()]


def _default(field: structs.FieldInfo) -> object:
    if field.default_factory is not NODEFAULT:
        return msgspec.field(default_factory=field.default_factory)
    return msgspec.field() if field.default is NODEFAULT else msgspec.field(default=field.default)
