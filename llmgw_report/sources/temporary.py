"""Folders for copies of what is read, removed also where a signal ends the program."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_folders: list[Path] = []


@contextmanager
def private_folder() -> Iterator[str]:
    """A temporary folder that nobody else can read; `remove_folders` removes it where a signal ends the program."""
    folder = Path(tempfile.gettempdir(), f"llmgw-report-{os.urandom(8).hex()}")
    # Named before it is made: a signal between making and naming it would leave it behind.
    _folders.append(folder)
    folder.mkdir(0o700)
    try:
        yield str(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _folders.remove(folder)


def remove_folders() -> None:
    """Remove what a read that a signal stopped has left; its thread does not clean up after itself."""
    for folder in tuple(_folders):
        shutil.rmtree(folder, ignore_errors=True)
