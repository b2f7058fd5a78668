"""What a run costs before it has done anything, and on a small gateway."""

from collections.abc import Iterator
from pathlib import Path

from tools.bench import sql
from tools.bench.measure import Command, interleave
from tools.bench.place import CHECKOUT, Place, served
from tools.bench.row import Row
from tools.bench.small import Small

BARE = "python -c pass"
HELP = {"--help": 6, "--version": 6, "--no-such-option": 6}
FORMATS = {"json": 7, "md": 9, "html": 10}
#: Pass, fail and unknown are all a report.
REPORTED = (0, 1, 3)


def nothing(place: Place) -> Iterator[Row]:
    """Help, version and a usage error against the bare interpreter."""
    commands: dict[str, Command] = {name: [place.command, name] for name in HELP}
    commands[BARE] = [place.python, "-c", "pass"]
    rounds = place.rounds(21)
    samples = interleave(commands, rounds, folder=place.folder, accept=(0, 2))
    for name, budget in HELP.items():
        yield Row(f"{name} / {BARE}", samples.ratio(name, BARE), "x", budget, n=rounds)


def from_files(place: Place, small: Small) -> Iterator[Row]:
    """A saved scrape and a database, in each format."""
    sources: Command = ["--metrics-file", small.scrape, *rest(small)]
    commands: dict[str, Command] = {name: [place.command, *sources, "--format", name] for name in FORMATS}
    commands[BARE] = [place.python, "-c", "pass"]
    rounds = place.rounds(15)
    samples = interleave(commands, rounds, folder=place.folder, accept=REPORTED)
    for name, budget in FORMATS.items():
        yield Row(f"{small.name} as {name} / {BARE}", samples.ratio(name, BARE), "x", budget, n=rounds)
        yield Row(f"{small.name} as {name}, peak memory", samples.peak(name), "MiB", 32, n=rounds)


def over_http(place: Place, small: Small) -> Iterator[Row]:
    """The same over HTTP against a shell pipeline that asks the same with the same statements."""
    statements = sql.write(place.folder / f"{small.database.stem}-sql", small.database, small.at_ms)
    with served(small.scrape) as url:
        commands: dict[str, Command] = {
            "ours": [place.command, "--url", url, *rest(small), "--format", "md"],
            "shell": [CHECKOUT / "tools" / "bench" / "pipeline" / "report.sh", url, small.database, statements],
            BARE: [place.python, "-c", "pass"],
        }
        rounds = place.rounds(15)
        samples = interleave(commands, rounds, folder=place.folder, accept=REPORTED)
    yield Row(f"{small.name} over http, md / {BARE}", samples.ratio("ours", BARE), "x", 16, n=rounds)
    yield Row(f"{small.name} over http, md / shell, same SQL", samples.ratio("ours", "shell"), "x", 0.7, n=rounds)


def rest(small: Small) -> list[str | Path]:
    """The options that do not depend on where the scrape comes from."""
    return ["--no-config", "--db-path", small.database, "--at", small.at]
