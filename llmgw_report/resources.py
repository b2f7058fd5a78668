"""Where the files beside the code are, in a checkout and in an installed wheel.

`importlib.resources` would answer too, also from inside a zip archive, but its import takes as long as
a whole report in JSON; the wheel is never run from a zip.
"""

import errno
import os
from pathlib import Path

_PACKAGE = Path(__file__).parent
#: Characters of a text that somebody writes by hand; a style sheet may hold a font.
_LONGEST = 16 * 1024 * 1024


def templates() -> Path:
    """The folder of the report's templates."""
    return _either(_PACKAGE / "templates", _PACKAGE.parent / "templates")


def demo() -> Path:
    """The folder of the bundled worked example: an unhealthy gateway's scrape and log database."""
    return _either(_PACKAGE / "demo", _PACKAGE.parent / "examples" / "unhealthy")


def compiled_templates() -> Path | None:
    """The folder of templates that the wheel's build turned into Python modules; None in a checkout."""
    folder = _PACKAGE / "_compiled"
    return folder if folder.is_dir() else None


def text(path: Path) -> str:
    """A file that the user names; OSError where it does not end, as a device. A pipe may hold a secret, and is read."""
    with path.open(encoding="utf-8") as file:
        found = file.read(_LONGEST + 1)
    if len(found) > _LONGEST:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return found


def _either(installed: Path, checkout: Path) -> Path:
    return installed if installed.is_dir() else checkout


def is_file(name: str | Path) -> bool:
    """Whether there is such a file; there is none whose name is longer than the system allows."""
    try:
        return Path(name).is_file()
    except OSError:
        return False
