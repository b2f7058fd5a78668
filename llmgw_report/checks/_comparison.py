"""A figure now against the same figure before: whether it is larger, and whether that is more than chance.

The interval of a difference is made of both figures' own intervals, each as far as it reaches towards the
other. With Wilson's intervals of two shares that is method 10 of R. G. Newcombe, "Interval estimation for the
difference between independent proportions", 1998; for other figures G. Zou and A. Donner, "Construction of
confidence limits about effect measures", 2008. Two intervals that overlap can still differ significantly.
"""

from collections.abc import Callable, Sequence
from math import erfc, sqrt

from msgspec import Struct

from llmgw_report import units
from llmgw_report.checks._finding import Subject, finding
from llmgw_report.checks._interval import ONE_SIDED_99, Z95, exceeding, wilson
from llmgw_report.model.finding import Finding
from llmgw_report.model.message import join, say
from llmgw_report.model.status import Status
from llmgw_report.model.threshold import Threshold

#: Beyond this many standard errors no chance is left to speak of.
FARTHEST_Z = 38.0
STEPS = 40


class Estimate(Struct, frozen=True):
    """A figure, and its interval for a number of standard errors."""

    value: float
    interval: Callable[[float], tuple[float, float]]


class Change(Struct, frozen=True, kw_only=True):
    """What became of one subject's figure.

    `growth` is in the check's unit, `highest` the upper end of its 95 % interval, `chance` how likely so much
    growth is where nothing changed, and `large` whether it is worth a word at all. `n` is the smaller sample.
    """

    subject: Subject
    seen: str
    growth: float
    highest: float
    chance: float
    n: int
    large: bool = True


def share(hits: int, n: int) -> Estimate:
    """A share of requests, by Wilson's interval."""
    return Estimate(hits / n if n else 0.0, lambda z: wilson(hits, n, z))


def mean(value: float, n: int, spread: float) -> Estimate:
    """A mean whose standard deviation nobody recorded, taken as `spread` times the mean."""

    def interval(z: float) -> tuple[float, float]:
        half = z * spread * value / sqrt(n)
        return max(0.0, value - half), value + half

    return Estimate(value, interval)


def known(value: float, low: float, high: float) -> Estimate:
    """A figure whose 95 % interval is all that is known; others are taken in proportion."""
    return Estimate(value, lambda z: (value - (value - low) * z / Z95, value + (high - value) * z / Z95))


def difference(now: Estimate, before: Estimate, z: float = Z95) -> tuple[float, float]:
    """Lower and upper bound of `now` less `before`."""
    (low, high), (old_low, old_high) = now.interval(z), before.interval(z)
    apart = now.value - before.value
    down = sqrt((now.value - low) ** 2 + (old_high - before.value) ** 2)
    up = sqrt((high - now.value) ** 2 + (before.value - old_low) ** 2)
    return apart - down, apart + up


def chance(now: Estimate, before: Estimate) -> float:
    """The one-sided level at which the interval of the difference just touches 0; 1 where there is no growth."""
    if now.value <= before.value:
        return 1.0
    low, high = 0.0, FARTHEST_Z
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if difference(now, before, middle)[0] > 0 else (low, middle)
    return erfc(low / sqrt(2)) / 2


def judge_changes(changes: Sequence[Change], threshold: Threshold, unit: str = "ratio") -> list[Finding]:
    """A verdict for each change by the bounds of its subject: bad if it is more than chance and more than the bound.

    Both bounds ask for 99 %: every report compares three figures in every group, so that 95 % would be wrong weekly.
    All are taken together, but for those whose subject has no bound. A pass has its whole interval below the bound
    that gates; anything else is unknown.
    """
    bounds = [threshold.of(one.subject) for one in changes]
    pairs = list(zip(changes, bounds, strict=True))
    fails = exceeding([one.chance if own.fail is not None else None for one, own in pairs], ONE_SIDED_99)
    warns = exceeding([one.chance if own.warn is not None else None for one, own in pairs], ONE_SIDED_99)
    return [
        _judged(one, own, unit, fails=fail, warns=warn)
        for (one, own), fail, warn in zip(pairs, fails, warns, strict=True)
    ]


def _judged(one: Change, threshold: Threshold, unit: str, *, fails: bool, warns: bool) -> Finding:
    gate = threshold.fail if threshold.fail is not None and threshold.severity == "fail" else threshold.warn
    status, limit = _verdict(one, threshold, gate, fails=fails, warns=warns)
    noticed = say("growth of {share} or more would have been noticed", share=units.ratio(one.highest))
    return finding(
        status,
        join("; ", [one.seen, noticed if status == "pass" and one.highest > 0 else ""]),
        one.subject,
        observed=one.growth,
        operator="above",
        limit=limit,
        unit=unit,
        n=one.n,
        reason=_undecided(one, gate) if status == "unknown" else None,
    )


def _verdict(
    one: Change, threshold: Threshold, gate: float | None, *, fails: bool, warns: bool
) -> tuple[Status, float | None]:
    """Status and the limit that decided it. Growth that is proven and small is a pass."""
    if fails and _over(one, threshold.fail):
        return "fail", threshold.fail
    if warns and _over(one, threshold.warn):
        return "warn", threshold.warn
    small = gate is None or one.highest < gate or (warns and not one.large)
    return ("pass" if small else "unknown"), gate


def _over(one: Change, bound: float | None) -> bool:
    return bound is not None and one.large and one.growth > bound


def _undecided(one: Change, gate: float | None) -> str:
    return say(
        "n = {n} is too few: the interval of the growth reaches {reach}, beyond the limit of {limit}",
        n=units.count(one.n),
        reach=units.ratio(one.highest),
        limit=units.ratio(gate),
    )
