"""Latency now against before, by the best that both reports hold: buckets, order statistics, or a mean alone."""

from math import inf, sqrt

from msgspec import Struct

from llmgw_report import units
from llmgw_report.checks._comparison import Estimate, chance, difference, known, mean
from llmgw_report.checks._ranks import bins, higher
from llmgw_report.model.message import say
from llmgw_report.model.traffic import Latency

#: Below this nobody waits longer in a way that can be felt, whatever the ratio.
LEAST_SECONDS = 0.05
#: Of a mean without its spread: durations of completions rarely spread wider than twice their mean.
SPREAD = 2.0
ASSUMED = say("the spread of single requests is not recorded and taken as twice the mean")


class Slower(Struct, frozen=True, kw_only=True):
    """Growth as a share of the figure before; `chance` and `highest` as in `Change`."""

    figures: str
    growth: float
    highest: float
    chance: float
    large: bool


def slower(now: Latency, before: Latency) -> Slower:
    """The change of one latency, both with a mean and a count above 0.

    Ranks and shares prove it, whatever the shape; the means, which are exact, say how much.
    """
    found = bins(now, before) if now.buckets and before.buckets else ()
    if len(found) > 1:
        return _relative(
            _mean(now), _mean(before), say("mean"), say("judged by the ranks of the durations"), higher(found)
        )
    if _ordered(now) and _ordered(before):
        estimates = _p99(now), _p99(before)
        return _relative(*estimates, "p99", say("by order statistics"), chance(*estimates))
    estimates = _mean(now), _mean(before)
    return _relative(*estimates, say("mean"), ASSUMED, chance(*estimates))


def _relative(now: Estimate, before: Estimate, name: str, how: str, proven: float) -> Slower:
    _, high = difference(now, before)
    old = before.value
    rise = now.value - old
    return Slower(
        figures=say(
            "{name} {now}, before {before}; {how}",
            name=name,
            now=units.seconds(now.value),
            before=units.seconds(old),
            how=how,
        ),
        growth=rise / old if old else 0.0,
        highest=0.0 if high < LEAST_SECONDS else high / old if old else inf,
        chance=proven,
        large=rise >= LEAST_SECONDS,
    )


def _ordered(latency: Latency) -> bool:
    return latency.p99_seconds is not None and latency.p99_low_seconds is not None


def _p99(latency: Latency) -> Estimate:
    value = latency.p99_seconds or 0.0
    low = value if latency.p99_low_seconds is None else latency.p99_low_seconds
    return known(value, low, value if latency.p99_high_seconds is None else latency.p99_high_seconds)


def _mean(latency: Latency) -> Estimate:
    return mean(latency.mean_seconds or 0.0, latency.count or 1, min(SPREAD, _spread(latency)))


def _spread(latency: Latency) -> float:
    """The most that the buckets allow: every request taken to be as slow as its bucket's upper bound."""
    value, n = latency.mean_seconds or 0.0, latency.count or 0
    squares, below = 0.0, 0
    for one in latency.buckets:
        inside = one.count - below
        below = one.count
        squares += inside * (one.up_to_seconds or inf) ** 2 if inside else 0.0
    return sqrt(max(0.0, squares / n - value**2)) / value if below and n and value else SPREAD
