"""The two places that a release writes: the changelog and the version; what is generated from them is made again."""

import re
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from packaging.version import InvalidVersion, Version

from tools.release.running import ReleaseError, git, run

CHANGELOG = "CHANGELOG.md"
#: The one place where the version is.
VERSION = "llmgw_report/__init__.py"
ASSIGNMENT = re.compile(r'^__version__ = "(.*)"$', re.MULTILINE)
UNRELEASED = re.compile(r"^## \[Unreleased\]\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
RELEASED = re.compile(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$")


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
    return [Version(found[1]) for line in changelog.splitlines() if (found := RELEASED.match(line))]


def headings(changelog: str) -> Iterator[str]:
    """Sections of no release, each as the line where it begins: what is in them would be looked for in vain."""
    for number, line in enumerate(changelog.splitlines(), 1):
        if line.startswith("## ") and line != "## [Unreleased]" and not RELEASED.match(line):
            yield f"line {number}: {line}"


def dated(changelog: str, new: Version, day: date) -> str:
    """The changelog with the entries under the new version, and nothing under *Unreleased*."""
    return UNRELEASED.sub(lambda found: f"## [Unreleased]\n\n## [{new}] - {day}\n{found[1]}", changelog, count=1)


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
