"""A gateway after a busy week: the cost is that of the window, not of the table."""

import os
from collections.abc import Iterator
from pathlib import Path

from tools.bench import sql
from tools.bench.evidence import REPORTED, answered, proven
from tools.bench.measure import Command, interleave
from tools.bench.place import CHECKOUT, Place, served
from tools.bench.row import Row, spread
from tools.bench.vocabulary import END

PIPELINE = CHECKOUT / "tools" / "bench" / "pipeline"
READ = CHECKOUT / "tools" / "bench" / "read_database.py"
GATEWAY = "llm-gateway"
#: The shell's pipeline is right or it is wrong; a report may be of a gateway that is not well.
ACCEPT = dict.fromkeys(("ours", "file"), REPORTED)


def whole(place: Place, scrape: Path, database: Path, statements: Path) -> Iterator[Row]:
    """The report over HTTP against a shell pipeline: with the same statements, and with those that come to mind."""
    obvious = place.folder / "obvious"
    obvious.mkdir()
    for file in (*(PIPELINE / "obvious").iterdir(), statements / "parameters"):
        (obvious / file.name).write_bytes(file.read_bytes())
    report: Command = [place.command, "--no-config", "--db-path", database, "--at", END, "--format", "md"]
    with served(scrape) as url:
        ours = proven([*report, "--url", url], place.folder)
        saved = proven([*report, "--metrics-file", scrape], place.folder)
        tuned: Command = [PIPELINE / "report.sh", url, database, statements]
        commands: dict[str, Command] = {"ours": ours, "tuned": tuned, "file": saved}
        warm, cold = place.rounds(5), place.rounds(3)
        samples = interleave(commands, warm, folder=place.folder, accept=ACCEPT)
        yield spread("large, warm: report / shell, same SQL", samples.ratio("ours", "tuned"), "x", 0.75, n=warm)
        yield Row("large, scrape from a file: peak memory", samples.peak("file"), "MiB", 48, n=warm)
        yield Row("large, over http: peak memory", samples.peak("ours"), "MiB", 60, n=warm)
        emptied = interleave(
            {"ours": ours, "tuned": tuned},
            cold,
            folder=place.folder,
            accept=ACCEPT,
            before=lambda: drop_from_cache(database),
        )
        yield spread("large, cold: report / shell, same SQL", emptied.ratio("ours", "tuned"), "x", 0.75, n=cold)
        naive: dict[str, Command] = {"ours": ours, "obvious": [PIPELINE / "report.sh", url, database, obvious]}
        once = interleave(naive, 1, folder=place.folder, accept=ACCEPT)
        yield spread("large, warm: report / shell, obvious SQL", once.ratio("ours", "obvious"), "x", n=1)


def statements_alone(place: Place, database: Path, statements: Path) -> Iterator[Row]:
    """The same statements in one process of the sqlite3 shell."""
    shell: Command = ["/bin/sh", "-c", 'sqlite3 -bail -readonly "$0" < "$1"', database, statements / "all"]
    ours = answered([place.python, READ, GATEWAY, database, sql.as_json()], place.folder)
    commands: dict[str, Command] = {"ours": ours, "shell": shell}
    rounds = place.rounds(7)
    samples = interleave(commands, rounds, folder=place.folder)
    yield spread("large: the SQL / sqlite3 shell, same statements", samples.ratio("ours", "shell"), "x", 1.1, n=rounds)


def growth(place: Place, database: Path, tenth: Path) -> Iterator[Row]:
    """A table ten times larger with the same window in it; counting all rows is left out."""
    asked: list[str | Path] = [place.python, READ, GATEWAY]
    commands: dict[str, Command] = {
        file.name: answered([*asked, file, sql.as_json(), "--without", *sql.COUNTING], place.folder)
        for file in (database, tenth)
    }
    rounds = place.rounds(7)
    samples = interleave(commands, rounds, folder=place.folder)
    ratio = samples.ratio(database.name, tenth.name)
    yield spread("a table ten times larger, same window", ratio, "x", 1.3, n=rounds)


def drop_from_cache(file: Path) -> None:
    """Ask the kernel to forget the file's pages; a virtual disk below may still remember them."""
    descriptor = os.open(file, os.O_RDONLY)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)
