"""Finds the files beside the code, in a checkout and in an installed wheel; reads files that users name.

`importlib.resources` would answer too, also from inside a zip archive, but its import takes as long as
a whole report in JSON; the wheel is never run from a zip.
"""

import errno
import os
import stat
from functools import cache
from pathlib import Path
from typing import BinaryIO

from llmgw_report import installation

_PACKAGE = Path(__file__).parent
#: Of a file that people write by hand; a style sheet may hold a font.
_TEXT_BYTES = 16 * 1024 * 1024
NO_FILE = "a device or a pipe, not a file"


def templates() -> Path:
    """The folder of the report's templates."""
    return _either("templates", _PACKAGE.parent / "templates")


def demo() -> Path:
    """The folder of the bundled worked example: an unhealthy gateway's scrape and log database."""
    return _either("demo", _PACKAGE.parent / "examples" / "unhealthy")


def compiled() -> Path | None:
    """The folder of what the wheel's build made of templates and definitions; None in a checkout."""
    return None if installation.is_checkout() else _PACKAGE / installation.COMPILED


def open_file(path: str | Path) -> BinaryIO:
    """Open an input file, unbuffered. OSError at once for a folder, a pipe and a device: they may never end."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(descriptor, "rb", buffering=0)
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise OSError(errno.EINVAL, NO_FILE, str(path))


def content(path: str | Path, most: int) -> bytes:
    """The content of a file. OSError for one that is none, or larger than `most` bytes.

    InstallationError for a file of the program that is not as it was installed.
    """
    with open_file(path) as file:
        found = file.read(most + 1)
    if len(found) > most:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    installation.check_content(path, found)
    return found


def text(path: Path) -> str:
    """Read a text file that the user names. OSError for one that is none, or larger than any that people write."""
    return content(path, _TEXT_BYTES).decode("utf-8").replace("\r\n", "\n")


def exists(name: str | Path) -> bool:
    """Whether there is anything of that name. `Path.exists` raises for a name longer than the system allows."""
    try:
        return Path(name).exists()
    except OSError:
        return False


def is_file(name: str | Path) -> bool:
    """Whether there is such a file. `Path.is_file` raises for a name longer than the system allows."""
    try:
        return Path(name).is_file()
    except OSError:
        return False


@cache
def _either(installed: str, checkout: Path) -> Path:
    """A folder that others read, where a wheel or a checkout has it; InstallationError if it is damaged."""
    return checkout if installation.is_checkout() else Path(installation.check_folder(installed))
