"""Small gateways as files: the demo's, and one with 158 log rows."""

import shlex
from datetime import datetime
from pathlib import Path
from shutil import copy
from typing import NamedTuple

from tools.bench.measure import output
from tools.bench.place import CHECKOUT, Place

UNHEALTHY = CHECKOUT / "examples" / "unhealthy"
BUILD = """
import sys, pathlib
from llmgw_report.sources.sqlite import build
build(pathlib.Path(sys.argv[1]).read_text("utf-8"), pathlib.Path(sys.argv[2]))
"""


class Small(NamedTuple):
    """A saved scrape, a database, and the instant at which both are judged."""

    name: str
    scrape: Path
    database: Path
    at: str

    @property
    def at_ms(self) -> int:
        """The instant in milliseconds since the epoch."""
        return round(datetime.fromisoformat(self.at).timestamp() * 1000)


def demo(place: Place) -> Small:
    """The demo's inputs, its database built beforehand: `--demo` itself spends most of its time on that."""
    folder = place.folder / "demo"
    folder.mkdir()
    copy(UNHEALTHY / "metrics.prom", folder)
    database = folder / "observability.db"
    output([place.python, "-c", BUILD, UNHEALTHY / "database.sql", database], folder)
    arguments = shlex.split((UNHEALTHY / "arguments.txt").read_text("utf-8"))
    return Small("demo", folder / "metrics.prom", database, arguments[arguments.index("--at") + 1])
