"""What `make release` does. The first lines of the steps are its output and the checklist in CONTRIBUTING."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from packaging.version import Version

from tools.release import artifacts, bill, edits, environments, interpreters, metadata, wanted
from tools.release.running import ReleaseError, answer, git
from tools.temporary import Ended

#: Of the caller's repository, for the commit in the clone: who makes it and how it is signed.
SETTINGS = ("user.name", "user.email", "user.signingkey", "commit.gpgsign", "gpg.format", "gpg.program")
#: Two builds that share the commit and little else: what depends on the machine shows as a difference.
SURROUNDINGS = (
    ({"TZ": "UTC", "PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8"}, 0o022),
    ({"TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "2", "LC_ALL": "C"}, 0o077),
)
#: Takes the commit of a release back as long as nothing is pushed.
UNDO = "git reset --keep HEAD~1"


class Release(NamedTuple):
    """`folder` is a temporary one, and everything is done in it until the last step."""

    checkout: Path
    version: Version
    folder: Path

    @property
    def clone(self) -> Path:
        return self.folder / "clone"

    @property
    def made(self) -> Path:
        return self.folder / "made"

    def package(self, kind: str) -> Path:
        """The wheel, the sdist or the SBOM, by how its name ends."""
        (found,) = self.made.glob(f"*{kind}")
        return found


Step = Callable[[Release], Iterator[str]]
"""Does its part and yields lines about it."""


def examine(release: Release) -> Iterator[str]:
    """Look at the checkout: on `main`, clean, not behind; *Unreleased* not empty; version x.y.z, new, as is its tag."""
    wanted.examine(release.checkout, release.version)
    yield f"{edits.version(release.checkout)} -> {release.version}"


def commit(release: Release) -> Iterator[str]:
    """In a clone, date the changelog's section, set the version, write the manual page again, and commit that."""
    git(release.folder, "clone", "--quiet", "--no-tags", release.checkout, release.clone)
    for name in SETTINGS:
        if value := answer(release.checkout, "config", "--get", name):
            git(release.clone, "config", name, value)
    edits.write(release.clone, release.version, edits.today())
    yield from edits.commit(release.clone, release.version)


def build(release: Release) -> Iterator[str]:
    """Build sdist, wheel, SBOM twice, in another folder, time zone and umask: same bytes, SBOM and metadata valid."""
    second, again = release.folder / "another" / "clone", release.folder / "again"
    git(release.folder, "clone", "--quiet", release.clone, second)
    for clone, made, surroundings in zip((release.clone, second), (release.made, again), SURROUNDINGS, strict=True):
        artifacts.make(clone, made, *surroundings)
    if found := artifacts.differences(release.made, again):
        raise ReleaseError("two builds of the same commit differ:\n" + "\n".join(f"    {place}" for place in found))
    bill.check(release.package(".cdx.json"))
    known = metadata.known(release.clone)
    for kind in (".whl", ".tar.gz"):
        metadata.check(release.package(kind), known)
    yield from (f"{file.name}, {file.stat().st_size:,} bytes" for file in sorted(release.made.iterdir()))


def install(release: Release) -> Iterator[str]:
    """Install and run wheel and sdist with each supported Python there is, with lowest dependencies, with extras."""
    present = []
    for minor in interpreters.supported(release.checkout):
        if found := interpreters.find(minor):
            present.append(found)
        else:
            yield f"NOT TRIED: Python 3.{minor} is not on PATH, nor among those of pyenv or uv"
    if not present:
        raise ReleaseError("none of the supported Pythons is there to try the packages with")
    wheel = release.package(".whl")
    for number, trial in enumerate(environments.trials(present, wheel, release.package(".tar.gz"))):
        try:
            environments.perform(trial, wheel, release.version, release.folder / f"trial-{number}")
        except ReleaseError as error:
            raise ReleaseError(f"{trial}: {error}") from error
        yield str(trial)


def checksums(release: Release) -> Iterator[str]:
    """Write `SHA256SUMS`, which `sha256sum --check` reads."""
    yield from artifacts.write_sums(release.made).splitlines()


def keep(release: Release) -> Iterator[str]:
    """Move `main` forward to the commit, and put the files into `dist/` in place of what is there."""
    before = git(release.checkout, "rev-parse", "HEAD")
    if before != git(release.clone, "rev-parse", "HEAD~1"):
        raise ReleaseError("the checkout has another commit than when the release began")
    kept = release.checkout / "dist"
    # All that may take time or space is done before anything is replaced.
    staged = release.checkout / git(release.checkout, "rev-parse", "--git-path", "release")
    shutil.rmtree(staged, ignore_errors=True)
    shutil.copytree(release.made, staged)
    git(release.checkout, "fetch", "--quiet", release.clone, "HEAD")
    try:
        git(release.checkout, "merge", "--quiet", "--ff-only", "FETCH_HEAD")
        shutil.rmtree(kept, ignore_errors=True)
        staged.rename(kept)
    except (ReleaseError, OSError, KeyboardInterrupt, Ended):
        git(release.checkout, "reset", "--quiet", "--keep", before)
        raise
    yield git(release.checkout, "log", "--max-count=1", "--format=%h %s")


STEPS: tuple[Step, ...] = (examine, commit, build, install, checksums, keep)
#: What publishes, in the order in which it is typed. The tag carries the checksums of what was tried here, and
#: .github/workflows/release.yml publishes nothing else.
NEXT = (
    "git show",
    'git tag --annotate v{version} --message "llmgw-report {version}" --message "$(cat dist/SHA256SUMS)"',
    "git push --atomic origin main v{version}",
)


def title(step: Step) -> str:
    """The first line of what it says of itself."""
    return (step.__doc__ or "").splitlines()[0]


def checklist() -> str:
    """The steps as the list in CONTRIBUTING."""
    return "\n".join(f"- {title(step)}" for step in STEPS)


def publishing(version: str = "1.2.3") -> str:
    """The commands as the blocks in CONTRIBUTING."""
    commands = "\n".join(line.format(version=version) for line in NEXT)
    return f"```\n{commands}\n```\n\nAs long as nothing is pushed, this takes it back:\n\n```\n{UNDO}\n```"
