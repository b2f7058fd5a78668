"""Folders for copies of what is read, removed also where a signal ends the program."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

_folders: list[str] = []


@contextmanager
def private_folder() -> Iterator[str]:
    """A temporary folder that nobody else can read; `remove_folders` removes it where a signal ends the program."""
    with TemporaryDirectory(prefix="llmgw-report-", ignore_cleanup_errors=True) as folder:
        _folders.append(folder)
        yield folder


def remove_folders() -> None:
    """Remove what a read that a signal stopped has left; its thread does not clean up after itself."""
    for folder in _folders:
        shutil.rmtree(folder, ignore_errors=True)
