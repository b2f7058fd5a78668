"""Servers on the loopback interface that end with the test that asks them."""

from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import TCPServer
from threading import Thread


@contextmanager
def running(server: TCPServer) -> Iterator[str]:
    """The address of a server that runs until the block ends, however it ends.

    One that is closed and not shut down never rests: its thread finds the closed socket ready again and again.
    """
    with server:
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
