"""`llmgw-report.toml`: an unknown key, check or word is an error that names the nearest one."""

from pathlib import Path
from re import search
from typing import Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from llmgw_report import plugins
from llmgw_report.config.settings import FailOn
from llmgw_report.errors import UsageError
from llmgw_report.model.threshold import OnEmpty

NAME = "llmgw-report.toml"


class CheckTable(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """`[checks.<slug>]`: only what differs from the check's default. `false` for a bound removes it."""

    warn: float | Literal[False] | UnsetType = UNSET
    fail: float | Literal[False] | UnsetType = UNSET
    min_n: int | UnsetType = UNSET
    severity: Literal["warn", "fail"] | UnsetType = UNSET
    required: bool | UnsetType = UNSET
    on_empty: OnEmpty | UnsetType = UNSET


class SourcesTable(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """`[sources]`: where to read; paths are relative to the working directory."""

    url: str | None = None
    metrics_file: str | None = None
    db_path: str | None = None
    gateway: str | None = None
    timeout: str | float | None = None
    queries: tuple[str, ...] = ()


class WindowTable(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """`[window]`: durations in seconds or as words such as "1h"."""

    window: str | float | None = None
    trend_window: str | float | None = None
    bucket: str | float | None = None
    slow: str | float | None = None
    top: int | None = None


class File(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """The whole file."""

    fail_on: FailOn | None = None
    sources: SourcesTable = SourcesTable()
    window: WindowTable = WindowTable()
    checks: dict[str, CheckTable] = field(default_factory=dict)


def find(named: str | None, directory: Path, user_folder: Path | None) -> Path | None:
    """The named file, else the one in `directory`, else the user's own; UsageError if a named one is missing."""
    if named:
        if not Path(named).is_file():
            message = f"configuration {named}: no such file"
            raise UsageError(message, "name an existing file, or use --no-config")
        return Path(named)
    candidates = [directory / NAME] + ([user_folder / "llmgw-report" / NAME] if user_folder else [])
    return next((file for file in candidates if file.is_file()), None)


def read(path: Path) -> File:
    """The file's content; UsageError names the file, the place in it and the nearest known word."""
    try:
        content = msgspec.toml.decode(path.read_bytes(), type=File)
    except msgspec.ValidationError as error:
        message = f"{path}: {error}"
        raise UsageError(message, _hint(str(error))) from error
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        message = f"{path}: not a TOML file: {error}"
        raise UsageError(message, "see examples/llmgw-report.toml") from error
    for slug in content.checks:
        known_check(slug, f"{path}: [checks.{slug}]")
    return content


def known_check(slug: str, place: str) -> None:
    """UsageError if no check has this slug: a misspelt check would silently never be applied."""
    known = plugins.modules("checks")
    if slug not in known:
        message = f"{place}: unknown check {slug!r}"
        raise UsageError(message, plugins.nearest(slug, known))


def _hint(problem: str) -> str:
    """The nearest key to the one msgspec complains of."""
    found = search(r"unknown field `([^`]+)`", problem)
    if not found:
        return "every key and its unit: examples/llmgw-report.toml"
    tables: tuple[type[Struct], ...] = (File, SourcesTable, WindowTable, CheckTable)
    place = problem.partition(" - at ")[2]
    words = {"sources": 1, "window": 2, "checks": 3}
    table = tables[next((number for word, number in words.items() if f"$.{word}" in place), 0)]
    return plugins.nearest(found.group(1), table.__struct_encode_fields__)
