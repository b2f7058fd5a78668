"""What somebody who waits sees: a line at a terminal, gone afterwards, and nothing in a file or a pipe."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyte
import pytest

from tests.builders.endpoint import running
from tests.process import CHECKOUT, HEALTHY

COLUMNS, LINES = 60, 8


@contextmanager
def endpoint() -> Iterator[str]:
    """A healthy gateway's metrics endpoint."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(HEALTHY.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        yield f"{url}/metrics"


def at_a_terminal(folder: Path, *arguments: str, patience: float, term: str = "xterm") -> str:
    """Everything that a run writes to a terminal as standard error.

    `patience`: seconds until a run begins to show its progress. The program's own is too close to what a run takes
    on a busy machine.
    """
    (folder / "sitecustomize.py").write_text(
        f"from llmgw_report.cli import machine\nmachine.PATIENCE_SECONDS = {patience}\n"
    )
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    environment = {"PYTHONPATH": f"{folder}:{CHECKOUT}", "PATH": "/usr/bin:/bin", "HOME": str(folder), "TERM": term}
    command = [sys.executable, "-m", "llmgw_report", *arguments]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=slave):
        os.close(slave)
        written = b""
        while block := _read(master):
            written += block
    os.close(master)
    return written.decode()


def _read(master: int) -> bytes:
    """Linux answers an error once the other side has gone."""
    try:
        return os.read(master, 4096)
    except OSError:
        return b""


def screen(written: str) -> list[str]:
    """What is left on a terminal."""
    shown = pyte.Screen(COLUMNS, LINES)
    pyte.Stream(shown).feed(written)
    return [line.rstrip() for line in shown.display if line.strip()]


@pytest.mark.parametrize(("term", "told"), [("xterm", True), ("dumb", False)])
def test_a_long_run_tells_how_far_it_is_and_clears_it_away(tmp_path: Path, term: str, told: bool) -> None:  # noqa: FBT001 - told or not
    with endpoint() as url:
        written = at_a_terminal(tmp_path, "--url", url, "--interval", "1.3", "--no-db", patience=0.1, term=term)
    assert ("waiting 1.3 s for the sec" in written) is told
    assert "waiting" not in "".join(screen(written))
    assert screen(written)[0].startswith("llmgw-report: UNKNOWN exit=3")  # nobody called the gateway meanwhile


def test_a_short_run_shows_nothing(tmp_path: Path) -> None:
    with endpoint() as url:
        written = at_a_terminal(tmp_path, "--url", url, "--no-db", patience=600)
    assert "\x1b" not in written
    assert written.count("llmgw-report:") == 1
