"""The counts that runs are compared with, by the version of Python and by how it was built.

The same version runs the same program in more or fewer instructions as its compiler optimised it, and not all parts
alike: 12% between two builds of 3.11. The instructions of `python -c pass` show which build it is. What a run imports
hardly depends on the build, nor on the version: 3 modules of 351 between those of 3.11 and 3.13.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

from msgspec import Meta as Within
from msgspec import MsgspecError, Struct, field
from msgspec.json import decode

from tools.speed.counting import Count

FILE = Path(__file__).with_name("figures.json")
#: How far `python -c pass` may be from the stored one and still be the same build.
SAME_BUILD = 0.02
#: A run may have so many times the stored figure.
LIMIT = 1.15


class Build(NamedTuple):
    """Instructions of `python -c pass`, and what was counted with it."""

    bare: int
    counts: Mapping[str, Count]

    def is_of(self, bare: int) -> bool:
        """Whether a Python that takes so many instructions to start is this one."""
        return abs(self.bare / bare - 1) <= SAME_BUILD

    def is_stale(self, found: Mapping[str, Count]) -> bool:
        """Whether its modules are so far from those of today that its instructions cannot be those of today."""
        pairs = ((found[run].modules, its.modules) for run, its in self.counts.items() if run in found)
        return not all(_within(now / then) for now, then in pairs)


Builds = Mapping[str, Sequence[Build]]
"""Those of each version of Python."""


class StoredRun(Struct, forbid_unknown_fields=True):
    """A run as the file has it: starting Python is a part of it."""

    instructions: Annotated[float, Within(gt=0, le=10**6)]
    modules: Annotated[int, Within(ge=1, le=10**5)]


class StoredBuild(Struct, forbid_unknown_fields=True):
    """A build as the file has it."""

    bare: Annotated[int, Within(ge=10**6, le=10**9)] = field(name="pass")
    runs: dict[str, StoredRun]


class Stored(NamedTuple):
    """What a run is compared with: no instructions if its build is not stored, nothing if the run is not."""

    instructions: float | None = None
    modules: int | None = None


class Change(NamedTuple):
    """What a run has, and what was stored of it."""

    found: Count
    stored: Stored

    @property
    def factors(self) -> tuple[float | None, ...]:
        """Instructions and modules, in times of the stored ones."""
        pairs = zip(self.found, self.stored, strict=True)
        return tuple(None if theirs is None else ours / theirs for ours, theirs in pairs)

    @property
    def verdict(self) -> str:
        """Whether it is more than is allowed, so much less that it should be stored, or has nothing to compare with."""
        known = [factor for factor in self.factors if factor is not None]
        if any(factor > LIMIT for factor in known):
            return "MORE"
        if len(known) < len(self.factors):
            return "not judged" if known else "not stored"
        return "within" if all(map(_within, known)) else "less"


def load(file: Path) -> dict[str, list[Build]]:
    """The builds of each version of Python; none if there is no file, and a file that cannot be right is an error."""
    try:
        text = decode(file.read_bytes(), type=dict[str, list[StoredBuild]]) if file.exists() else {}
    except (MsgspecError, UnicodeDecodeError) as error:
        raise SystemExit(f"DAMAGED: {file} compares nothing: {error}. Restore it, or store all again") from error
    return {
        name: [
            Build(one.bare, {run: Count(its.instructions, its.modules) for run, its in one.runs.items()})
            for one in ones
        ]
        for name, ones in text.items()
    }


def known(builds: Builds, version: str, bare: int) -> dict[str, Stored]:
    """What the runs of this build are compared with; if it is not stored, modules with those of the others."""
    of_version = builds.get(version, [])
    mine = next((build for build in of_version if build.is_of(bare)), None)
    if mine:
        return {run: Stored(*count) for run, count in mine.counts.items()}
    others = of_version or [build for ones in builds.values() for build in ones]
    found: dict[str, Stored] = {}
    for run in dict.fromkeys(run for build in others for run in build.counts):
        # Of several the fewest: what is stored of a build that nobody has counted for long must not hide a growth.
        found[run] = Stored(modules=min(build.counts[run].modules for build in others if run in build.counts))
    return found


def keep(file: Path, version: str, bare: int, counts: Mapping[str, Count]) -> None:
    """Put these counts in place of the stored ones of the same build."""
    builds = load(file)
    all_ = builds.get(version, [])
    earlier = next((build.counts for build in all_ if build.is_of(bare)), {})
    builds[version] = [*(build for build in all_ if not build.is_of(bare)), Build(bare, {**earlier, **counts})]
    plain = {
        name: [{"pass": one.bare, "runs": {case: _plain(count) for case, count in one.counts.items()}} for one in ones]
        for name, ones in sorted(builds.items())
    }
    file.write_text(json.dumps(plain, indent=1) + "\n", "utf-8")


def _plain(count: Count) -> dict[str, float]:
    return {"instructions": round(count.instructions, 3), "modules": count.modules}


def _within(factor: float) -> bool:
    return 2 - LIMIT <= factor <= LIMIT
