"""The files that --db-path names: each process of a gateway may write its own."""

import os
from collections.abc import Iterator, Sequence
from glob import glob
from pathlib import Path

from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.errors import UsageError

#: What the files of a folder end with that are taken. One that is no database is reported: it may be a damaged one.
ENDINGS = (".db", ".db3", ".sqlite", ".sqlite3")
#: Each is read in turn; more than this many is a pattern that matches more than was meant.
MOST_FILES = 500


def target(names: Sequence[str], origin: str) -> DatabaseTarget:
    """The files of these names, folders and globs; a file that has several names is one."""
    files: dict[object, str] = {}
    for file in (file for name in names for file in _files(name)):
        files.setdefault(_identity(file), file)
    found = tuple(files.values())
    if len(found) > MOST_FILES:
        message = f"--db-path: {len(found)} files, and a report is of at most {MOST_FILES}"
        raise UsageError(message, "name fewer, or make a report of each part of the fleet")
    return DatabaseTarget(path=found[0], files=found if len(found) > 1 else (), named=True, origin=origin)


def _files(name: str) -> Iterator[str]:
    """The files that a name stands for; what stands for none stays as it is, so that reading it says why."""
    if os.path.lexists(name):
        inside = _databases(Path(name)) if Path(name).is_dir() else []
        yield from inside or [name]
    else:
        yield from sorted(glob(name, recursive=True)) or [name]  # noqa: PTH207 - Path has none of an absolute pattern


def _databases(folder: Path) -> list[str]:
    try:
        return sorted(str(file) for file in folder.iterdir() if file.suffix in ENDINGS and not file.is_dir())
    except OSError:
        return []


def _identity(file: str) -> object:
    """What two names of one file have in common: added up twice it would be two processes."""
    try:
        found = Path(file).stat()
    except (OSError, ValueError):
        return file
    return found.st_dev, found.st_ino
