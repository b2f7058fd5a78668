"""Latency now against before, by the best that both reports hold: buckets, order statistics, or a mean alone."""

from collections.abc import Iterator
from math import inf

from msgspec import Struct

from llmgw_report import units
from llmgw_report.checks._comparison import Estimate, chance, difference, known, mean, share
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
    """The change of one latency, both with a mean and a count above 0."""
    if now.buckets and before.buckets and len(_shared(now, before)) > 1:
        return _by_buckets(now, before)
    if _ordered(now) and _ordered(before):
        estimates = _p99(now), _p99(before)
        return _relative(*estimates, "p99", say("by order statistics"), chance(*estimates))
    estimates = _mean(now), _mean(before)
    return _relative(*estimates, say("mean"), ASSUMED, chance(*estimates))


def _by_buckets(now: Latency, before: Latency) -> Slower:
    """More requests beyond some bound proves it, whatever the shape; the means, which are exact, say how much."""
    chances = list(_beyond(now, before))
    # Every bound is one more chance to be wrong.
    proven = min(1.0, min(chances) * len(chances))
    how = say("proven by the shares of requests beyond the bounds")
    return _relative(_mean(now), _mean(before), say("mean"), how, proven)


def _beyond(now: Latency, before: Latency) -> Iterator[float]:
    """Per shared bound, the chance of so many more requests beyond it."""
    n, old_n = now.buckets[-1].count, before.buckets[-1].count
    for through, old_through in _shared(now, before):
        yield chance(share(n - through, n), share(old_n - old_through, old_n))


def _shared(now: Latency, before: Latency) -> list[tuple[int, int]]:
    """Counts at the bounds that both histograms have, infinity among them."""
    old = {one.up_to_seconds: one.count for one in before.buckets}
    return [(one.count, old[one.up_to_seconds]) for one in now.buckets if one.up_to_seconds in old]


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
    return mean(latency.mean_seconds or 0.0, latency.count or 1, SPREAD)
