"""One time limit for a whole GET."""

from collections.abc import Mapping
from contextlib import suppress
from socket import SHUT_RDWR, socket
from threading import Timer
from typing import Any, Self


class Deadline:
    """Cuts the connection `seconds` after the `with` was entered, however the server fills the time.

    httpx limits each read, so a server that sends one byte now and then keeps a client for ever, in the
    headers as well as in the body. As a cut connection can look like the end of a body, whoever reads
    one asks `passed` before believing it.
    """

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._sockets: list[socket] = []
        self._timer = Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Take note of the socket of every connection made: httpx's `trace` extension."""
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._sockets.append(info["return_value"].get_extra_info("socket"))
            if self.passed:
                self._cut()

    def _cut(self) -> None:
        self.passed = True
        for connected in self._sockets:
            with suppress(OSError):
                connected.shutdown(SHUT_RDWR)
