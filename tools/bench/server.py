"""A Prometheus server with 100,000 series of fifty targets: the whole command over one hour, and what it asks for."""

import re
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import which

from tools.bench.measure import Command, interleave
from tools.bench.place import Place
from tools.bench.row import Row
from tools.bench.vocabulary import END

REPORTED = (0, 1)
BARE = "python -c pass"
NAME = "a server with 100,000 series, 1 h"
#: The largest answer that still is a small one, as the server's histogram of its answers has it.
SMALL = "1e+07"


def server(place: Place, samples: Path) -> Iterator[Row]:
    """Time, memory, questions and answers of a report; `samples` is OpenMetrics text."""
    if not (which("prometheus") and which("promtool")):
        yield Row(NAME, None, "s", 3, note="no prometheus or no promtool on this machine")
        return
    with _prometheus(place.folder, samples) as url:
        source = ("--no-config", "--no-db", "--prometheus", url, "--match", 'job="litellm"')
        ours: Command = [place.command, *source, "--at", END, "--window", "1h", "-f", "json"]
        rounds = place.rounds(5)
        commands: dict[str, Command] = {"ours": ours, BARE: [place.python, "-c", "pass"]}
        samples_taken = interleave(commands, rounds, folder=place.folder, accept=REPORTED)
        asked, large = (n / (rounds + 1) for n in _answers(url))
    yield Row(NAME, samples_taken.seconds("ours"), "s", 3, n=rounds)
    yield Row(f"the same / {BARE}", samples_taken.ratio("ours", BARE), "x", n=rounds)
    yield Row("the same, peak memory", samples_taken.peak("ours"), "MiB", 64, n=rounds)
    yield Row("the same, questions", asked, "", 40)
    yield Row("the same, answers of more than 10 MB", large, "", 0)


def _answers(url: str) -> tuple[float, float]:
    """How many questions the server has answered, and how many of these answers were not small."""
    text = _get(f"{url}/metrics")
    questions = r'prometheus_http_response_size_bytes_%s\{handler="/api/v1/query(?:_range)?"%s\} (\S+)'
    asked, small = (
        sum(float(n) for n in re.findall(questions % part, text))
        for part in (("count", ""), ("bucket", f',le="{re.escape(SMALL)}"'))
    )
    return asked, asked - small


@contextmanager
def _prometheus(folder: Path, samples: Path) -> Iterator[str]:
    data, settings = folder / "blocks", folder / "prometheus.yml"
    call: Command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", samples, data]
    subprocess.run(call, check=True, stdout=subprocess.DEVNULL)
    settings.write_text("global: {}\n")
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    options = (f"--config.file={settings}", f"--storage.tsdb.path={data}", "--storage.tsdb.retention.time=100y")
    command = ["prometheus", *options, f"--web.listen-address={address}"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(600):
                with suppress(OSError):
                    _get(f"http://{address}/-/ready")
                    break
                time.sleep(0.1)
            yield f"http://{address}"
        finally:
            process.terminate()


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - loopback
        text: str = answer.read().decode()
    return text
