"""Where the files beside the code are, in a checkout and in an installed wheel.

`importlib.resources` would answer too, also from inside a zip archive, but its import takes as long as
a whole report in JSON; the wheel is never run from a zip.
"""

from pathlib import Path

_PACKAGE = Path(__file__).parent


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


def _either(installed: Path, checkout: Path) -> Path:
    return installed if installed.is_dir() else checkout


def is_file(name: str | Path) -> bool:
    """Whether there is such a file; there is none whose name is longer than the system allows."""
    try:
        return Path(name).is_file()
    except OSError:
        return False
