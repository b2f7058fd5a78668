"""The program as a process or as a call of its main function, and small scrapes to give it."""

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryFile
from unittest.mock import patch

import pytest

from llmgw_report.cli import main
from llmgw_report.signals import WORDS as SIGNAL_WORDS

CHECKOUT = Path(__file__).parents[1]
#: What cron and systemd give a job, after the programs of this environment: it does not have to be active.
PATH = f"{Path(sys.prefix) / 'bin'}:/usr/bin:/bin"
AT = "2026-03-02T12:00:00Z"
HEALTHY = """\
# TYPE llm_gateway_info gauge
llm_gateway_info{version="0.3.0"} 1
# TYPE llm_gateway_instance_health_status gauge
llm_gateway_instance_health_status{provider="a",instance="a-1"} 1
# TYPE llm_requests_total counter
llm_requests_total{api_key="k",provider="a",model="m",endpoint="/v1/messages"} 1000
# TYPE llm_gateway_instance_requests_total counter
llm_gateway_instance_requests_total{provider="a",instance="a-1",status="success"} 1000
"""
#: One request in 25 fails: a warning.
FLAWED = (
    HEALTHY.replace('status="success"} 1000', 'status="success"} 960')
    + """\
llm_gateway_instance_requests_total{provider="a",instance="a-1",status="failure"} 40
"""
)
#: A second instance that is down and fails every request; the first answers its own.
DOWN = (
    HEALTHY.replace("} 1000", "} 1500", 1)
    + """\
llm_gateway_instance_requests_total{provider="a",instance="a-2",status="failure"} 500
llm_gateway_instance_health_status{provider="a",instance="a-2"} 0
"""
)
#: Nothing of the caller's. These scrapes have no start time, so the life of the process is made the window.
ENVIRONMENT = {"PYTHONPATH": str(CHECKOUT), "PATH": "/usr/bin:/bin", "LLMGW_REPORT_WINDOW": "all"}
FILE = ("--no-db", "--at", AT, "--metrics-file")


def needs(*programs: str) -> None:
    """Skip the test where one of them is not installed."""
    if missing := [name for name in programs if shutil.which(name, path=PATH) is None]:
        pytest.skip(f"{', '.join(missing)} is not installed")


def needs_repository() -> None:
    """Skip the test in sources that are no checkout, such as those of an sdist."""
    needs("git")
    if not (CHECKOUT / ".git").exists():
        pytest.skip("not a git checkout")


def run(
    *arguments: str,
    cwd: Path,
    stdin: str = "",
    environment: dict[str, str] | None = None,
    prefix: Sequence[str] = (),
) -> subprocess.CompletedProcess[str]:
    """One run in `cwd`, which has no configuration of anybody's; `prefix` is a command that runs it."""
    return subprocess.run(
        [*prefix, sys.executable, "-m", "llmgw_report", *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        env=_environment(cwd, environment),
        timeout=60,
        check=False,
    )


def call(
    *arguments: str, cwd: Path, stdin: str = "", environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """What `run` returns, ten times sooner: nothing is started and imported.

    For what the program reads, writes and decides. How it starts, what signals and limits do to it, and what it shares
    with other processes needs `run`; tests/system/test_exit_contract.py compares the two.
    """
    with ExitStack() as stack:
        given, out, err = (stack.enter_context(_stream()) for _ in range(3))
        given.write(stdin)
        given.seek(0)
        stack.enter_context(chdir(cwd))
        stack.enter_context(patch.dict(os.environ, _environment(cwd, environment), clear=True))
        stack.enter_context(patch.object(sys, "stdin", given))
        stack.enter_context(patch.object(sys, "unraisablehook", sys.unraisablehook))
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        stack.enter_context(_default_signals())
        code = main(arguments)
        for one in (out, err):
            one.seek(0)
        return subprocess.CompletedProcess(arguments, code, out.read(), err.read())


def _environment(cwd: Path, more: dict[str, str] | None) -> dict[str, str]:
    return ENVIRONMENT | {"HOME": str(cwd)} | (more or {})


def _stream() -> io.TextIOWrapper:
    """A standard stream that is a file, for what asks it for its number, in the encoding that a process finds."""
    return io.TextIOWrapper(TemporaryFile(), encoding="utf-8", errors="surrogateescape")


@contextmanager
def _default_signals() -> Iterator[None]:
    """Handlers as a new process has them; a run that was stopped ignores all, and so would what it starts."""
    before = {number: signal.getsignal(number) for number in SIGNAL_WORDS}
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    return done.stderr.strip().splitlines()[-1] if done.stderr.strip() else ""


@contextmanager
def hung_server() -> Iterator[tuple[str, threading.Event]]:
    """A server that takes the request and never answers, and an event that tells when it has it."""
    asked = threading.Event()
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def take() -> None:
            try:
                connection, _ = listener.accept()
            except OSError:  # the test ended before it asked
                return
            with connection:
                connection.recv(65536)
                asked.set()
                over.wait(60)

        # A daemon, so that a test that fails before it asks does not keep pytest from ending.
        threading.Thread(target=take, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/metrics", asked
        finally:
            over.set()
