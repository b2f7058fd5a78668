"""How requests of one subject ended one after the other: events, each a time and a side packed into one number."""

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, islice, pairwise
from operator import le

from llmgw_report.model import timestamp
from llmgw_report.model.outcomes import Run, Side

#: The sides by the number that an event has below its time.
EVENT_SIDES: tuple[Side, ...] = ("success", "client", "service", "unattributed")
_SIDE_BITS = 2
Key = tuple[tuple[str, str], ...]
"""A subject: names by their dimensions. That of the total has none."""

#: Runs of one subject that the document keeps: the newest; older ones are merged into their neighbours.
MAX_RUNS = 100


def packed(at_ms: int, side: Side) -> int:
    """An event, of which the later is the greater number."""
    return at_ms << _SIDE_BITS | EVENT_SIDES.index(side)


class Events:
    """When requests ended, kept once for all subjects that they belong to: an event, and how many it stands for."""

    def __init__(self) -> None:
        self.successes: dict[tuple[Key, ...], array[int]] = defaultdict(partial(array, "q"))
        self.others: dict[tuple[Key, ...], array[int]] = defaultdict(partial(array, "q"))
        self._by_key: dict[Key, list[array[int]]] | None = None
        self._others_by_key: dict[Key, list[array[int]]] = {}

    def add(self, subjects: tuple[Key, ...], side: Side, ended: Iterable[tuple[int, int]]) -> None:
        """Note when requests of these subjects ended, in milliseconds, and how many of them."""
        found = (self.successes if side == "success" else self.others)[subjects]
        found.extend(chain.from_iterable((packed(at_ms, side), n) for at_ms, n in ended))
        self._by_key = None

    def extend(self, events: "Events", renamed: Callable[[Key], Key]) -> None:
        """Add those of others, whose subjects have other names here."""
        for own, theirs in ((self.successes, events.successes), (self.others, events.others)):
            for subjects, found in theirs.items():
                own[tuple(map(renamed, subjects))].extend(found)
        self._by_key = None

    def leave(self, unwanted: Callable[[Key], bool]) -> None:
        """Take these subjects out."""
        for found in (self.successes, self.others):
            for subjects in [one for one in found if any(map(unwanted, one))]:
                events = found.pop(subjects)
                found[tuple(key for key in subjects if not unwanted(key))].extend(events)
        self._by_key = None

    def of(self, key: Key) -> list[tuple[int, int]]:
        """The events of a subject and their numbers, in the order of time.

        Of successes that no other event of the subject comes between, the first, and the last for all others.
        """
        if self._by_key is None:
            self._by_key, self._others_by_key = _by_key(self.successes), _by_key(self.others)
        others = sorted(pair for found in self._others_by_key.get(key, ()) for pair in _pairs(found))
        ends = sorted({event for event, _ in others})
        return sorted([*others, *(pair for found in self._by_key.get(key, ()) for pair in _between(found, ends))])


def _by_key(events: Mapping[tuple[Key, ...], "array[int]"]) -> dict[Key, list["array[int]"]]:
    """The events of each subject; those that came together in their order."""
    found: dict[Key, list[array[int]]] = defaultdict(list)
    for subjects, noted in events.items():
        times = noted[::2]
        # Rows mostly come in this order: a copy of each would be half of the memory.
        if not all(map(le, times, islice(times, 1, None))):
            noted = array("q", chain.from_iterable(sorted(_pairs(noted))))  # noqa: PLW2901 - the same, in order
        for key in subjects:
            found[key].append(noted)
    return found


def _pairs(noted: "array[int]") -> Iterator[tuple[int, int]]:
    each = iter(noted)
    return zip(each, each, strict=True)


def _between(successes: "array[int]", ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Successes in the order of time, of those between two of these events the first, and the last for the others."""
    events, numbers = successes[::2], successes[1::2]
    if len(ends) >= len(events):
        yield from zip(events, numbers, strict=True)
        return
    for first, end in pairwise((0, *(bisect_left(events, event) for event in ends), len(events))):
        if first < end:
            yield events[first], numbers[first]
        if first + 1 < end:
            yield events[end - 1], sum(numbers[first + 1 : end])


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
