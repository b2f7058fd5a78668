"""Where the configuration file is."""

from collections.abc import Mapping
from pathlib import Path

from llmgw_report.errors import UsageError
from llmgw_report.resources import NO_FILE, exists

FILE_NAME = "llmgw-report.toml"


def user_folder(environment: Mapping[str, str]) -> Path | None:
    """The user's configuration folder; none without a home."""
    if environment.get("XDG_CONFIG_HOME"):
        return Path(environment["XDG_CONFIG_HOME"])
    return Path(environment["HOME"]) / ".config" if environment.get("HOME") else None


def find(named: str | None, directory: Path, user_folder: Path | None) -> Path | None:
    """The named file, else the one in `directory`, else the user's own; UsageError if a named one is missing."""
    if named:
        try:
            if Path(named).is_file():
                return Path(named)
            problem = NO_FILE if Path(named).exists() else "no such file"
            problem = "is a directory" if Path(named).is_dir() else problem
        except OSError as error:  # a name too long, a folder that nobody may look into
            problem = error.strerror or str(error)
        raise UsageError(f"configuration {named}: {problem}", "name an existing file, or use --no-config")
    candidates = [directory / FILE_NAME] + ([user_folder / "llmgw-report" / FILE_NAME] if user_folder else [])
    # A pipe or a folder of that name is found too: it is refused when it is read, not passed over.
    return next((file for file in candidates if exists(file)), None)
