"""Every budget as a ratio against its reference, measured in the same run: `make bench`.

The data is made up here, in a temporary folder that is removed at the end. Set BENCH_ROWS to the number
of log rows (default 10,000,000, which takes 5 GiB of disk), BENCH_REPEAT to scale how often each is
measured (default 1), TMPDIR to where the folder is.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tools.bench import small, sql
from tools.bench.history import history
from tools.bench.parsing import parsing
from tools.bench.place import CHECKOUT, Place, prepare
from tools.bench.relation import against_hand
from tools.bench.replicas import FLEET, PARTS, against_one, fleet
from tools.bench.row import HEAD, Row
from tools.bench.scale import growth, statements_alone, whole
from tools.bench.server import server
from tools.bench.spend_logs import spend_logs
from tools.bench.startup import from_files, nothing, over_http
from tools.bench.vocabulary import END

ROWS = int(os.environ.get("BENCH_ROWS", "10_000_000"))
REPEAT = float(os.environ.get("BENCH_REPEAT", "1"))
WEEK, MONTH = 7.0, 30.0


class Size(NamedTuple):
    """Rows of each table, and over how many days the logs and spans are spread."""

    logs: int
    spans: int
    snapshots: int
    days: float


def rows(place: Place) -> Iterator[Row]:
    """All measurements, quick ones first; each makes its data when it comes to it."""
    yield from nothing(place)
    demo = small.demo(place)
    yield from from_files(place, demo)
    yield from over_http(place, demo)
    few, large, huge = (scrape(place, series) for series in (1_000, 100_000, 1_000_000))
    seed = database(place, "seed.db", Size(158, 0, 246, WEEK))
    gateway = small.Small("158 log rows", few, seed, END)
    yield from from_files(place, gateway)
    yield from over_http(place, gateway)
    yield from history(place, gateway)
    yield from parsing(place, few, large, huge)
    huge.unlink()
    yield from server(place, generate("tools.bench.fleet", place.folder / "fleet.om", 100_000))
    week = database(place, "week.db", Size(place.rows, place.rows // 2, 8_640, WEEK))
    statements = sql.write(place.folder / "sql", week)
    yield from whole(place, large, week, statements)
    yield from statements_alone(place, week, statements)
    tenth = Size(place.rows // 10, place.rows // 20, 8_640, WEEK / 10)
    yield from growth(place, week, database(place, "tenth.db", tenth))
    yield from several(place)
    yield from spend_logs(place)


def several(place: Place) -> Iterator[Row]:
    """One large table of requests, ten files with as many rows together, and twenty large ones."""

    def table(name: str, rows: int, seed: int = 1) -> Path:
        return generate("tools.bench.requests_table", place.folder / f"{name}-{seed}.db", rows, MONTH, seed)

    month = table("month", place.rows // 2)
    yield from against_hand(place, month)
    parts = [table("part", place.rows // 2 // PARTS, seed) for seed in range(PARTS)]
    yield from against_one(place, month, parts)
    for file in (month, *parts):
        file.unlink()
    yield from fleet(place, [table("one-of-many", place.rows // FLEET, seed) for seed in range(FLEET)])


def scrape(place: Place, series: int) -> Path:
    """A scrape with so many series."""
    return generate("tools.bench.scrape", place.folder / f"{series}.prom", series)


def database(place: Place, name: str, size: Size) -> Path:
    """A log database with so many rows, ending at the instant the report is judged at."""
    return generate("tools.bench.database", place.folder / name, *size)


def generate(module: str, file: Path, *arguments: float) -> Path:
    """A process of its own makes the file: this one stays small."""
    subprocess.run([sys.executable, "-m", module, file, *map(str, arguments)], check=True, cwd=CHECKOUT)
    return file


def main() -> None:
    """Print each row as soon as it is measured, and the sum at the end."""
    with tempfile.TemporaryDirectory(prefix="llmgw-report-bench-") as folder:
        place = prepare(Path(folder), ROWS, REPEAT)
        print(f"{place.rows:,} log rows\n\n{HEAD}", flush=True)
        verdicts = []
        for row in rows(place):
            print(row.line(), flush=True)
            verdicts.append(row.met)
    print(f"\n{verdicts.count('yes')} of {len(verdicts) - verdicts.count('-')} budgets met")


if __name__ == "__main__":
    main()
