"""The counts that runs are compared with, by the version of Python and by how it was built.

The same version runs the same program in more or fewer instructions as its compiler optimised it, and not all parts
alike: 12% between two builds of 3.11. The instructions of `python -c pass` show which build it is.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tools.speed.counting import Count

FILE = Path(__file__).with_name("figures.json")
#: How far `python -c pass` may be from the stored one and still be the same build.
SAME_BUILD = 0.02
#: A run may have so many times the stored figure.
LIMIT = 1.15


class Build(NamedTuple):
    """Instructions of `python -c pass`, and what was counted with it."""

    bare: int
    counts: dict[str, Count]


class Change(NamedTuple):
    """What a run has, and what was stored of it; nothing if it is new."""

    found: Count
    stored: Count | None

    @property
    def factors(self) -> tuple[float, ...]:
        """Instructions and modules, in times of the stored ones."""
        return tuple(ours / theirs for ours, theirs in zip(self.found, self.stored, strict=True)) if self.stored else ()

    @property
    def verdict(self) -> str:
        """Whether it is more than is allowed, or so much less that it should be stored."""
        if not self.factors:
            return "not stored"
        if max(self.factors) > LIMIT:
            return "MORE"
        return "less" if min(self.factors) < 2 - LIMIT else "same"


def version() -> str:
    return ".".join(map(str, sys.version_info[:2]))


def load(file: Path, bare: int) -> dict[str, Count]:
    """What is stored for this Python; nothing if this build of it was never counted."""
    return next((build.counts for build in _builds(file).get(version(), []) if _same(build.bare, bare)), {})


def keep(file: Path, bare: int, counts: Mapping[str, Count]) -> None:
    """Put these counts in place of the stored ones of the same build."""
    builds = _builds(file)
    mine = builds.get(version(), [])
    merged = load(file, bare) | dict(counts)
    builds[version()] = [*(one for one in mine if not _same(one.bare, bare)), Build(bare, merged)]
    plain = {
        name: [{"pass": one.bare, "runs": {case: _plain(count) for case, count in one.counts.items()}} for one in ones]
        for name, ones in sorted(builds.items())
    }
    file.write_text(json.dumps(plain, indent=1) + "\n", "utf-8")


def _builds(file: Path) -> dict[str, list[Build]]:
    text = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return {
        name: [Build(one["pass"], {case: Count(**count) for case, count in one["runs"].items()}) for one in ones]
        for name, ones in text.items()
    }


def _plain(count: Count) -> dict[str, float]:
    return {"instructions": round(count.instructions, 3), "modules": count.modules}


def _same(one: int, other: int) -> bool:
    return abs(one / other - 1) <= SAME_BUILD
