"""A Prometheus server with the series of fifty targets: the whole command over one hour, and what it asks for."""

import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tools.bench.evidence import REPORTED, proven
from tools.bench.measure import Command, interleave
from tools.bench.place import Place
from tools.bench.row import BARE, Row, seconds
from tools.bench.vocabulary import END
from tools.fleet import engines

#: Of fifty targets with as many groups each.
SERIES = 99_800
NAME = f"a server with {SERIES:,} series, 1 h"
#: The largest answer that still is a small one, as the server's histogram of its answers has it; 64 MiB are allowed.
SMALL = "1e+07"


def server(place: Place, samples: Path) -> Iterator[Row]:
    """Time, memory, queries and answers of a report; `samples` is OpenMetrics text."""
    (folder := place.folder / "server").mkdir()
    with engines.prometheus(folder, samples) as url:
        commands: dict[str, Command] = {
            "ours": proven(asking(place, url), place.folder),
            BARE: [place.python, "-c", "pass"],
        }
        rounds = place.rounds(5)
        found = interleave(commands, rounds, folder=place.folder, accept={"ours": REPORTED})
        # With the run that proves it, and that of the first round, which is not measured.
        asked, large = (n / (rounds + 2) for n in _answers(url))
    yield seconds(NAME, found, "ours", 3, rounds)
    yield Row(f"{NAME}, peak memory", found.peak("ours"), "MiB", 64, n=rounds)
    yield Row(f"{NAME}, queries", asked, "", 40)
    yield Row(f"{NAME}, answers of more than 10 MB", large, "", 0)


def asking(place: Place, url: str) -> Command:
    """The command that reports on the last hour of what the server has stored."""
    source = ("--no-config", "--no-db", "--prometheus", url, "--match", 'job="litellm"')
    return [place.command, *source, "--at", END, "--window", "1h", "-f", "json"]


def _answers(url: str) -> tuple[float, float]:
    """How many queries the server has answered, and how many of these answers were not small."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:  # noqa: S310 - loopback
        text: str = answer.read().decode()
    queries = r'prometheus_http_response_size_bytes_%s\{handler="/api/v1/query(?:_range)?"%s\} (\S+)'
    asked, small = (
        sum(float(n) for n in re.findall(queries % part, text))
        for part in (("count", ""), ("bucket", f',le="{re.escape(SMALL)}"'))
    )
    return asked, asked - small
