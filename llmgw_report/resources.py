"""Finds the files beside the code, in a checkout and in an installed wheel; reads files that users name.

`importlib.resources` would answer too, also from inside a zip archive, but its import takes as long as
a whole report in JSON; the wheel is never run from a zip.
"""

import errno
import os
from pathlib import Path

_PACKAGE = Path(__file__).parent
#: Of a file that people write by hand; a style sheet may hold a font.
_TEXT_CHARACTERS = 16 * 1024 * 1024


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
    """Read a file that the user names, a pipe as well. OSError where it does not end, as a device."""
    with path.open(encoding="utf-8") as file:
        found = file.read(_TEXT_CHARACTERS + 1)
    if len(found) > _TEXT_CHARACTERS:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return found


def is_file(name: str | Path) -> bool:
    """Whether there is such a file. `Path.is_file` raises for a name longer than the system allows."""
    try:
        return Path(name).is_file()
    except OSError:
        return False


def _either(installed: Path, checkout: Path) -> Path:
    return installed if installed.is_dir() else checkout
