"""How requests end: ten outcomes, whose side each is on, and their counts per subject, and the budget of errors.

A request is what a client sent; an attempt is one call to an upstream. Each ends in one outcome. A request of which
the source cannot tell how it ended is *unobserved*: it has no outcome and stands outside every ratio.
"""

from collections.abc import Mapping
from operator import attrgetter
from typing import Literal, Self, get_args

from msgspec import Struct

Outcome = Literal[
    "success",
    "client-error",
    "limited",
    "canceled",
    "rate-limited",
    "upstream-refused",
    "timeout",
    "server-error",
    "error",
    "unknown",
]
Side = Literal["success", "client", "service", "unattributed"]
Dimension = Literal["provider", "instance", "model", "api-key", "target"]
Counted = Literal["requests", "attempts"]
Exactness = Literal["exact", "about"]
"""Whether figures were counted, or are what a server estimates, which is a few percent off."""

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
#: What a client asks for and with what: a fallback may have answered for it where only attempts are counted.
OF_REQUESTS: frozenset[str] = frozenset({"model", "api-key"})
#: Distinct subjects of a dimension that are told apart; those beyond are one.
MAX_SUBJECTS = 1000
OTHER = "(other)"

#: Whose fault an outcome is. Of an `error` the gateway does not tell; `unknown` fits no rule of the definition.
SIDES: dict[Outcome, Side] = {
    "success": "success",
    "client-error": "client",
    "limited": "client",
    "canceled": "client",
    "rate-limited": "service",
    "upstream-refused": "service",
    "timeout": "service",
    "server-error": "service",
    "error": "unattributed",
    "unknown": "unattributed",
}
#: What gets the fields of `OutcomeCounts` on each side of failures: checks add them up thousands of times.
_FIELDS = {
    side: attrgetter(*(outcome.replace("-", "_") for outcome in OUTCOMES if SIDES[outcome] == side))
    for side in dict.fromkeys(SIDES.values())
}


class ErrorRatio(Struct, frozen=True, kw_only=True):
    """Failures of the service over the base; `high` counts those of unknown side as well."""

    low: float
    high: float


class OutcomeCounts(Struct, frozen=True, kw_only=True):
    """Requests by outcome. The base of every ratio is what was observed, less the client's side."""

    success: int = 0
    client_error: int = 0
    limited: int = 0
    canceled: int = 0
    rate_limited: int = 0
    upstream_refused: int = 0
    timeout: int = 0
    server_error: int = 0
    error: int = 0
    unknown: int = 0

    @classmethod
    def of(cls, counts: Mapping[str, float]) -> Self:
        """From counts by outcome, each rounded; other keys are left out."""
        return cls(**{name.replace("-", "_"): max(0, round(counts.get(name, 0))) for name in OUTCOMES})

    @property
    def recorded(self) -> dict[Outcome, int]:
        """Outcome -> requests, of those that any had."""
        return {name: n for name in OUTCOMES if (n := getattr(self, name.replace("-", "_")))}

    def side(self, side: Side) -> int:
        """How many ended on one side."""
        return self.success if side == "success" else sum(_FIELDS[side](self))

    @property
    def service(self) -> int:
        """Failures of the service."""
        return self.side("service")

    @property
    def client(self) -> int:
        """Failures of the client's making."""
        return self.side("client")

    @property
    def failed(self) -> int:
        """Requests that did not succeed, whosever fault it was."""
        return self.observed - self.success

    @property
    def unattributed(self) -> int:
        """Failures of which nobody knows whose fault they were."""
        return self.side("unattributed")

    @property
    def base(self) -> int:
        """Requests that a ratio of failures is of."""
        return self.success + self.service + self.unattributed

    @property
    def observed(self) -> int:
        """Requests whose outcome is known, the client's included."""
        return self.base + self.client

    @property
    def error_ratio(self) -> ErrorRatio | None:
        """The interval that holds the ratio of failures of the service; None without a request that could be one."""
        if not self.base:
            return None
        return ErrorRatio(low=self.service / self.base, high=(self.service + self.unattributed) / self.base)

    def plus(self, other: "OutcomeCounts") -> "OutcomeCounts":
        """These and others."""
        return OutcomeCounts(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})

    def less(self, other: "OutcomeCounts") -> "OutcomeCounts":
        """These without those of a part; never below 0."""
        return OutcomeCounts(
            **{name: max(0, getattr(self, name) - getattr(other, name)) for name in self.__struct_fields__}
        )


class Run(Struct, frozen=True, array_like=True):
    """Requests in a row that ended on the same side, the client's left out; times are of the first and the last.

    In the document it is a list of the four, because a busy gateway has thousands of them.
    """

    side: Side
    count: int
    since: str
    until: str


class SubjectOutcomes(Struct, frozen=True, kw_only=True):
    """Outcomes of one subject; of the total it is empty.

    `runs` are its requests in the order of time, where the source resolves time; `untimed` failures are not in them.
    `last_unobserved` is when the newest request began that may have succeeded without a trace.
    `counted` "attempts": only calls to an upstream are counted, so that a fallback may have answered.
    """

    subject: dict[str, str]
    outcomes: OutcomeCounts
    unobserved: int = 0
    counted: Counted = "requests"
    untimed: int = 0
    runs: tuple[Run, ...] = ()
    last_unobserved: str | None = None
    exactness: Exactness = "exact"


def subject_key(subject: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """A subject as the key of a mapping; that of the total is empty."""
    return frozenset(subject.items())


class OutcomeCell(Struct, frozen=True, kw_only=True):
    """Outcomes of one combination of subjects: what is taken out of every sum above it when one of them is waived."""

    provider: str | None
    instance: str | None
    model: str | None
    api_key: str | None
    outcomes: OutcomeCounts
    target: str | None = None


class Outcomes(Struct, frozen=True, kw_only=True):
    """Outcomes of all subjects, the total first, over one window or lifetime.

    `evaluated` "no": lifetime totals that are shown and prove nothing about the window.
    """

    basis: Literal["window", "lifetime"]
    source: str
    subjects: tuple[SubjectOutcomes, ...]
    cells: tuple[OutcomeCell, ...] = ()
    since: str | None = None
    evaluated: Literal["yes", "no"] = "yes"
    successes_only: Literal["yes", "no"] = "no"

    def total(self) -> SubjectOutcomes:
        """The sum of all subjects."""
        return self.subjects[0]

    def of(self, subject: Mapping[str, str]) -> SubjectOutcomes | None:
        """Outcomes of one subject, or None."""
        wanted = dict(subject)
        return next((one for one in self.subjects if one.subject == wanted), None)


class BudgetWindow(Struct, frozen=True, kw_only=True):
    """Outcomes in the last `seconds`; a `burn_rate` of 1 uses up the budget exactly at the end of the SLO's window.

    `counted_seconds` is the time that they are really of, where runs of a history do not cover the window, or were
    farther apart than it.
    """

    seconds: float
    good: int
    bad: int
    burn_rate: float | None
    counted_seconds: float | None = None

    def covered(self, most_seconds: float) -> bool:
        """Whether they are of nearly the whole window, and of no more time than that."""
        counted = self.seconds if self.counted_seconds is None else self.counted_seconds
        return NEARLY_ALL * self.seconds <= counted <= most_seconds


#: Of a window: a run is late, and of a restart the end of the process is not known.
NEARLY_ALL = 0.9


class BurnRule(Struct, frozen=True, kw_only=True):
    """Fires when both windows burn faster than `burn_rate`: the long one proves it, the short one that it continues."""

    burn_rate: float
    long_seconds: float
    short_seconds: float


class ErrorBudget(Struct, frozen=True, kw_only=True):
    """The budget of one SLO.

    `basis` "window": counted from rows over the SLO's window, with the windows of every rule. "lifetime":
    only the scrape's totals since `since` are known, `windows` is empty and `reason` says why; no
    rule can be evaluated by that. `counted_seconds` is the time that was counted where that is not nearly all of the
    window, and then nobody knows what is left. `left_ratio` is negative once more than the budget is used.
    `exhausted_at` is when it is used up at the pace of the last `pace_seconds`; None if that pace never does.
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
    counted_seconds: float | None = None
