"""The words for how well something is. Never a bare boolean: `true` reads as "failed" to somebody."""

from typing import Literal

Status = Literal["pass", "warn", "fail", "unknown", "skip"]
"""What one check says. `unknown`: should have been judged and could not be. `skip`: does not apply."""

Verdict = Literal["pass", "warn", "fail", "unknown"]
"""What the whole report says."""

Health = Literal["ok", "degraded", "down", "unknown"]
"""What a gateway says of one of its instances."""

InputStatus = Literal["ok", "unavailable", "skipped"]

#: Worst first. Letters would sort "fail" before "pass" by accident and "warn" after both.
WORST_FIRST: tuple[Status, ...] = ("fail", "warn", "unknown", "skip", "pass")


#: Worst first: of several series for one instance the worst is true.
WORST: tuple[Health, ...] = ("down", "degraded", "unknown", "ok")


def rank(status: Status) -> int:
    """Position of `status` among all, 0 the worst."""
    return WORST_FIRST.index(status)
