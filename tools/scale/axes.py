"""What is made ten times larger: rows, series, groups, targets; each with its data and the command that reads it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple

from tools.bench.generated import generate
from tools.bench.measure import Command
from tools.bench.place import Place
from tools.bench.server import asking
from tools.bench.vocabulary import END, KEYS
from tools.fleet import engines

DAY, ROWS_OF_GROUPS, SERIES_OF_A_TARGET = 1.0, 100_000, 48


class Axis(NamedTuple):
    """Its sizes, and the command that reads data of one of them, in a folder of its own."""

    title: str
    sizes: tuple[int, ...]
    command: Callable[[Place, int], AbstractContextManager[Command]]


def _database(place: Place, file: Path, *more: str) -> AbstractContextManager[Command]:
    sources = ("--no-config", "--no-metrics", "--at", END, "--window", "24h", "--fail-on", "never")
    return nullcontext([place.command, *sources, *more, "-f", "json", "--db-path", file])


def _rows(place: Place, size: int) -> AbstractContextManager[Command]:
    # On a slow machine the largest is copied in more than the default time, and is to be measured all the same.
    return _database(place, generate("requests_table", place.folder / "rows.db", size, DAY), "--db-timeout", "60s")


def _groups(place: Place, size: int) -> AbstractContextManager[Command]:
    file = generate("requests_table", place.folder / "groups.db", ROWS_OF_GROUPS, DAY, 1, size, len(KEYS))
    return _database(place, file, "--group-by", "model")


def _series(place: Place, size: int) -> AbstractContextManager[Command]:
    file = generate("scrape", place.folder / "series.prom", size)
    sources = ("--no-config", "--no-db", "--at", END, "--window", "all", "--fail-on", "never")
    return nullcontext([place.command, *sources, "-f", "json", "--metrics-file", file])


@contextmanager
def _targets(place: Place, size: int) -> Iterator[Command]:
    samples = generate("fleet", place.folder / "samples.om", size * SERIES_OF_A_TARGET, size)
    with engines.prometheus(place.folder, samples) as url:
        samples.unlink()
        yield [*asking(place, url), "--fail-on", "never"]


AXES = {
    "rows": Axis("rows of a database in the window", (1_000, 10_000, 100_000, 1_000_000), _rows),
    "series": Axis("series of a scrape", (1_000, 10_000, 100_000, 1_000_000), _series),
    "groups": Axis("models in 100,000 rows", (10, 100, 1_000, 10_000), _groups),
    "targets": Axis(f"targets of a Prometheus server, {SERIES_OF_A_TARGET} series each", (1, 10, 100, 1_000), _targets),
}
