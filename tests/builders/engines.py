"""Real engines on a free port of loopback, with data made in the test; a test skips by name what a machine lacks."""

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import which

import pytest

PROMETHEUS, PROMTOOL, VICTORIA = (
    Path(which(name) or f"/usr/bin/{name}") for name in ("prometheus", "promtool", "victoria-metrics")
)


def require(*programs: Path) -> None:
    """Skip, with the name of what the package manager would have to install."""
    for program in programs:
        if not program.is_file():
            assert "ENGINES_REQUIRED" not in os.environ, f"no {program.name}, and .ci/run installs it"
            pytest.skip(f"no {program.name} on this machine")


@contextmanager
def prometheus(folder: Path, text: str, *options: str) -> Iterator[str]:
    """The address of a Prometheus that holds these samples, and scrapes nothing."""
    require(PROMETHEUS, PROMTOOL)
    (folder / "fleet.om").write_text(text)
    blocks = [PROMTOOL, "tsdb", "create-blocks-from", "openmetrics", folder / "fleet.om", folder / "data"]
    subprocess.run([*map(str, blocks)], check=True, capture_output=True)
    (folder / "prometheus.yml").write_text("global: {}\n")
    port = _free_port()
    call = [
        PROMETHEUS,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        "--storage.tsdb.retention.time=100y",
        f"--web.listen-address=127.0.0.1:{port}",
        *options,
    ]
    with _running(call, folder, f"http://127.0.0.1:{port}", "/-/ready") as url:
        yield url


@contextmanager
def victoria(folder: Path, text: str) -> Iterator[str]:
    """The address of a VictoriaMetrics that was given these samples."""
    require(VICTORIA)
    port = _free_port()
    call = [
        VICTORIA,
        f"-storageDataPath={folder / 'vm'}",
        f"-httpListenAddr=127.0.0.1:{port}",
        "-retentionPeriod=100y",
        "-search.disableCache",
    ]
    with _running(call, folder, f"http://127.0.0.1:{port}", "/health") as url:
        lines = "\n".join(_in_milliseconds(line) for line in text.splitlines() if not line.startswith("#"))
        _get(f"{url}/api/v1/import/prometheus", lines.encode())
        _get(f"{url}/internal/force_flush")
        yield url


def _in_milliseconds(line: str) -> str:
    sample, _, seconds = line.rpartition(" ")
    return f"{sample} {seconds}000"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
    return port


def _get(url: str, body: bytes | None = None) -> None:
    with urllib.request.urlopen(url, body, timeout=10):  # noqa: S310 - loopback
        pass


@contextmanager
def _running(call: list[object], folder: Path, url: str, ready: str) -> Iterator[str]:
    log = folder / "engine.log"
    with log.open("wb") as output, subprocess.Popen([*map(str, call)], stdout=output, stderr=output) as process:
        try:
            for _ in range(600):
                with suppress(OSError):
                    _get(url + ready)
                    break
                assert process.poll() is None, log.read_text()
                time.sleep(0.05)
            yield url
        finally:
            process.terminate()
