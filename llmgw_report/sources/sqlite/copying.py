"""Copies a database that is not in WAL mode, so that its writer waits for a moment only; also run as a script.

While a reader has such a database locked, every commit waits, and fails where the gateway does not wait long enough.
So the file is copied without a lock first. Then, under one shared lock, the blocks are copied again that changed
meanwhile: that takes as long as comparing two files in memory, 0.05 s for 280 MB.

The lock is one of POSIX, which the system drops as soon as any descriptor of the same file is closed in the process,
and a thread that waits for Python's own lock would hold it for too long. So a large file is copied by a process of its
own, which imports nothing of this program: `python copying.py SOURCE`, the copy is its standard input.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

#: Fits into a processor's cache, where comparing is quickest.
_BLOCK_BYTES = 2**18
#: Up to here the file is copied in this process, which takes less time than starting another.
_SMALL_BYTES = 2 * 2**20
_COPY_BYTES = 2**30
#: What a copy leaves free where it is made.
_FREE_BYTES = 2**28
_COPY_SECONDS = 10.0
#: For which the lock is held at most; a comparison that took longer without it is not tried with it.
_LOCKED_SECONDS = 0.18
_TRIES = 25
_LOCK_WAIT_SECONDS = 1.0
_PAUSE_SECONDS = 0.02
#: SQLite's locks: a writer that waits for its readers has the first byte, readers share the others.
PENDING_OFFSET = 0x40000000
SHARED_OFFSET, SHARED_BYTES = PENDING_OFFSET + 2, 510


def copy_in_time(path: Path) -> FileIO | None:
    """A copy of the database at `path`, one committed state of it; None if there is no time or no room for one.

    The file has no name, so that nothing is left of it whatever ends this process, and mode 0600.
    """
    try:
        folder = tempfile.gettempdir()
        size = path.stat().st_size
        if size > min(_COPY_BYTES, shutil.disk_usage(folder).free - _FREE_BYTES):
            return None
        ours = _nameless(folder)
    except OSError:
        return None
    try:
        if _copied(path, ours) if size <= _SMALL_BYTES else _copied_by_child(path, ours):
            return ours
    except (OSError, ImportError):
        pass
    ours.close()
    return None


def name(copy: FileIO, path: Path) -> None:
    """Give the copy this name, without which SQLite cannot open it. Remove it as soon as it is open."""
    try:
        # The descriptor of a folder is not used, and makes Python call the function that follows the link.
        os.link(f"/proc/self/fd/{copy.fileno()}", path, src_dir_fd=copy.fileno())
    except (OSError, NotImplementedError):
        copy.seek(0)
        with FileIO(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            shutil.copyfileobj(copy, file, _BLOCK_BYTES)


def _nameless(folder: str) -> FileIO:
    """A new file without a name. Python's own way makes one that can never have any."""
    try:
        return FileIO(os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o600), "r+")
    except (OSError, AttributeError):
        with tempfile.TemporaryFile(buffering=0) as file:
            return FileIO(os.dup(file.fileno()), "r+")


def _copied_by_child(path: Path, ours: FileIO) -> bool:
    import subprocess  # a small file needs none, nor does a database in WAL mode

    command = (sys.executable, "-I", "-S", __file__, path)
    try:
        # The words of the command are this program's own and a path; no shell reads them.
        done = subprocess.run(command, stdin=ours, capture_output=True, timeout=2 * _COPY_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _copied(path: Path, ours: FileIO) -> bool:
    with FileIO(path) as theirs:
        if not _update(ours, theirs, _COPY_SECONDS):
            return False
        journal = path.resolve().with_name(f"{path.resolve().name}-journal")
        for _ in range(_TRIES):
            # Most of what changed since, and the time that a comparison takes now.
            if _update(ours, theirs, _LOCKED_SECONDS * 0.7):
                with _locked(theirs):
                    # With a journal the file may be in the middle of a transaction whose process crashed.
                    if not _in_use(journal):
                        return _update(ours, theirs, _LOCKED_SECONDS)
            time.sleep(_PAUSE_SECONDS)
    return False


def _update(ours: FileIO, theirs: FileIO, seconds: float) -> bool:
    """Write the blocks of `theirs` that differ to `ours`; False if that takes longer, or nobody wants it any more."""
    end, parent = time.perf_counter() + seconds, os.getppid()
    new, old = bytearray(_BLOCK_BYTES), bytearray(_BLOCK_BYTES)
    offset = 0
    theirs.seek(0)
    while size := theirs.readinto(new):
        ours.seek(offset)
        # Behind the end of a short block the two may differ, and then it is written for nothing.
        if ours.readinto(old) != size or old != new:
            ours.seek(offset)
            ours.write(memoryview(new)[:size])
        offset += size
        if time.perf_counter() > end or os.getppid() != parent:
            return False
    ours.truncate(offset)
    return True


@contextmanager
def _locked(file: FileIO) -> Iterator[None]:
    """Hold the lock of a reader; raises OSError if there is a writer that does not end."""
    import fcntl  # not on every system

    end = time.perf_counter() + _LOCK_WAIT_SECONDS
    while True:
        try:
            # The order of SQLite's own readers: none comes in while a writer waits for those that are there.
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB, 1, PENDING_OFFSET)
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB, SHARED_BYTES, SHARED_OFFSET)
            break
        except OSError:
            fcntl.lockf(file, fcntl.LOCK_UN, 1, PENDING_OFFSET)
            if time.perf_counter() > end:
                raise
            time.sleep(_PAUSE_SECONDS / 10)
    fcntl.lockf(file, fcntl.LOCK_UN, 1, PENDING_OFFSET)
    try:
        yield
    finally:
        fcntl.lockf(file, fcntl.LOCK_UN, SHARED_BYTES, SHARED_OFFSET)


def _in_use(journal: Path) -> bool:
    """Whether a rollback journal has content; some modes keep the file and empty it, or blank its first bytes."""
    try:
        with journal.open("rb") as file:
            return file.read(1) not in {b"", b"\0"}
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    with FileIO(0, "r+") as given:
        sys.exit(not _copied(Path(sys.argv[1]), given))
