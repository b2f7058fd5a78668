"""How requests of one subject ended one after the other: events, each a time and a side packed into one number."""

from collections.abc import Sequence

from llmgw_report.model import timestamp
from llmgw_report.model.outcomes import Run, Side

#: The sides by the number that an event has below its time.
EVENT_SIDES: tuple[Side, ...] = ("success", "client", "service", "unattributed")
_SIDE_BITS = 2
#: Runs of one subject that the document keeps: the newest; older ones are merged into their neighbours.
MAX_RUNS = 100


def packed(at_ms: int, side: Side) -> int:
    """An event, of which the later is the greater number."""
    return at_ms << _SIDE_BITS | EVENT_SIDES.index(side)


def runs_of(events: Sequence[tuple[int, int]]) -> tuple[Run, ...]:
    """Packed events and their numbers as runs of one side, in the order of time; of too many the oldest are merged."""
    runs: list[tuple[int, int, int, int]] = []
    for event, n in events:
        at_ms, side = event >> _SIDE_BITS, event & (1 << _SIDE_BITS) - 1
        if runs and runs[-1][0] == side:
            last = runs[-1]
            runs[-1] = (side, last[1] + n, last[2], at_ms)
        else:
            runs.append((side, n, at_ms, at_ms))
    if len(runs) > MAX_RUNS:
        runs = [*_merged(runs[:-MAX_RUNS]), *runs[-MAX_RUNS:]]
    return tuple(
        Run(side=EVENT_SIDES[side], count=n, since=timestamp.text(first), until=timestamp.text(last))
        for side, n, first, last in runs
    )


def _merged(runs: Sequence[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """One run for each side, in the order of their beginnings."""
    found: dict[int, tuple[int, int, int, int]] = {}
    for side, n, first, last in runs:
        before = found.get(side, (side, 0, first, last))
        found[side] = (side, before[1] + n, before[2], last)
    return sorted(found.values(), key=lambda run: run[2])
