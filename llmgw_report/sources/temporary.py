"""Where copies of what is read are for as long as a run needs them; removed also where a signal ends the program."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from llmgw_report.errors import SourceError
from llmgw_report.messages import msg

_NOWHERE = msg("there is no folder for temporary files that can be written in")
_SET_TMPDIR = msg("set TMPDIR to one; a container with a read-only file system needs a volume for it")

_folders: list[Path] = []


@contextmanager
def private_folder() -> Iterator[str]:
    """A temporary folder that nobody else can read; `remove_folders` removes it where a signal ends the program.

    Raises SourceError where there is no place for it.
    """
    try:
        folder = Path(tempfile.gettempdir(), f"llmgw-report-{os.urandom(8).hex()}")
        # Named before it is made: a signal between making and naming it would leave it behind.
        _folders.append(folder)
        folder.mkdir(0o700)
    except OSError as problem:
        raise SourceError(_NOWHERE, _SET_TMPDIR) from problem
    try:
        yield str(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _folders.remove(folder)


def remove_folders() -> None:
    """Remove what a read that a signal stopped has left; its thread does not clean up after itself."""
    for folder in tuple(_folders):
        shutil.rmtree(folder, ignore_errors=True)
