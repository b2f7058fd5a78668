"""Documents to where they go: whole or not at all."""

import os
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from llmgw_report import plugins
from llmgw_report.cli.options import FORMATS
from llmgw_report.errors import ReportError, UsageError


class Output(Struct, frozen=True, kw_only=True):
    """One file and its format."""

    path: Path
    format: str


def outputs(given: Sequence[str]) -> tuple[Output, ...]:
    """What `-o` asks for; UsageError for an unknown format or a place that cannot be written, before any slow work."""
    found = tuple(_output(text) for text in given)
    for output in found:
        _writable(output.path)
    return found


def write(output: Output, text: str) -> None:
    """Beside the target, synced, and renamed over it: a reader sees the old file or the new one."""
    from tempfile import mkstemp  # costs as much as the renderers, and most runs write no file

    path = output.path.resolve()  # a link stays one
    try:
        descriptor, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).chmod(_mode(path))
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        message = f"-o {output.path}: {error.strerror or error}"
        raise ReportError(message, "the report was not written; free some space or choose another place") from error


def _output(text: str) -> Output:
    name, equals, path = text.partition("=")
    if equals and name in FORMATS:
        return Output(path=Path(path), format=name)
    suffix = Path(text).suffix.removeprefix(".").lower()
    found = suffix if suffix in FORMATS else next((one for one in FORMATS if suffix in _extensions(one)), None)
    if found is None:
        message = f"-o {text}: no format for the extension {suffix!r}"
        raise UsageError(message, f"write -o FORMAT=FILE with one of {', '.join(FORMATS)}")
    return Output(path=Path(text), format=found)


def _extensions(name: str) -> tuple[str, ...]:
    extensions: tuple[str, ...] = plugins.load("renderers", name).EXTENSIONS
    return extensions


def _writable(path: Path) -> None:
    folder = path.resolve().parent
    if path.is_dir():
        problem = "is a directory"
    elif path.exists() and not path.is_file():
        problem = "is not a regular file"  # a rename would put one in the place of a device or a pipe
    elif not folder.is_dir():
        problem = f"{folder} is not a directory"
    elif not os.access(folder, os.W_OK | os.X_OK):
        problem = f"{folder} cannot be written"
    else:
        return
    message = f"-o {path}: {problem}"
    raise UsageError(message, "name a file in an existing folder that this user may write")


def _mode(path: Path) -> int:
    """Of the file that is replaced, else what a new file gets here; a temporary file is readable by its owner only."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
