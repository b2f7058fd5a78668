"""How requests of one subject ended one after the other: runs of one side, found from the newest event on."""

from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import islice, repeat
from operator import le

from llmgw_report.model import timestamp
from llmgw_report.model.outcomes import Run, Side

#: The sides by the number that an event has below its time. That of a success is 0.
EVENT_SIDES: tuple[Side, ...] = ("success", "client", "service", "unattributed")
_SIDE_BITS = 2
Key = tuple[tuple[str, str], ...]
"""A subject: names by their dimensions. That of the total has none."""

#: Runs of one subject that the document keeps: the newest; older ones are merged into their neighbours.
MAX_RUNS = 100


def _side(event: int) -> int:
    return event & (1 << _SIDE_BITS) - 1


class Noted:
    """When requests ended on one side: a time and the side packed into one number, of which the later is the greater.

    Most events stand for one request each, and the numbers of requests are kept only where one stands for another.
    """

    def __init__(self) -> None:
        self.events = array("q")
        self.numbers: array[int] | None = None

    def add(self, events: Sequence[int], numbers: Sequence[int]) -> None:
        """Note events, and how many requests each of them stands for."""
        if self.numbers is None and any(n != 1 for n in numbers):
            self.numbers = array("q", repeat(1, len(self.events)))
        self.events.extend(events)
        if self.numbers is not None:
            self.numbers.extend(numbers)

    def extend(self, noted: "Noted") -> None:
        """Note those of others as well."""
        self.add(noted.events, noted.numbers or array("q", repeat(1, len(noted.events))))

    def put_in_order(self) -> None:
        """Sort the events by time, which they mostly come in."""
        if all(map(le, self.events, islice(self.events, 1, None))):
            return
        if self.numbers is None:
            self.events = array("q", sorted(self.events))
            return
        order = sorted(range(len(self.events)), key=self.events.__getitem__)
        self.numbers = array("q", map(self.numbers.__getitem__, order))
        self.events = array("q", map(self.events.__getitem__, order))

    def side(self) -> int:
        """The number of the side that they ended on."""
        return _side(self.events[0])

    def count(self, first: int, end: int) -> int:
        """How many requests the events of these places stand for."""
        return end - first if self.numbers is None else sum(self.numbers[first:end])


class Events:
    """When requests ended, kept once for all subjects that they belong to."""

    def __init__(self) -> None:
        self.noted: dict[tuple[tuple[Key, ...], Side], Noted] = defaultdict(Noted)
        self._of: dict[Key, list[Noted]] | None = None

    def add(self, subjects: tuple[Key, ...], side: Side, ended: Sequence[tuple[int, int]]) -> None:
        """Note when requests of these subjects ended, in milliseconds, and how many of them."""
        number = EVENT_SIDES.index(side)
        if ended:
            self.noted[subjects, side].add([at_ms << _SIDE_BITS | number for at_ms, _ in ended], [n for _, n in ended])
            self._of = None

    def extend(self, events: "Events", renamed: Callable[[Key], Key]) -> None:
        """Add those of others, whose subjects have other names here."""
        for (subjects, side), noted in events.noted.items():
            self.noted[tuple(map(renamed, subjects)), side].extend(noted)
        self._of = None

    def leave(self, unwanted: Callable[[Key], bool]) -> None:
        """Take these subjects out."""
        for subjects, side in [one for one in self.noted if any(map(unwanted, one[0]))]:
            noted = self.noted.pop((subjects, side))
            self.noted[tuple(key for key in subjects if not unwanted(key)), side].extend(noted)
        self._of = None

    def failed(self, key: Key) -> int:
        """How many requests of a subject did not succeed."""
        return sum(noted.count(0, len(noted.events)) for noted in self._noted_of(key) if noted.side())

    def runs(self, key: Key) -> tuple[Run, ...]:
        """The runs of a subject in the order of time; of too many the oldest are merged."""
        left = _Left(self._noted_of(key))
        newest = list(islice(left.newest(), MAX_RUNS))
        return tuple(map(_run, (*left.merged(), *reversed(newest))))

    def _noted_of(self, key: Key) -> Sequence[Noted]:
        if self._of is None:
            self._of = defaultdict(list)
            for (subjects, _), noted in self.noted.items():
                noted.put_in_order()
                for one in subjects:
                    self._of[one].append(noted)
        return self._of.get(key, ())


Span = tuple[int, int, int]
"""The first and the last of events of one side, and how many requests they stand for."""


class _Left:
    """The events of a subject that are in no run yet. The newest run is taken off them, and then the one before it.

    The many successes between two failures are counted by their places, without a look at each.
    """

    def __init__(self, noted: Sequence[Noted]) -> None:
        self._noted = noted
        #: By side: of what has events left the newest one, negative, as a heap has the least first; whose it is; where.
        self._ends: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for place, one in enumerate(noted):
            self._ends[one.side()].append((-one.events[-1], place, len(one.events)))
        for ends in self._ends.values():
            heapify(ends)

    def newest(self) -> Iterator[Span]:
        """The runs from the newest on."""
        while sides := sorted(filter(None, self._ends.values())):
            yield self._taken(sides[0], -sides[1][0][0] if sides[1:] else None)

    def merged(self) -> list[Span]:
        """What is left as one run for each side, in the order of their beginnings."""
        return sorted(self._taken(ends, None) for ends in self._ends.values() if ends)

    def _taken(self, ends: list[tuple[int, int, int]], after: int | None) -> Span:
        """The events of a side that are later than another one, or all of them."""
        first = last = -ends[0][0]
        n = 0
        while ends and (after is None or -ends[0][0] > after):
            _, place, end = heappop(ends)
            noted = self._noted[place]
            begin = 0 if after is None else bisect_right(noted.events, after, 0, end)
            n, first = n + noted.count(begin, end), min(first, noted.events[begin])
            if begin:
                heappush(ends, (-noted.events[begin - 1], place, begin))
        return first, last, n


def _run(span: Span) -> Run:
    first, last, n = span
    since, until = (timestamp.text(event >> _SIDE_BITS) for event in (first, last))
    return Run(side=EVENT_SIDES[_side(last)], count=n, since=since, until=until)
