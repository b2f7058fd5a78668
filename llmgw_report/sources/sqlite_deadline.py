"""The time that a query may take, kept by the clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread
from time import perf_counter
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from sqlite3 import Connection

#: Steps of SQLite's virtual machine between two looks at the clock: about ten milliseconds. Every look takes
#: Python's lock, for which a thread that reads the scrape makes this one wait up to five.
_STEPS = 1_000_000
_LOOK_SECONDS = 0.02


class Deadlines:
    """Interrupts what runs too long on any connection, from a thread of its own.

    A progress handler counts steps, and one step can parse a megabyte of JSON: a million of them have
    taken seventy times the deadline. A handler that is called often enough for that slows every query.
    """

    def __init__(self) -> None:
        self._ends: dict[Connection, float] = {}
        self._lock = Lock()
        self._over = Event()

    def __enter__(self) -> Self:
        Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    @contextmanager
    def within(self, connection: "Connection", seconds: float) -> Iterator[None]:
        """What runs on `connection` in here has so many seconds."""
        end = perf_counter() + seconds
        connection.set_progress_handler(lambda: perf_counter() > end, _STEPS)
        with self._lock:
            self._ends[connection] = end
        try:
            yield
        finally:
            # Under the lock, so that no interrupt reaches the query after this one.
            with self._lock:
                del self._ends[connection]

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            with self._lock:
                for connection, end in self._ends.items():
                    if perf_counter() > end:
                        connection.interrupt()
