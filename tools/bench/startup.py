"""What a run costs before it has done anything, and on a small gateway."""

from collections.abc import Iterator

from tools.bench import sql
from tools.bench.evidence import REPORTED, proven
from tools.bench.measure import Command, interleave
from tools.bench.place import CHECKOUT, Place, served
from tools.bench.row import BARE, Row, against_bare, spread
from tools.bench.small import Small, rest

#: With the exit code of each.
HELP, BUDGET_HELP = {"--help": 0, "--version": 0, "--no-such-option": 2}, 5
#: What reports import of other packages and of the interpreter, where nothing of it is put off.
LIBRARIES = (
    "import click, msgspec, sqlite3",
    "import click, msgspec, sqlite3, jinja2",
    "import click, msgspec, sqlite3, jinja2, httpx",
)


def nothing(place: Place) -> Iterator[Row]:
    """Help, version and a usage error against the bare interpreter, and what others take of every report."""
    commands: dict[str, Command] = {name: [place.command, name] for name in HELP}
    commands |= {name: [place.python, "-c", name] for name in LIBRARIES}
    commands[BARE] = [place.python, "-c", "pass"]
    rounds = place.rounds(21)
    samples = interleave(commands, rounds, folder=place.folder, accept={name: (code,) for name, code in HELP.items()})
    for name in HELP:
        yield against_bare(name, samples, name, BUDGET_HELP, rounds)
    for name in LIBRARIES:
        yield against_bare(name, samples, name, None, rounds)


def from_files(place: Place, small: Small) -> Iterator[Row]:
    """A saved scrape and a database, in each format."""
    report = proven([place.command, "--metrics-file", small.scrape, *rest(small)], place.folder)
    budget = small.budget
    commands: dict[str, Command] = {name: [*report, "--format", name] for name in budget.formats}
    commands[BARE] = [place.python, "-c", "pass"]
    rounds = place.rounds(15)
    samples = interleave(commands, rounds, folder=place.folder, accept=dict.fromkeys(budget.formats, REPORTED))
    for name, times in budget.formats.items():
        yield against_bare(f"{small.name} as {name}", samples, name, times, rounds)
        yield Row(f"{small.name} as {name}, peak memory", samples.peak(name), "MiB", budget.memory, n=rounds)


def over_http(place: Place, small: Small) -> Iterator[Row]:
    """The same over HTTP against a shell pipeline that asks the same with the same statements."""
    statements = sql.write(place.folder / f"{small.database.stem}-sql", small.database, small.at_ms)
    with served(small.scrape) as url:
        ours = proven([place.command, "--url", url, *rest(small), "--format", "md"], place.folder)
        commands: dict[str, Command] = {
            "ours": ours,
            "shell": [CHECKOUT / "tools" / "bench" / "pipeline" / "report.sh", url, small.database, statements],
            BARE: [place.python, "-c", "pass"],
        }
        rounds = place.rounds(15)
        samples = interleave(commands, rounds, folder=place.folder, accept={"ours": REPORTED})
    name = f"{small.name} over http, md"
    yield against_bare(name, samples, "ours", small.budget.over_http, rounds)
    yield spread(f"{name} / shell, same SQL", samples.ratio("ours", "shell"), "x", 0.7, n=rounds)
