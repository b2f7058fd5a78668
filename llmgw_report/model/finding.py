"""The result of one check for one subject, and the thresholds that decide it."""

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

Status = Literal["pass", "warn", "fail", "unknown", "skip", "info"]
"""Result of one check.

`unknown`: it applies and could not be evaluated. `skip`: it does not apply. `info`: a fact about the product, which
counts in no verdict.
"""

VerdictStatus = Literal["pass", "warn", "fail", "unknown"]
"""Result of the whole report."""

Health = Literal["ok", "degraded", "down", "unknown"]
"""State of an upstream instance as its gateway reports it."""

#: The worst first: a worker that passes its health checks is out of use while its circuit breaker is open.
HEALTH_WORST_FIRST: tuple[Health, ...] = ("down", "degraded", "unknown", "ok")

InputStatus = Literal["ok", "unavailable", "skipped"]

ExitProfile = Literal["standard", "nagios"]
"""What an exit code means. "standard": 0 pass, 1 fail, 3 unknown. "nagios": the states of a Nagios plug-in."""

NAGIOS_OK, NAGIOS_WARNING, NAGIOS_CRITICAL, NAGIOS_UNKNOWN = range(4)

#: Sorting the words themselves would put "warn" after "pass".
STATUS_WORST_FIRST: tuple[Status, ...] = ("fail", "warn", "unknown", "skip", "pass", "info")


def nagios(code: int) -> str:
    """The state that an exit code of a Nagios plug-in stands for."""
    return {NAGIOS_OK: "OK", NAGIOS_WARNING: "WARNING", NAGIOS_CRITICAL: "CRITICAL"}.get(code, "UNKNOWN")


#: Statuses that say that something is wrong.
BAD: frozenset[Status] = frozenset({"fail", "warn"})


def rank(status: Status) -> int:
    """Severity order: 0 is the worst."""
    return STATUS_WORST_FIRST.index(status)


OnEmpty = Literal["zero", "unknown", "fail"]
"""How no data is evaluated. "Nothing happened" and "nothing was counted" look alike, so the default is "unknown"."""


def matches(globs: Mapping[str, str], subject: Mapping[str, str]) -> bool:
    """Whether every glob matches the subject's value for its label; a label that the subject lacks matches nothing.

    A value also matches itself literally: names of models may contain brackets and stars.
    """
    from fnmatch import fnmatchcase  # only a configuration with globs pays for it

    return all(
        label in subject and (subject[label] == glob or fnmatchcase(subject[label], glob))
        for label, glob in globs.items()
    )


class Override(Struct, frozen=True, kw_only=True):
    """The thresholds of those subjects that match every glob of `subject`, label -> glob."""

    subject: dict[str, str]
    threshold: "Threshold"


class Threshold(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True, omit_defaults=True):
    """Thresholds of one check.

    `warn` and `fail` are in the check's unit (None: never). Below `min_n` samples nothing is evaluated. `severity` is
    the worst status that this check may reach; `required` makes the verdict UNKNOWN where it could not be evaluated.
    No threshold may exceed `highest`, which is 1 for a ratio. `worse` is the side of a threshold that
    the bad figures are on. Of several `overrides` that match, the last one counts.
    """

    warn: float | None = None
    fail: float | None = None
    min_n: int = 0
    severity: Literal["warn", "fail"] = "fail"
    required: bool = False
    on_empty: OnEmpty = "unknown"
    highest: float | None = None
    worse: Literal["above", "below"] = "above"
    overrides: tuple[Override, ...] = ()

    def of(self, subject: Mapping[str, str]) -> "Threshold":
        """The threshold of one subject."""
        found = (one.threshold for one in reversed(self.overrides) if matches(one.subject, subject))
        return next(found, self)


Operator = Literal["above", "below", "not"]

Category = Literal["sources", "availability", "latency", "logs", "consistency", "regression", "tests", "gate"]
"""What a check is about; formats that have suites make one of each."""

Unit = Literal["ratio", "seconds", "count", "factor", "none"]
"""What a check's thresholds are in; "factor": a burn rate, "none": it has no threshold."""

Reads = tuple[str, ...]
"""What a check cannot do without: quantities of the scrape, and queries by their file, such as `traffic.sql`."""

KeyFigure = Literal["errors", "latency", "instances", "slow"]
"""A figure in the head of the report that takes the colour of one check's result."""

State = Literal["fail", "warn", "unknown", "skip", "pass", "info", "waived"]
"""A finding's status, or that it is waived and does not count."""


class Waived(Struct, frozen=True, kw_only=True):
    """Why a finding does not count, up to and including which date, and who owns the decision."""

    reason: str
    expires: str
    owner: str | None = None


Onset = Literal["known", "before", "first"]


class Finding(Struct, frozen=True, kw_only=True):
    """The status of one subject, with everything needed to check it.

    `seen` holds the figures, `why` the consequence, `do` one action. `observed`, `operator`, `threshold`, `unit` and
    `n` are what was compared; `reason` is why nothing could be (unknown, skip). `fingerprint` is the same tomorrow
    for the same problem: it contains no value and no time. `since` is when the problem began and `until` when it
    ended, None while it goes on. With `onset` "before" the sources go back to `since` and it began earlier; with
    "first" it is the first failure that they hold, and whether it began earlier is not known. A `waived` finding
    keeps its status and does not count. `evidence` is the query, the series or the PromQL that shows the figure
    again, ready to paste. `required` "yes": the verdict is UNKNOWN where it could not be evaluated. `derived_from` is
    the fingerprint of the finding that explains this one. `key_figure`: the figure of the head it colours.
    """

    check: str
    subject: dict[str, str]
    status: Status
    title: str
    seen: str
    why: str
    do: str
    since: str | None = None
    until: str | None = None
    onset: Onset = "known"
    observed: float | None = None
    operator: Operator | None = None
    threshold: float | None = None
    unit: str | None = None
    n: int | None = None
    reason: str | None = None
    fingerprint: str = ""
    evidence: str | None = None
    required: Literal["yes", "no"] = "no"
    category: Category = "gate"
    waived: Waived | None = None
    derived_from: str | None = None
    key_figure: KeyFigure | None = None

    @property
    def would_count(self) -> bool:
        """Whether it counts against the gateway unless it is waived: it is bad, or required and unknown."""
        return self.status in BAD or (self.status == "unknown" and self.required == "yes")

    @property
    def harm(self) -> float:
        """How many requests it is about: of a ratio those that count for it, else all."""
        n = self.n or 0
        return n * (self.observed or 0.0) if self.unit == "ratio" and self.operator == "above" else n


def status_by_check(findings: Iterable[Finding]) -> dict[str, Status]:
    """The worst status of each check, waived findings apart: what reports count."""
    found: dict[str, Status] = {}
    for one in findings:
        if one.waived is None:
            found[one.check] = min(one.status, found.get(one.check, one.status), key=rank)
    return found
