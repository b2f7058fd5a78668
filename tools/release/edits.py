"""The two places that a release writes: the changelog and the version; what is generated from them is made again."""

import re
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from packaging.version import InvalidVersion, Version

from tools.release.running import ReleaseError, git, run

CHANGELOG = "CHANGELOG.md"
#: The one place where the version is.
VERSION = "llmgw_report/__init__.py"
ASSIGNMENT = re.compile(r'^__version__ = "(.*)"$', re.MULTILINE)
#: The heading of what the next release has.
OPEN = "## [Unreleased]"
UNRELEASED = re.compile(rf"^{re.escape(OPEN)}\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
RELEASED = re.compile(r"## \[([0-9]+\.[0-9]+\.[0-9]+)\] - ([0-9]{4}-[0-9]{2}-[0-9]{2})")


def version(checkout: Path) -> Version:
    """The version that the package says it has."""
    found = ASSIGNMENT.findall((checkout / VERSION).read_text("utf-8"))
    if len(found) != 1:
        raise ReleaseError(f'{VERSION}: one line `__version__ = "..."` is needed, and {len(found)} are there')
    try:
        return Version(found[0])
    except InvalidVersion:
        raise ReleaseError(f"{VERSION}: {found[0]!r} is no version") from None


def unreleased(changelog: str) -> list[str]:
    """Entries under *Unreleased*; a heading is none."""
    return [line for section in UNRELEASED.findall(changelog) for line in section.splitlines() if line.startswith("- ")]


def released(changelog: str) -> list[Version]:
    """Versions that have a section."""
    return [Version(found[1]) for line in changelog.splitlines() if (found := RELEASED.fullmatch(line))]


def mistakes(changelog: str) -> Iterator[str]:
    """Headings of no section, or of one that a release would leave out or date wrongly: the line and what is wrong."""
    seen: dict[str, int] = {}
    for number, line in enumerate(changelog.splitlines(), 1):
        if line.startswith("## "):
            if why := _mistake(line, seen):
                yield f"line {number}: {line}: {why}"
            seen.setdefault(line.partition(" - ")[0], number)


def _mistake(line: str, seen: Mapping[str, int]) -> str:
    """What is wrong with a heading below those that were `seen`, by their lines; nothing if it is right."""
    name = line.partition(" - ")[0]
    released = RELEASED.fullmatch(line)
    if line != OPEN and not released:
        return f"a heading is {OPEN} or ## [1.2.3] - 2026-01-31"
    if name in seen:
        return f"line {seen[name]} begins that section already; put all its entries there"
    if line == OPEN and seen:
        return "it has to be above the sections of all releases"
    if released and not _is_day(released[2]):
        return f"there is no day {released[2]}"
    return ""


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def dated(changelog: str, new: Version, day: date) -> str:
    """The changelog with the entries under the new version, and nothing under *Unreleased*."""
    return UNRELEASED.sub(lambda found: f"{OPEN}\n\n## [{new}] - {day}\n{found[1]}", changelog)


def write(checkout: Path, new: Version, day: date) -> None:
    """Write both, and the manual page, whose heading has the version."""
    changelog, module = checkout / CHANGELOG, checkout / VERSION
    changelog.write_text(dated(changelog.read_text("utf-8"), new, day), "utf-8")
    module.write_text(ASSIGNMENT.sub(f'__version__ = "{new}"', module.read_text("utf-8")), "utf-8")
    run(sys.executable, "-m", "tools.manual", cwd=checkout)


def commit(checkout: Path, new: Version) -> list[str]:
    """Commit what was written; returns the names of the files."""
    git(checkout, "commit", "--quiet", "--all", "--message", f"release: {new}")
    return git(checkout, "show", "--name-only", "--format=").splitlines()
