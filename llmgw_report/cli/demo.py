"""The bundled example as if it were a gateway of one's own."""

import shlex
import shutil
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from llmgw_report import resources

INPUTS = ("*.prom", "*.toml", "*.sql", "*.xml")


@contextmanager
def example(folder: Path | None = None) -> Iterator[list[str]]:
    """A working directory with the example's inputs, its database built; yields its command line."""
    folder = folder or resources.demo()
    with TemporaryDirectory(prefix="llmgw-report-") as place, chdir(place):
        for file in (file for kind in INPUTS for file in folder.glob(kind)):
            shutil.copy(file, file.name)
        script = folder / "database.sql"
        if script.is_file():
            from llmgw_report.sources import sqlite_build  # only the demo and the examples build databases

            sqlite_build.build(script.read_text("utf-8"), Path("observability.db"))
        yield shlex.split((folder / "arguments.txt").read_text("utf-8"), comments=True)
