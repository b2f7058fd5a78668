"""The two places that a release writes: the changelog and the version; what is generated from them is made again."""

import re
import sys
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

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
#: What somebody meant to be a heading of a section, however it is indented and of whatever level; and the line below
#: another one that makes a heading of that.
MEANT = re.compile(r"\s*#+\s*(\[|v?[0-9]+\.[0-9]|unreleased)", re.IGNORECASE)
UNDERLINE = re.compile(r"\s*(-{2,}|=+)\s*")


class Section(NamedTuple):
    """Of a release: its version and its day."""

    version: Version
    day: date


def today() -> date:
    """The day of a release, which is the same wherever it is made."""
    return datetime.now(UTC).date()


def text(checkout: Path, name: str) -> str:
    """A file of the checkout; a byte that is no UTF-8 is named with its line."""
    content = (checkout / name).read_bytes()
    try:
        return content.decode().replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, byte = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        wrong = f"{name}, line {line}, byte {byte}: 0x{content[error.start]:02x} is no UTF-8: save it as UTF-8"
        raise ReleaseError(wrong) from None


def version(checkout: Path) -> Version:
    """The version that the package says it has."""
    found = ASSIGNMENT.findall(text(checkout, VERSION))
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


def mistakes(changelog: str, today: date) -> Iterator[str]:
    """Lines that a release would leave out, put under the wrong version or date wrongly: each and what is wrong."""
    seen: dict[str, int] = {}
    above: Section | None = None
    for number, (line, below) in enumerate(pairwise([*changelog.splitlines(), ""]), 1):
        if line.strip() == "-":
            yield f"line {number}: {line.strip()}: an entry without a text"
        if not _is_heading(line, below, seen):
            continue
        section = _section(line)
        if why := _mistake(line, seen) or (_misplaced(section, above, today) if section else ""):
            yield f"line {number}: {line}: {why}"
        elif section:
            above = section
        seen.setdefault(line.partition(" - ")[0], number)


def _is_heading(line: str, below: str, seen: Collection[str]) -> bool:
    """Whether a line begins a section, or is meant to; those within one, such as `### Added`, and the title do not."""
    underlined = bool(line.strip() and UNDERLINE.fullmatch(below))
    return underlined or line.startswith("## ") or bool(MEANT.match(line)) or (line.startswith("# ") and bool(seen))


def _section(line: str) -> Section | None:
    """The version and the day of a heading; None if it has none that can be."""
    found = RELEASED.fullmatch(line)
    return Section(Version(found[1]), date.fromisoformat(found[2])) if found and _is_day(found[2]) else None


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


def _misplaced(section: Section, above: Section | None, today: date) -> str:
    """Why a release cannot be of that day, or below the one above it; nothing if it can."""
    if section.day > today:
        return f"that day is yet to come: it is {today} (UTC)"
    if above and section.version >= above.version:
        return f"it has to be above the section of {above.version}, which is lower"
    if above and section.day > above.day:
        return f"that is after the day of {above.version}, the section above it: {above.day}"
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
    changelog.write_text(dated(text(checkout, CHANGELOG), new, day), "utf-8")
    module.write_text(ASSIGNMENT.sub(f'__version__ = "{new}"', text(checkout, VERSION)), "utf-8")
    run(sys.executable, "-m", "tools.manual", cwd=checkout)


def commit(checkout: Path, new: Version) -> list[str]:
    """Commit what was written; returns the names of the files."""
    git(checkout, "commit", "--quiet", "--all", "--message", f"release: {new}")
    return git(checkout, "show", "--name-only", "--format=").splitlines()
