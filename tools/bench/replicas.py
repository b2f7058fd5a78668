"""What several databases of one gateway cost: ten files, two at once, against one file with as many rows."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.bench.evidence import proven
from tools.bench.measure import Command, interleave
from tools.bench.place import Place
from tools.bench.row import BARE, Row, seconds, spread
from tools.bench.vocabulary import END

PARTS = 10
#: Files of a fleet, and the seconds for an hour of all of them.
FLEET, FLEET_BUDGET = 20, 1.2
#: Of the window; the tables have 30 days.
HOURS = (1, 24)


def against_one(place: Place, whole: Path, parts: Sequence[Path]) -> Iterator[Row]:
    """Time and memory of the whole command, for each window."""
    for hours in HOURS:
        command = _report(place, hours)
        named = [word for part in parts for word in ("--db-path", part)]
        one = proven([*command, "--db-path", whole], place.folder)
        commands = {"one": one, "parts": proven([*command, *named], place.folder)}
        rounds = place.rounds(5)
        samples = interleave(commands, rounds, folder=place.folder)
        more = samples.peak("parts") - samples.peak("one")
        yield spread(f"ten files / one file of all rows, {hours} h", samples.ratio("parts", "one"), "x", 2, n=rounds)
        yield Row(f"ten files: memory beyond that of one, {hours} h", more, "MiB", 24, n=rounds)


def fleet(place: Place, files: Sequence[Path]) -> Iterator[Row]:
    """The last hour of many large files, against the bare interpreter."""
    named = [word for file in files for word in ("--db-path", file)]
    commands: dict[str, Command] = {
        "files": proven([*_report(place, 1), *named], place.folder),
        BARE: [place.python, "-c", "pass"],
    }
    rounds = place.rounds(5)
    samples = interleave(commands, rounds, folder=place.folder)
    name = f"{len(files)} files of {place.rows // len(files):,} rows, 1 h"
    yield seconds(name, samples, "files", FLEET_BUDGET, rounds)
    yield Row(f"{name}, peak memory", samples.peak("files"), "MiB", 80, n=rounds)


def _report(place: Place, hours: int) -> list[str | Path]:
    """A report of the last hours of files that are named behind it."""
    sources = ("--no-config", "--no-metrics", "--at", END, "--window", f"{hours}h", "--fail-on", "never")
    return [place.command, *sources, "--set", "error-ratio.required=false", "-f", "json"]
