"""What a run costs before it has done anything, and on a handful of rows."""

from collections.abc import Iterator
from pathlib import Path

from bench import sql
from bench.measure import Command, interleave
from bench.place import CHECKOUT, Place, served
from bench.row import Row
from bench.vocabulary import END

BARE = "python -c pass"
HELP = {"--help": 6, "--version": 6, "--no-such-option": 6}
DEMO = {"json": 7, "md": 9, "html": 10}
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


def demo(place: Place) -> Iterator[Row]:
    """The demo's report from its files, in each format."""
    commands: dict[str, Command] = {name: [place.command, "--demo", "--no-config", "--format", name] for name in DEMO}
    commands[BARE] = [place.python, "-c", "pass"]
    rounds = place.rounds(15)
    samples = interleave(commands, rounds, folder=place.folder, accept=REPORTED)
    for name, budget in DEMO.items():
        yield Row(f"demo as {name} / {BARE}", samples.ratio(name, BARE), "x", budget, n=rounds)
        yield Row(f"demo as {name}, peak memory", samples.peak(name), "MiB", 32, n=rounds)


def over_http(place: Place, scrape: Path, database: Path) -> Iterator[Row]:
    """A small gateway over HTTP against a shell pipeline that asks the same with the same statements."""
    statements = sql.write(place.folder / "small-sql", database)
    with served(scrape) as url:
        commands: dict[str, Command] = {
            "ours": report(place, url, database),
            "shell": [CHECKOUT / "bench" / "pipeline" / "report.sh", url, database, statements],
            BARE: [place.python, "-c", "pass"],
        }
        rounds = place.rounds(15)
        samples = interleave(commands, rounds, folder=place.folder, accept=REPORTED)
    yield Row(f"158 log rows over http, as md / {BARE}", samples.ratio("ours", BARE), "x", 16, n=rounds)
    yield Row("158 log rows over http, as md / shell pipeline", samples.ratio("ours", "shell"), "x", 0.7, n=rounds)


def report(place: Place, url: str, database: Path) -> Command:
    """The installed command on one endpoint and one database, as of the instant at which the data ends."""
    sources: list[str | Path] = ["--url", url, "--db-path", database, "--at", END]
    return [place.command, "--no-config", "--format", "md", *sources]
