"""The words for how well something is. Never a bare boolean: `true` reads as "failed" to somebody."""

from typing import Literal

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
