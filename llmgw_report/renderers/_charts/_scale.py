"""Axes: the round values that people count in, and where they stand, as shares of the axis."""

from datetime import timedelta
from math import ceil, floor, log10

from llmgw_report.model.instant import EPOCH

Tick = tuple[float, str]
"""Where it stands, between 0 and 1, and what it says."""

_SECOND, _MINUTE, _HOUR, _DAY = 1000, 60_000, 3_600_000, 86_400_000
#: Steps of an axis of time in milliseconds, each a part of the next larger unit.
_STEPS = (
    *(_SECOND * step for step in (1, 5, 10, 30)),
    *(_MINUTE * step for step in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * step for step in (1, 2, 3, 6, 12)),
    *(_DAY * step for step in (1, 2, 7, 14, 28, 91, 365)),
)
#: Steps of an axis of durations in seconds: as people name them.
_DURATIONS = (*(digit * 10**power for power in range(-6, 2) for digit in (1, 2, 5)), *(60, 120, 300, 600, 1200))
_MOST = 6


def top(value: float) -> float:
    """The round end of an axis of counts that holds `value`.

    >>> [top(value) for value in (0, 1, 3, 65, 150, 1095122)]
    [1, 1, 3, 80, 150, 1500000]
    """
    if value <= 10:  # noqa: PLR2004 - up to here every whole number is round
        return max(1, ceil(value))
    unit = _power(floor(log10(value)))
    return ceil(next(factor for factor in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if factor * unit >= value) * unit)


def times(since_ms: int, length_ms: int) -> list[Tick]:
    """Ticks of an axis of time, a handful of them, on round instants of UTC.

    >>> times(1_772_409_600_000, 43_200_000)
    [(0.0, '03-02'), (0.25, '03:00'), (0.5, '06:00'), (0.75, '09:00'), (1.0, '12:00')]
    """
    step = next((step for step in _STEPS if length_ms / step <= _MOST - 1), _STEPS[-1])
    first = -(-since_ms // step) * step
    return [((at - since_ms) / length_ms, _said(at, step)) for at in range(first, since_ms + length_ms + 1, step)]


def durations(longest: float) -> tuple[float, list[float]]:
    """The end of an axis from 0 seconds, and the values of its ticks.

    >>> durations(4.19)
    (5, [0, 1, 2, 3, 4, 5])
    """
    longest = max(0.0, longest)  # a saved report can hold any figure, and a duration below 0 has no place
    last = _DURATIONS[-1]
    step = next((step for step in _DURATIONS if longest / step <= _MOST - 1), ceil(longest / _MOST / last) * last)
    steps = max(1, ceil(longest / step))
    return steps * step, [index * step for index in range(steps + 1)]


def decades(shortest: float, longest: float) -> tuple[float, float, list[float]]:
    """Both ends of a logarithmic axis, and the values of its ticks; both durations are more than 0.

    >>> decades(0.03, 14.6)
    (0.01, 100, [0.01, 0.1, 1, 10, 100])
    """
    low, high = floor(log10(shortest)), ceil(log10(longest))
    every = -(-(high - low) // _MOST) or 1
    return _power(low), _power(high), [_power(power) for power in range(low, high + 1, every)]


def _power(exponent: int) -> float:
    return 10**exponent if exponent >= 0 else float(f"1e{exponent}")


def _said(at_ms: int, step: int) -> str:
    try:
        at = EPOCH + timedelta(milliseconds=at_ms)
    except OverflowError:
        return ""
    if at_ms % _DAY == 0:
        return f"{at:%m-%d}"
    return f"{at:%H:%M}" if step >= _MINUTE else f"{at:%H:%M:%S}"
