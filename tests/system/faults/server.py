"""Endpoints that misbehave: one server for all of them, by path, and one for each kind of bad certificate."""

import gzip
import re
import socket
import ssl
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import trustme

from tests.process import HEALTHY

Connection = socket.socket
Behaviour = Callable[[Connection], None]
Answers = Mapping[str, bytes | Behaviour]
BODY = HEALTHY.encode()
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n"
#: Set when the test is over: who waits or sends for ever stops.
OVER = Event()


def body(content: bytes, *headers: str, length: int | None = None) -> bytes:
    lines = "".join(f"{header}\r\n" for header in headers).encode()
    size = len(content) if length is None else length
    return OK + lines + b"Content-Length: %d\r\n\r\n" % size + content


def status(code: int, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {code} X", *headers, "Content-Length: 0", "", ""]
    return "\r\n".join(lines).encode()


def packed(content: bytes, times: int = 1) -> bytes:
    for _ in range(times):
        content = gzip.compress(content, mtime=0)
    return body(content, f"Content-Encoding: {', '.join(['gzip'] * times)}")


def bomb() -> bytes:
    """64 MiB of comments in 65 kB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([*(packer.compress(b"#" * 2**20 + b"\n") for _ in range(64)), packer.flush()])


def waits(_connection: Connection) -> None:
    OVER.wait(30)


def drips(connection: Connection) -> None:
    connection.sendall(OK + b"\r\n")
    for byte in BODY:
        if OVER.wait(0.02):
            return
        connection.sendall(bytes([byte]))


def never_ends(connection: Connection) -> None:
    connection.sendall(OK + b"\r\n" + BODY)
    while not OVER.is_set():
        connection.sendall(b"# nothing\n" * 1000)


def breaks(connection: Connection) -> None:
    connection.sendall(OK + b"Content-Length: 9999\r\n\r\n" + BODY)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a reset in place of an end


def _read(connection: Connection) -> bytes:
    """A whole request: a part that is not read resets the connection when it is closed, and the answer may be lost."""
    request = connection.recv(65536)
    head, _, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    missing = int(length[1]) - len(body) if length else 0
    while missing > 0 and (more := connection.recv(65536)):
        request += more
        missing -= len(more)
    return request


class Server:
    """`answers`: path -> what is sent, or what is done. `seen` are the requests it got."""

    def __init__(self, answers: Answers, context: ssl.SSLContext | None, host: str) -> None:
        self.seen: list[str] = []
        self._answers = answers
        self._context = context
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.listener = socket.create_server((host, 0), family=family)
        self.port = self.listener.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        with suppress(OSError), closing(connection):
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            with closing(connection):
                request = _read(connection).decode("latin-1")
                self.seen.append(request)
                answer = self._answers.get(request.split(" ")[1].partition("?")[0].strip("/"), status(404))
                connection.sendall(answer) if isinstance(answer, bytes) else answer(connection)


@contextmanager
def serving(answers: Answers, context: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Server]:
    """A server that is gone at the end."""
    server = Server(answers, context, host)
    try:
        yield server
    finally:
        with suppress(OSError):
            server.listener.shutdown(socket.SHUT_RDWR)
        server.listener.close()


def has_ipv6_loopback() -> bool:
    with suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        return True
    return False


@contextmanager
def full_backlog() -> Iterator[int]:
    """A port that takes no more connections and does not refuse them either."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, ExitStack() as stack:
        port = listener.getsockname()[1]
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex(("127.0.0.1", port))
        yield port


class Certificates:
    """Files in a folder: an authority, a client's certificate, and contexts of servers with a certificate each."""

    def __init__(self, folder: Path) -> None:
        ours, other = trustme.CA(), trustme.CA()
        yesterday = datetime.now(UTC) - timedelta(days=1)
        self.contexts = {
            "tls": _context(ours.issue_cert("127.0.0.1")),
            "expired": _context(ours.issue_cert("127.0.0.1", not_after=yesterday)),
            "wrong-host": _context(ours.issue_cert("gateway.example")),
            "self-signed": _context(other.issue_cert("127.0.0.1")),
            "mutual": _context(ours.issue_cert("127.0.0.1")),
        }
        self.contexts["mutual"].verify_mode = ssl.CERT_REQUIRED
        ours.configure_trust(self.contexts["mutual"])
        ours.cert_pem.write_to_path(folder / "ca.pem")
        for name, issued in (
            ("client", ours.issue_cert("client@example.org")),
            ("stranger", other.issue_cert("x@y.z")),
        ):
            issued.cert_chain_pems[0].write_to_path(folder / f"{name}.pem")
            issued.private_key_pem.write_to_path(folder / f"{name}.key")


def _context(issued: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    return context
