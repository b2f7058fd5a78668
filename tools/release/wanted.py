"""Whether this version of this checkout can be released."""

import re
from collections.abc import Iterator
from pathlib import Path

from packaging.version import Version

from tools.release import edits
from tools.release.running import ReleaseError, answer, git

BRANCH = "main"
#: No zero before another digit, which would be a second spelling of one version.
PLAIN = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}")
#: Files that are named where a checkout is not clean.
NAMED = 10


def parsed(text: str) -> Version:
    """A version as it is published: of all that PyPI accepts, the one form that tags and headings have."""
    if not PLAIN.fullmatch(text):
        raise ReleaseError(f"{text!r}: a version is three numbers, such as 1.2.3")
    return Version(text)


def examine(checkout: Path, version: Version) -> None:
    """Raise with everything that stands in the way, so that one look is enough."""
    if found := [*of_checkout(checkout), *of_version(checkout, version)]:
        raise ReleaseError("\n".join(found))


def of_checkout(checkout: Path) -> Iterator[str]:
    """What is wrong with the checkout, whatever the version."""
    branch = answer(checkout, "symbolic-ref", "--short", "HEAD") or "a detached HEAD"
    if branch != BRANCH:
        yield f"the checkout is on {branch}: git switch {BRANCH}"
    if changed := git(checkout, "status", "--porcelain").splitlines():
        more = f"\n    and {len(changed) - NAMED} more" if len(changed) > NAMED else ""
        listed = "".join(f"\n    {line}" for line in changed[:NAMED])
        yield f"the checkout is not clean: commit, stash or remove{listed}{more}"
    if behind := answer(checkout, "rev-list", "HEAD..@{upstream}"):
        yield f"the checkout is behind its upstream by {len(behind.splitlines())}: git pull --ff-only"
    changelog = edits.text(checkout, edits.CHANGELOG)
    yield from (f"{edits.CHANGELOG}, {mistake}" for mistake in edits.mistakes(changelog, edits.today()))
    if not edits.unreleased(changelog):
        yield f"{edits.CHANGELOG}: nothing is listed under [Unreleased], so there is nothing to release"


def of_version(checkout: Path, version: Version) -> Iterator[str]:
    """What is wrong with the version. The present one can be released as long as it has not been."""
    tag = f"v{version}"
    if answer(checkout, "tag", "--list", tag):
        yield f"the tag {tag} exists: choose another version, or, if it was never pushed, git tag --delete {tag}"
    if version in (released := edits.released(edits.text(checkout, edits.CHANGELOG))):
        yield (
            f"{edits.CHANGELOG} has a section of {version} already. If that release is prepared and not pushed,"
            " git reset --keep HEAD~1 takes it back"
        )
    elif released and version < max(released):
        yield f"{version} is not higher than {max(released)}, the highest in {edits.CHANGELOG}"
    if version < (present := edits.version(checkout)):
        yield f"{version} is lower than {present}, the version in {edits.VERSION}"
