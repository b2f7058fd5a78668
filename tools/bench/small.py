"""Small gateways as files: a real one with 158 log rows, and the demo's."""

import lzma
import shlex
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from shutil import copy
from typing import NamedTuple

from tools.bench.measure import output
from tools.bench.place import CHECKOUT, Place

UNHEALTHY = CHECKOUT / "examples" / "unhealthy"
DATA = CHECKOUT / "tests" / "data"
BUILD = """
import sys, pathlib
from llmgw_report.sources.sqlite import build
build(pathlib.Path(sys.argv[1]).read_text("utf-8"), pathlib.Path(sys.argv[2]))
"""


class Budget(NamedTuple):
    """In times of the bare interpreter by format, in MiB, and over HTTP as Markdown."""

    formats: Mapping[str, float]
    memory: float
    over_http: float


class Small(NamedTuple):
    """A saved scrape, a database, the instant at which both are evaluated, and what a run may cost."""

    name: str
    scrape: Path
    database: Path
    at: str
    budget: Budget

    @property
    def at_ms(self) -> int:
        """The instant in milliseconds since the epoch."""
        return round(datetime.fromisoformat(self.at).timestamp() * 1000)


def rest(small: Small) -> list[str | Path]:
    """The options that do not depend on where the scrape comes from."""
    return ["--no-config", "--db-path", small.database, "--at", small.at]


def real(place: Place) -> Small:
    """A gateway's own files: 158 log rows, 246 snapshots, 40 lines of metrics."""
    folder = _folder(place, "real")
    scrape, database = folder / "metrics.prom", folder / "real.db"
    copy(DATA / "llm-gateway-0.3.0.prom", scrape)
    database.write_bytes(lzma.decompress((DATA / "llm-gateway-0.3.0.db.xz").read_bytes()))
    budget = Budget({"json": 7.5, "md": 12, "html": 12}, memory=32, over_http=18)
    return Small("158 log rows", scrape, database, "2026-01-11T11:08:07Z", budget)


def demo(place: Place) -> Small:
    """The demo's inputs, its database built beforehand: `--demo` itself spends most of its time on that."""
    folder = _folder(place, "demo")
    copy(UNHEALTHY / "metrics.prom", folder)
    database = folder / "demo.db"
    output([place.python, "-c", BUILD, UNHEALTHY / "database.sql", database], folder)
    arguments = shlex.split((UNHEALTHY / "arguments.txt").read_text("utf-8"))
    budget = Budget({"json": 10, "md": 13.5, "html": 14}, memory=36, over_http=21)
    at = arguments[arguments.index("--at") + 1]
    return Small("demo, database built beforehand,", folder / "metrics.prom", database, at, budget)


def _folder(place: Place, name: str) -> Path:
    folder = place.folder / name
    folder.mkdir(exist_ok=True)
    return folder
