"""One time limit for a whole GET, the look-up of the name included."""

from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address
from socket import SHUT_RDWR, SOCK_STREAM, getaddrinfo, socket
from threading import Thread, Timer
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


def addresses(host: str, seconds: float) -> int:
    """How many addresses `host` has; 0 where it is not known. Raises TimeoutError after `seconds`.

    The look-up of a name cannot be interrupted and heeds no timeout of ours, so that a name server that
    does not answer would hold up the run for as long as the system likes.
    """
    with suppress(ValueError):
        ip_address(host)
        return 1
    found: list[int] = []

    def look_up() -> None:
        with suppress(OSError, UnicodeError):
            found.append(len(getaddrinfo(host, None, type=SOCK_STREAM)))

    looking = Thread(target=look_up, daemon=True)
    looking.start()
    looking.join(seconds)
    if looking.is_alive():
        raise NameTimeoutError
    return sum(found)


class NameTimeoutError(OSError):
    """The name server did not answer in time."""
