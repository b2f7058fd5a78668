"""The bundled example as if it were a gateway of one's own."""

import shlex
import shutil
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

from llmgw_report import resources
from llmgw_report.cli.build_settings import FILE_MARK, Typed
from llmgw_report.config.option import Option
from llmgw_report.config.options import OPTIONS
from llmgw_report.errors import ReportError
from llmgw_report.sources.temporary import private_folder

INPUTS = ("*.prom", "*.toml", "*.sql", "*.xml")


@contextmanager
def example(folder: Path | None = None) -> Iterator[list[str]]:
    """A working directory with the example's inputs, its database built; yields its command line."""
    folder = folder or resources.demo()
    with private_folder() as place, chdir(place):
        try:
            _fill(folder)
        except OSError as error:
            message = f"{place}: {error.strerror or error}"
            raise ReportError(message, "free some space there, or set TMPDIR to a folder that has some") from error
        yield shlex.split((folder / "arguments.txt").read_text("utf-8"), comments=True)


def _fill(folder: Path) -> None:
    for file in (file for kind in INPUTS for file in folder.glob(kind)):
        shutil.copy(file, file.name)
    script = folder / "database.sql"
    if script.is_file():
        from llmgw_report.sources import sqlite  # only the demo and the examples build databases

        sqlite.build(script.read_text("utf-8"), Path("observability.db"))


def absolute(typed: Typed) -> dict[str, Any]:
    """The same files from any working directory: the demo works in another one than its user."""
    given = [option for option in OPTIONS if option.name != "output" and typed.get(option.parameter)]
    return {**typed, **{option.parameter: _absolute(option, typed[option.parameter]) for option in given}}


def _absolute(option: Option, value: Any) -> Any:  # noqa: ANN401 - options of many types
    if option.repeatable and option.kind == "file":
        return tuple(str(Path(file).absolute()) for file in value)
    if option.kind == "header":
        mark = FILE_MARK
        return tuple(f"{mark}{Path(text[1:]).absolute()}" if text.startswith(mark) else text for text in value)
    is_path = option.kind in {"file", "folder"} or (option.name == "gateway" and Path(value).is_dir())
    return str(Path(value).absolute()) if is_path and value != "-" else value
