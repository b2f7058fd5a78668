"""Ends what runs too long on a connection, and gives up a server that no longer answers anybody.

The server's own limits (statement_timeout, lock_timeout) are not trusted alone: a query may change them, and a server
that no longer answers keeps none. So a thread cancels what runs too long, and then takes the socket away.
"""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event as Flag
from threading import Lock, Thread
from time import perf_counter
from typing import Any, Self

import psycopg

_WATCH_SECONDS = 0.05
#: After a cancel that the server did not answer.
_GRACE_SECONDS = 2.0


class Watch:
    """Cancels what runs on the connection past its end; a `with` of its own thread.

    Where nothing came for `quiet_seconds`, `alive` is asked, which says whether the server answers others and may take
    as long again: a query may work for minutes before its first row, and one that has ended never has one.
    """

    def __init__(self, connection: psycopg.Connection[Any], quiet_seconds: float, alive: Callable[[], bool]) -> None:
        self._connection = connection
        self._quiet_seconds, self._alive = quiet_seconds, alive
        self._lock = Lock()
        self._end: float | None = None
        self._heard = perf_counter()
        self._over = Flag()
        self.cut = False

    def __enter__(self) -> Self:
        Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Limit what runs inside the `with` to so many seconds."""
        self.heard()
        with self._lock:
            self._end = perf_counter() + seconds
        try:
            yield
        finally:
            with self._lock:
                self._end = None

    def heard(self) -> None:
        """Note that the server has sent something."""
        self._heard = perf_counter()

    def _cancel(self) -> None:
        # In a thread of its own: with an older libpq it waits for the server for ever.
        with suppress(psycopg.Error, OSError):
            self._connection.cancel_safe(timeout=1.0)

    def _watch(self) -> None:
        canceling = Thread()
        while not self._over.wait(_WATCH_SECONDS):
            end, now = self._end, perf_counter()
            if end is None:
                continue
            if now > end + _GRACE_SECONDS or (now > self._heard + self._quiet_seconds and self._is_dead()):
                self._cut()
                return
            if now > end and not canceling.is_alive():
                canceling = Thread(target=self._cancel, daemon=True)
                canceling.start()

    def _is_dead(self) -> bool:
        """Whether the server answers nobody; what it sends while it is asked counts as well."""
        asked = self._heard
        answered = Flag()

        def ask() -> None:
            if self._alive():
                answered.set()

        Thread(target=ask, daemon=True).start()
        began = perf_counter()
        while not answered.wait(_WATCH_SECONDS):
            end = self._end
            if end is None or self._heard != asked or perf_counter() > end:
                return False
            if perf_counter() > began + self._quiet_seconds:
                return True
        self.heard()
        return False

    def _cut(self) -> None:
        """End a connection whose server does not answer: libpq would wait for it for ever."""
        self.cut = True
        with suppress(psycopg.Error, OSError), _socket(self._connection) as own:
            own.shutdown(socket.SHUT_RDWR)


def _socket(connection: psycopg.Connection[Any]) -> socket.socket:
    """The connection's own by another descriptor: closing that leaves libpq its."""
    return socket.socket(fileno=os.dup(connection.fileno()))
