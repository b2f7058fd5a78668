"""What one Python has counted: whether it is an error, and what there is to do."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tools.speed.counting import Lost
from tools.speed.stored import LIMIT, Build, Builds, Change

MORE = "More than {by:.0%} above what is stored: {runs}. If that is worth it: {store}"
LESS = "More than {by:.0%} below what is stored: {runs}. To keep it that way: {store}"
ABSENT = "NOT STORED, so nothing is compared: {runs}. {store}"
LOST = (
    "LOST, so not compared: {runs}. What its runs take beyond those without the part is lost in how counts vary: either"
    " all of them take more than before, which the figures of whole runs tell, or the part takes next to nothing today,"
    " and then it needs more work in tools/speed/cases.py"
)
UNKNOWN = (
    "NOT JUDGED: no instructions are stored of this build of Python {version}, so an increase goes unnoticed;"
    " modules are compared with those of other builds. {store}"
)
STALE = (
    "STALE: what is stored of the build of Python {version} that takes {bare:,} instructions to start; the number of"
    " modules is different today. With that Python, unless its figures are no longer needed: {store}"
)


class Result(NamedTuple):
    """Its version, its instructions of `python -c pass`, each figure, those lost, what is stored of every version."""

    version: str
    bare: int
    changes: Mapping[str, Change]
    lost: Mapping[str, Lost]
    builds: Builds

    @property
    def stale(self) -> list[tuple[str, Build]]:
        """Other builds, with their version, that were counted so long ago that their figures judge nothing."""
        found = {run: change.found for run, change in self.changes.items()}
        others = [
            (version, build)
            for version, builds in self.builds.items()
            for build in builds
            if version != self.version or not build.is_of(self.bare)
        ]
        return [(version, build) for version, build in others if build.is_stale(found)]

    def runs(self, verdict: str) -> list[str]:
        """Those with this verdict."""
        return [run for run, change in self.changes.items() if change.verdict == verdict]

    def is_error(self, *, strict: bool, storing: bool) -> bool:
        """What is lost, and, unless all is stored now, what is not within the limit; if strict, what nothing judges."""
        if storing:
            return bool(self.lost)
        within = len(self.runs("within")) + (0 if strict else len(self.runs("not judged")))
        return within < len(self.changes) or bool(self.lost) or (strict and bool(self.stale))

    def said(self, python: Path | None, *, stored: bool) -> Iterator[str]:
        """Everything that is to be done, each with its command; of what is stored now, only what is left."""
        texts = {"MORE": MORE, "less": LESS, "not stored": ABSENT, "not judged": UNKNOWN}
        wrong = {} if stored else {verdict: runs for verdict in texts if (runs := self.runs(verdict))}
        for verdict, runs in wrong.items():
            facts = {"by": LIMIT - 1, "runs": ", ".join(runs), "version": self.version}
            yield texts[verdict].format(**facts, store=store(python))
        if self.lost:
            yield LOST.format(runs=", ".join(self.lost))
        for version, build in self.stale:
            yield STALE.format(version=version, bare=build.bare, store=store(Path("/PATH/TO/PYTHON")))
        if not (wrong or self.lost or self.stale or stored):
            yield f"All within {LIMIT - 1:.0%}."


def store(python: Path | None) -> str:
    """The command that stores what a Python counts: this one, or one that is named."""
    return f'make speed SPEED="--store --python {python}"' if python else "make speed SPEED=--store"
