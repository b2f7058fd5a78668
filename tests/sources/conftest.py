"""Servers on loopback, good and broken, and databases made in the test."""

import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread

import pytest

Answer = Callable[[bytes], bytes]
Serve = Callable[..., str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """`serve(answer, ...)`: a URL whose n-th connection gets the n-th answer (the last one for ever after).

    An answer is the raw bytes to send, or a function from the raw request to them; then the connection closes.
    """
    listeners: list[socket.socket] = []

    def start(*answers: bytes | Answer) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        Thread(target=_answer_all, args=(listener, answers), daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/metrics"

    yield start
    for listener in listeners:
        # Wakes up the thread that waits in accept().
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _answer_all(listener: socket.socket, answers: tuple[bytes | Answer, ...]) -> None:
    turn = 0
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                request = connection.recv(65536)
                answer = answers[min(turn, len(answers) - 1)]
                connection.sendall(answer if isinstance(answer, bytes) else answer(request))
            turn += 1


@pytest.fixture
def make_database(tmp_path: Path) -> Callable[[str], Path]:
    """`make_database(script)`: the path of a new database on which the script was run."""

    def make(script: str) -> Path:
        path = tmp_path / "made.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(script)
        return path

    return make
