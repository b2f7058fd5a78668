"""Requests that a log leaves open, and what ends them: one by one, each at its time."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache
from math import isnan, nan
from typing import NamedTuple

from llmgw_report.gateways.rows import OutcomeRecord
from llmgw_report.pipeline.tally import Dims
from llmgw_report.redaction import alias

#: The row of a request is written so long before or after the time at which its ending says that it began.
_BEGAN_WITHIN_MS = (-10, 100)


def dims(row: OutcomeRecord) -> Dims:
    """The subjects of a row, which many rows have in common."""
    return _dims(row.provider, row.instance, row.model, row.api_key, row.target)


@lru_cache(maxsize=4096)
def _dims(*names: str | None) -> Dims:
    provider, instance, model, api_key, target = names
    # The name of a key may be the key itself.
    hidden = alias(api_key) if api_key else None
    return {"provider": provider, "instance": instance, "model": model, "api-key": hidden, "target": target}


class Event(NamedTuple):
    """One of what a row counts: when it was, and when it began; `dims` are the subjects of the row."""

    row: OutcomeRecord
    dims: Dims
    time_ms: float
    began_ms: float | None
    requests: int


def events(row: OutcomeRecord) -> Iterator[Event]:
    """What a row counts, one by one."""
    named = dims(row)
    return (Event(row, named, *each) for each in row.each())


class Events:
    """What the rows count one by one, in the order of time.

    Kept as columns: a large window has a hundred thousand of them, and few kinds of rows.
    """

    def __init__(self, rows: Iterable[OutcomeRecord]) -> None:
        self._rows: list[tuple[OutcomeRecord, Dims]] = []
        times, begun, requests, places = array("d"), array("d"), array("d"), array("q")
        for row in rows:
            for time_ms, began_ms, n in row.each():
                times.append(time_ms)
                begun.append(nan if began_ms is None else began_ms)
                requests.append(n)
                places.append(len(self._rows))
            self._rows.append((row, dims(row)))
        order = sorted(range(len(times)), key=times.__getitem__)
        self.times, self._begun, self._requests = (
            array("d", map(column.__getitem__, order)) for column in (times, begun, requests)
        )
        self._places = array("q", map(places.__getitem__, order))

    def __len__(self) -> int:
        return len(self.times)

    def __iter__(self) -> Iterator[Event]:
        return map(self.at, range(len(self)))

    def at(self, index: int) -> Event:
        """The event at that place in the order of time."""
        (row, named), began_ms = self._rows[self._places[index]], self._begun[index]
        return Event(row, named, self.times[index], None if isnan(began_ms) else began_ms, round(self._requests[index]))

    def dims_at(self, index: int) -> Dims:
        """The subjects of that event alone."""
        return self._rows[self._places[index]][1]


class Opened:
    """Requests without an ending, by when they began; each is taken once."""

    def __init__(self, rows: Iterable[OutcomeRecord]) -> None:
        self._events = Events(rows)
        self._taken = bytearray(len(self._events))

    def __len__(self) -> int:
        return len(self._events)

    def take(self, began_ms: float | None, names: Dims) -> Event | None:
        """The request of these names that began then, or None: it writes its row a moment later."""
        if began_ms is None:
            return None
        times = self._events.times
        first, end = (bisect_left(times, began_ms + margin) for margin in _BEGAN_WITHIN_MS)
        free = (index for index in range(first, end) if not self._taken[index])
        near = [index for index in free if _may_be(self._events.dims_at(index), names)]
        if not near:
            return None
        nearest = min(near, key=lambda index: abs(times[index] - began_ms))
        self._taken[nearest] = True
        return self._events.at(nearest)

    def left(self) -> list[Event]:
        """Those that nothing has taken."""
        return [event for event, taken in zip(self._events, self._taken, strict=True) if not taken]


def _may_be(own: Dims, names: Dims) -> bool:
    """Whether no name of the request contradicts those of its ending."""
    # Mostly they are one and the same.
    return own is names or all(not one or not names.get(name) or one == names.get(name) for name, one in own.items())
