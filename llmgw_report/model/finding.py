"""What one check says about one subject."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

Status = Literal["pass", "warn", "fail", "unknown", "skip"]
"""What one check says. `unknown`: should have been judged and could not be. `skip`: does not apply."""

Verdict = Literal["pass", "warn", "fail", "unknown"]
"""What the whole report says."""

Health = Literal["ok", "degraded", "down", "unknown"]
"""What a gateway says of one of its instances."""

InputStatus = Literal["ok", "unavailable", "skipped"]

ExitProfile = Literal["standard", "nagios"]
"""What an exit code means. "standard": 0 pass, 1 fail, 3 unknown. "nagios": the states of a Nagios plug-in."""

NAGIOS_OK, NAGIOS_WARNING, NAGIOS_CRITICAL, NAGIOS_UNKNOWN = range(4)

#: Worst first. Letters would sort "fail" before "pass" by accident and "warn" after both.
WORST_FIRST: tuple[Status, ...] = ("fail", "warn", "unknown", "skip", "pass")


#: Worst first: of several series for one instance the worst is true.
WORST: tuple[Health, ...] = ("down", "degraded", "unknown", "ok")


def nagios(code: int) -> str:
    """The word for an exit code of a Nagios plug-in."""
    return {NAGIOS_OK: "OK", NAGIOS_WARNING: "WARNING", NAGIOS_CRITICAL: "CRITICAL"}.get(code, "UNKNOWN")


def rank(status: Status) -> int:
    """Position of `status` among all, 0 the worst."""
    return WORST_FIRST.index(status)


OnEmpty = Literal["zero", "unknown", "fail"]
"""No data at all: judge as 0, say so, or fail. Both "nothing happened" and "nobody counted" look like this."""


def matches(globs: Mapping[str, str], subject: Mapping[str, str]) -> bool:
    """Whether every glob fits the subject's value of its role; a role that the subject lacks fits nothing.

    A value fits itself, also where it holds the brackets and stars that a glob reads otherwise.
    """
    from fnmatch import fnmatchcase  # only a configuration with globs pays for it

    return all(
        role in subject and (subject[role] == glob or fnmatchcase(subject[role], glob)) for role, glob in globs.items()
    )


class Override(Struct, frozen=True, kw_only=True):
    """The whole bounds of the subjects that fit every glob of `subject`, role -> glob."""

    subject: dict[str, str]
    bounds: "Threshold"


class Threshold(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True, omit_defaults=True):
    """Bounds of one check.

    `warn` and `fail` are in the check's unit (None: never); `min_n` the fewest samples that are judged;
    `severity` the worst status this check may reach; `required` turns "could not judge" into exit 3.
    no bound is above `highest`, which is 1 for a share. `overrides` are the bounds of some subjects, the later one
    over the earlier.
    """

    warn: float | None = None
    fail: float | None = None
    min_n: int = 0
    severity: Literal["warn", "fail"] = "fail"
    required: bool = False
    on_empty: OnEmpty = "unknown"
    highest: float | None = None
    overrides: tuple[Override, ...] = ()

    def of(self, subject: Mapping[str, str]) -> "Threshold":
        """The bounds that count for one subject."""
        found = (one.bounds for one in reversed(self.overrides) if matches(one.subject, subject))
        return next(found, self)


Operator = Literal["above", "below", "not"]

Category = Literal["sources", "availability", "latency", "logs", "witnesses", "regression", "tests", "gate"]
"""What a check is about; a suite of its own where a format has suites."""

Unit = Literal["ratio", "seconds", "count", "factor", "none"]
"""What a check's thresholds are in; "factor": a multiple, "none": it has no threshold."""

FedBy = tuple[str, ...]
"""What a check's figures come from: quantities of the scrape, and queries by their file, such as `traffic.sql`."""


State = Literal["fail", "warn", "unknown", "skip", "pass", "waived"]
"""How a finding counts: its status, or that it is waived."""


class Waived(Struct, frozen=True, kw_only=True):
    """Why a finding does not count, until when (a date, the day included), and who answers for it."""

    reason: str
    expires: str
    owner: str | None = None


class Finding(Struct, frozen=True, kw_only=True):
    """A verdict with everything needed to argue with it.

    `seen` gives the figures, `why` the consequence, `do` one action. `observed`, `operator`, `limit`,
    `unit` and `n` are what was compared; `reason` says why nothing could be (unknown, skip).
    `fingerprint` is the same tomorrow for the same problem: it holds no value and no time.
    `waived`: it keeps its status and does not count. `derived_from` names the fingerprint of the finding
    that explains this one. `margin` is the distance of `observed` to `limit` as a share of the limit,
    negative beyond it.
    """

    check: str
    subject: dict[str, str]
    status: Status
    title: str
    seen: str
    why: str
    do: str
    observed: float | None = None
    operator: Operator | None = None
    limit: float | None = None
    unit: str | None = None
    n: int | None = None
    reason: str | None = None
    fingerprint: str = ""
    required: bool = False
    category: Category = "gate"
    waived: Waived | None = None
    derived_from: str | None = None
    margin: float | None = None
