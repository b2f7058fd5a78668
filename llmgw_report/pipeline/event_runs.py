"""How requests of one subject ended one after the other: runs of one side, found from the newest event on."""

from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
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
#: Parts into which what ended in one moment is divided at most, and successes of one part at least.
_MOST_PARTS, _PART_SUCCESSES = 64, 20


def spread(sides: Mapping[Side, int]) -> Iterator[tuple[Side, int]]:
    """What ended in one moment, in an order that claims nothing: nobody knows it.

    Failures are spread evenly over the successes, and one of these is the last. All failures at the end would look
    like a gateway that is dead now, all of them at the beginning like an outage that has ended.
    """
    failed = [(side, n) for side, n in sides.items() if side != "success"]
    good = sides.get("success", 0)
    if not good:
        yield from failed
        return
    parts = max(1, min(_MOST_PARTS, sum(n for _, n in failed), good // _PART_SUCCESSES))
    for i in range(parts):
        yield "success", _part(good - 1, i, parts)
        yield from ((side, _part(n, i, parts)) for side, n in failed)
    yield "success", 1


def _part(n: int, place: int, parts: int) -> int:
    return n * (place + 1) // parts - n * place // parts


def _event(at_ms: int, side: Side) -> int:
    return at_ms << _SIDE_BITS | EVENT_SIDES.index(side)


def _side(event: int) -> int:
    return event & (1 << _SIDE_BITS) - 1


class Noted:
    """When requests ended on one side: a time and the side packed into one number, of which the later is the greater.

    Most events stand for one request each, and the numbers of requests are kept only where one stands for another.
    """

    def __init__(self) -> None:
        self.events = array("q")
        self.numbers: array[int] | None = None

    def add(self, events: Sequence[int], numbers: Sequence[int] | None) -> None:
        """Note events, and how many requests each of them stands for; None for one each."""
        if self.numbers is None and numbers is not None and any(n != 1 for n in numbers):
            self.numbers = array("q", repeat(1, len(self.events)))
        self.events.extend(events)
        if self.numbers is not None:
            self.numbers.extend(repeat(1, len(events)) if numbers is None else numbers)

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
    """When requests ended, kept once for all subjects that they belong to.

    Where a gateway logs whole seconds, many end in one moment, and nobody knows in which order.
    """

    def __init__(self) -> None:
        self.noted: dict[tuple[tuple[Key, ...], Side], Noted] = defaultdict(Noted)
        self._of: dict[Key, list[Noted]] | None = None

    def add(self, subjects: tuple[Key, ...], side: Side, ended: Sequence[tuple[int, int]]) -> None:
        """Note when requests of these subjects ended, in milliseconds, and how many of them."""
        number = EVENT_SIDES.index(side)
        events, numbers = [at_ms << _SIDE_BITS | number for at_ms, n in ended if n], [n for _, n in ended if n]
        if events:
            self.noted[subjects, side].add(events, numbers)
            self._of = None

    def extend(self, events: "Events", renamed: Callable[[Key], Key]) -> None:
        """Add those of others, whose subjects have other names here."""
        for (subjects, side), noted in events.noted.items():
            self.noted[tuple(map(renamed, subjects)), side].add(noted.events, noted.numbers)
        self._of = None

    def leave(self, unwanted: Callable[[Key], bool]) -> None:
        """Take these subjects out."""
        for subjects, side in [one for one in self.noted if any(map(unwanted, one[0]))]:
            noted = self.noted.pop((subjects, side))
            self.noted[tuple(key for key in subjects if not unwanted(key)), side].add(noted.events, noted.numbers)
        self._of = None

    def failed(self, key: Key) -> int:
        """How many requests of a subject did not succeed."""
        return sum(noted.count(0, len(noted.events)) for noted in self._noted_of(key) if noted.side())

    def runs(self, key: Key) -> tuple[Run, ...]:
        """The runs of a subject in the order of time; of too many the oldest are merged."""
        left, newest = _Left(self._noted_of(key)), list[Span]()
        while len(newest) <= MAX_RUNS and (spans := left.newest()):
            for span in spans:
                if newest and _side_of(newest[-1]) == _side_of(span):
                    newest[-1] = _together((newest[-1], span))
                else:
                    newest.append(span)
        older = defaultdict[int, list[Span]](list)
        for span in (*newest[MAX_RUNS:], *left.rest()):
            older[_side_of(span)].append(span)
        return tuple(map(_run, (*sorted(map(_together, older.values())), *reversed(newest[:MAX_RUNS]))))

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


def _side_of(span: Span) -> int:
    return _side(span[1])


def _together(spans: Collection[Span]) -> Span:
    """Spans of one side as one."""
    firsts, lasts, numbers = zip(*spans, strict=True)
    return min(firsts), max(lasts), sum(numbers)


class _Left:
    """The events of a subject that are in no run yet, which are taken off them from the newest on.

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

    def newest(self) -> list[Span]:
        """The newest events of one side, or those of the newest moment where it has several sides; the newest first."""
        sides = sorted(filter(None, self._ends.values()))
        if not sides[1:]:
            return self.rest()
        newest, other = (-ends[0][0] for ends in sides[:2])
        at_ms = newest >> _SIDE_BITS
        if at_ms == other >> _SIDE_BITS:
            return self._of_moment(at_ms)
        return [self._taken(sides[0], other | (1 << _SIDE_BITS) - 1)]

    def rest(self) -> list[Span]:
        """All events that are left, one span for each side."""
        return [self._taken(ends, None) for ends in self._ends.values() if ends]

    def _of_moment(self, at_ms: int) -> list[Span]:
        before = _event(at_ms, EVENT_SIDES[0]) - 1
        taken = [self._taken(ends, before) for ends in self._ends.values() if ends and -ends[0][0] > before]
        sides = {EVENT_SIDES[_side_of(span)]: span[2] for span in sorted(taken)}
        return [(event := _event(at_ms, side), event, n) for side, n in reversed([*spread(sides)]) if n]

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
    return Run(side=EVENT_SIDES[_side_of(span)], count=n, since=since, until=until)
