"""The bundled example as if it were a gateway of one's own."""

import shlex
import shutil
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from llmgw_report import resources
from llmgw_report.cli.settings import Typed

#: The options that name one file or folder, and those that name several.
PATH = frozenset(
    {"metrics_file", "db_path", "bearer_token_file", "ca_file", "client_cert", "client_key"}
    | {"css", "template_dir", "config", "baseline", "verify"}
)
PATHS = frozenset({"query", "tests", "template"})
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
            from llmgw_report.sources import sqlite  # only the demo and the examples build databases

            sqlite.build(script.read_text("utf-8"), Path("observability.db"))
        yield shlex.split((folder / "arguments.txt").read_text("utf-8"), comments=True)


def absolute(typed: Typed) -> dict[str, Any]:
    """The same files from any working directory: the demo works in another one than its user."""
    return {**typed, **{name: _absolute(name, value) for name, value in typed.items() if value}}


def _absolute(name: str, value: Any) -> Any:  # noqa: ANN401 - options of many types
    if name in PATHS:
        return tuple(str(Path(file).absolute()) for file in value)
    if name == "header":
        return tuple(f"@{Path(text[1:]).absolute()}" if text.startswith("@") else text for text in value)
    named = (name in PATH and value != "-") or (name == "gateway" and Path(value).is_dir())
    return str(Path(value).absolute()) if named else value
