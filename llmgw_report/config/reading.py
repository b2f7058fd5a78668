"""Finding `llmgw-report.toml` and reading it: a mistake is named, with its place and the nearest right word."""

from pathlib import Path

import msgspec

from llmgw_report import plugins
from llmgw_report.config.file import NAME, CheckTable, File
from llmgw_report.config.subjects import known_roles
from llmgw_report.errors import UsageError
from llmgw_report.resources import is_file


def find(named: str | None, directory: Path, user_folder: Path | None) -> Path | None:
    """The named file, else the one in `directory`, else the user's own; UsageError if a named one is missing."""
    if named:
        try:
            if Path(named).is_file():
                return Path(named)
            problem = "no such file"
        except OSError as error:  # a name too long, a folder that nobody may look into
            problem = error.strerror or str(error)
        message = f"configuration {named}: {problem}"
        raise UsageError(message, "name an existing file, or use --no-config")
    candidates = [directory / NAME] + ([user_folder / "llmgw-report" / NAME] if user_folder else [])
    return next((file for file in candidates if is_file(file)), None)


def read(path: Path) -> File:
    """The file's content; UsageError names the file, the place in it and the nearest known word."""
    import tomllib  # a run without a file does without

    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        content = msgspec.convert(raw, File)
    except msgspec.ValidationError as error:
        from llmgw_report.config.mistakes import explained  # only a mistake pays for it

        raise explained(raw, error, path) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        message = f"{path}: not a TOML file: {error}"
        raise UsageError(message, "llmgw-report --show-config prints one with every key") from error
    for slug, table in content.checks.items():
        _known(slug, table, path)
    return content


def known_check(slug: str, place: str) -> None:
    """UsageError if no check has this slug: a misspelt check would silently never be applied."""
    known = plugins.modules("checks")
    if slug not in known:
        message = f"{place}: unknown check {slug!r}"
        raise UsageError(message, plugins.nearest(slug, known))


def _known(slug: str, table: CheckTable, path: Path) -> None:
    known_check(slug, f"{path}: [checks.{slug}]")
    for number, one in enumerate(table.for_, 1):
        place = f"{path}: [[checks.{slug}.for]] {number}"
        known_roles(one.subject, place)
        if not one.subject:
            message = f"{place}: subject is empty"
            raise UsageError(
                message, f'write bounds for every subject under [checks.{slug}]; here: {{ model = "o3-*" }}'
            )
