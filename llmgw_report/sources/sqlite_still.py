"""Reading a database that nobody has open, without leaving a file beside it.

Whoever opens a database in WAL mode makes a -wal and a -shm file, and a reader may not remove them: it
cannot take the lock that says nobody else came. So there are two ways around it:

    still_image   no -wal, -shm or -journal lies there, so nobody has it open and its one file is all of it:
                  it is read without any lock, and what was read counts only if nobody has come meanwhile
    remove_made   files that were not there before are removed as SQLite itself does at the last close:
                  under the lock that nobody gets while another connection exists, in any process
"""

import os
import time
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

_WAL = b"\2\2"
_MADE = ("-wal", "-shm")
#: Longer than the coarsest clock that a file system stamps its files with.
_STILL_NS = 3_000_000_000
#: The bytes that SQLite's locks are on: pending, reserved, and the 510 that readers share.
_LOCKS_AT, _LOCKS = 0x40000000, 512


class Image(Struct, frozen=True):
    """What changes when anybody writes a database, or makes or removes a file beside it."""

    inode: int
    size: int
    changed_ns: tuple[int, ...]


def companions(path: Path, suffixes: Iterable[str] = _MADE) -> tuple[Path, ...]:
    """The files beside the database that exist, of those that SQLite makes when it only reads."""
    base = path.resolve()
    found = (base.with_name(base.name + suffix) for suffix in suffixes)
    return tuple(file for file in found if os.path.lexists(file))


def in_wal_mode(path: Path) -> bool:
    """As its header says. To be called while this process has no connection to it, like `check_file`."""
    try:
        with path.open("rb") as file:
            return file.read(20)[18:] == _WAL
    except OSError:
        return False


def still_image(path: Path) -> Image | None:
    """What the file looks like while nobody has it open; None if somebody has, or had a moment ago.

    Where no file could be removed again, the moment is waited for.
    """
    base = path.resolve()
    try:
        file, folder = base.stat(), base.parent.stat()
    except OSError:
        return None
    image = Image(file.st_ino, file.st_size, (file.st_mtime_ns, file.st_ctime_ns, folder.st_mtime_ns))
    missing = _STILL_NS - (time.time_ns() - max(image.changed_ns))
    if companions(path, (*_MADE, "-journal")) or missing > _STILL_NS:
        return None
    if missing <= 0:
        return image
    if os.access(base, os.W_OK) and os.access(base.parent, os.W_OK):
        return None
    time.sleep(missing / 1e9)
    return still_image(path)


def remove_made(path: Path, before: tuple[Path, ...]) -> tuple[str, ...]:
    """Remove the files made since `before`, if provably nobody uses them; the names of those that stay."""
    made = [file for file in companions(path) if file not in before]
    if not made:
        return ()
    with suppress(OSError, ImportError), closing(path.open("r+b", buffering=0)) as file:
        _lock(file)
        for one in made:
            # A log with rows in it is a gateway's that came and crashed: the next one needs it.
            if one.name.endswith("-wal") and one.stat().st_size:
                break
            one.unlink()
    return tuple(file.name for file in companions(path) if file not in before)


def _lock(file: BinaryIO) -> None:
    """Raises OSError while any connection is open. Nothing is written; closing the file ends it."""
    import fcntl  # not on every system

    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, _LOCKS, _LOCKS_AT)
