"""Prometheus and VictoriaMetrics of this machine, each on a free port of loopback, with samples that it is given."""

import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import which

PROMETHEUS, PROMTOOL, VICTORIA = (
    Path(which(name) or f"/usr/bin/{name}") for name in ("prometheus", "promtool", "victoria-metrics")
)


def missing(*programs: Path) -> list[str]:
    """Names of those that are not installed."""
    return [program.name for program in programs if not program.is_file()]


@contextmanager
def prometheus(folder: Path, samples: str | Path = "", *options: str) -> Iterator[str]:
    """The address of a Prometheus that holds these samples, a text or a file of it, takes more, and scrapes nothing."""
    if samples:
        file = samples if isinstance(samples, Path) else folder / "fleet.om"
        if isinstance(samples, str):
            file.write_text(samples)
        blocks = [PROMTOOL, "tsdb", "create-blocks-from", "openmetrics", file, folder / "data"]
        subprocess.run([*map(str, blocks)], check=True, capture_output=True)
    (folder / "prometheus.yml").write_text("global: {}\n")
    port = free_port()
    call = [
        PROMETHEUS,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        "--storage.tsdb.retention.time=100y",
        "--web.enable-remote-write-receiver",
        f"--web.listen-address=127.0.0.1:{port}",
        *options,
    ]
    with _running(call, folder, f"http://127.0.0.1:{port}", "/-/ready") as url:
        yield url


@contextmanager
def victoria(folder: Path, text: str = "") -> Iterator[str]:
    """The address of a VictoriaMetrics that was given these samples."""
    port = free_port()
    call = [
        VICTORIA,
        f"-storageDataPath={folder / 'vm'}",
        f"-httpListenAddr=127.0.0.1:{port}",
        "-retentionPeriod=100y",
        "-search.disableCache",
    ]
    with _running(call, folder, f"http://127.0.0.1:{port}", "/health") as url:
        if text:
            lines = "\n".join(_in_milliseconds(line) for line in text.splitlines() if not line.startswith("#"))
            _get(f"{url}/api/v1/import/prometheus", lines.encode())
        flush(url)
        yield url


def write(url: str, samples: Iterable[bytes]) -> None:
    """Send samples on to a server, as one that scrapes does."""
    for body in samples:
        _get(f"{url}/api/v1/write", body)


def flush(url: str) -> None:
    """Let a VictoriaMetrics show what it was given."""
    _get(f"{url}/internal/force_flush")


def _in_milliseconds(line: str) -> str:
    sample, _, seconds = line.rpartition(" ")
    return f"{sample} {seconds}000"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
    return port


def _get(url: str, body: bytes | None = None) -> None:
    with urllib.request.urlopen(url, body, timeout=60):  # noqa: S310 - loopback
        pass


@contextmanager
def _running(call: list[object], folder: Path, url: str, ready: str) -> Iterator[str]:
    log = folder / "engine.log"
    with log.open("wb") as output, subprocess.Popen([*map(str, call)], stdout=output, stderr=output) as process:
        try:
            for _ in range(1200):
                with suppress(OSError):
                    _get(url + ready)
                    break
                assert process.poll() is None, log.read_text()
                time.sleep(0.05)
            else:
                raise TimeoutError(log.read_text())
            yield url
        finally:
            process.terminate()
