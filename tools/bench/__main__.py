"""Every budget as a ratio against its reference, measured in the same run: `make bench`.

The data is made up here, in a temporary folder that is removed at the end. Set BENCH_ROWS to the number
of log rows (default 10,000,000, which takes 5 GiB of disk), BENCH_REPEAT to scale how often each is
measured (default 1), TMPDIR to where the folder is. `make bench BENCH="small parsing"` measures these parts,
and `--save` keeps what it finds for the table of CONTRIBUTING. A part that is only measured if it is named, the test
suite, is shown as it was kept.
"""

import argparse
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tools.bench import saved, small, sql
from tools.bench.generated import generate
from tools.bench.history import history
from tools.bench.parsing import parsing
from tools.bench.place import Place, prepare
from tools.bench.relation import against_hand
from tools.bench.replicas import FLEET, PARTS, against_one, fleet
from tools.bench.row import HEAD, Row
from tools.bench.saved import Measured
from tools.bench.scale import growth, statements_alone, whole
from tools.bench.server import NAME, SERIES, server
from tools.bench.spend_logs import spend_logs
from tools.bench.startup import from_files, nothing, over_http
from tools.bench.suite import suite
from tools.fleet import engines
from tools.temporary import temporary

ROWS = 10_000_000
WEEK, MONTH = 7.0, 30.0


class Size(NamedTuple):
    """Rows of each table, and over how many days the logs and spans are spread."""

    logs: int
    spans: int
    snapshots: int
    days: float


def small_ones(place: Place) -> Iterator[Row]:
    """Runs whose time is their start-up."""
    for gateway in (small.real(place), small.demo(place)):
        yield from from_files(place, gateway)
        yield from over_http(place, gateway)


def scrapes(place: Place) -> Iterator[Row]:
    """The parser alone."""
    few, large, huge = (scrape(place, series) for series in (1_000, 100_000, 1_000_000))
    yield from parsing(place, few, large, huge)
    huge.unlink()


def kept_runs(place: Place) -> Iterator[Row]:
    """A long history of a small gateway."""
    yield from history(place, small.real(place))


def prometheus(place: Place) -> Iterator[Row]:
    """A server that has stored a fleet."""
    if absent := engines.missing(engines.PROMETHEUS, engines.PROMTOOL):
        yield Row(NAME, None, "s", 3, note=f"not installed: {', '.join(absent)}")
        return
    yield from server(place, generate("fleet", place.folder / "fleet.om", SERIES))


def large_tables(place: Place) -> Iterator[Row]:
    """A gateway after a busy week, and one tenth of it."""
    week = database(place, "week.db", Size(place.rows, place.rows // 2, 8_640, WEEK))
    statements = sql.write(place.folder / "sql", week)
    yield from whole(place, scrape(place, 100_000), week, statements)
    yield from statements_alone(place, week, statements)
    tenth = Size(place.rows // 10, place.rows // 20, 8_640, WEEK / 10)
    yield from growth(place, week, database(place, "tenth.db", tenth))
    week.unlink()


def several(place: Place) -> Iterator[Row]:
    """One large table of requests, ten files with as many rows together, and twenty large ones."""

    def table(name: str, rows: int, seed: int = 1) -> Path:
        return generate("requests_table", place.folder / f"{name}-{seed}.db", rows, MONTH, seed)

    month = table("month", place.rows // 2)
    yield from against_hand(place, month)
    parts = [table("part", place.rows // 2 // PARTS, seed) for seed in range(PARTS)]
    yield from against_one(place, month, parts)
    for file in (month, *parts):
        file.unlink()
    yield from fleet(place, [table("one-of-many", place.rows // FLEET, seed) for seed in range(FLEET)])


#: Those of data with as many rows as BENCH_ROWS says.
SIZED: dict[str, Callable[[Place], Iterator[Row]]] = {
    "large": large_tables,
    "files": several,
    "postgresql": spend_logs,
}
#: Quick ones first; each makes its data when it comes to it. The last installs more packages into the place.
MEASURED: dict[str, Callable[[Place], Iterator[Row]]] = {
    "nothing": nothing,
    "small": small_ones,
    "history": kept_runs,
    "parsing": scrapes,
    "server": prometheus,
    **SIZED,
}
#: Those that are measured only if they are named: the machine must have nothing else to do for minutes.
NAMED: dict[str, Callable[[Place], Iterator[Row]]] = {"suite": suite}


def scrape(place: Place, series: int) -> Path:
    """A scrape with so many series."""
    return generate("scrape", place.folder / f"{series}.prom", series)


def database(place: Place, name: str, size: Size) -> Path:
    """A log database with so many rows, ending at the instant of the report."""
    return generate("database", place.folder / name, *size)


def kept_rows(part: str) -> list[Row]:
    """The last rows that were kept of a part that is not measured now, with where they are from."""
    kept = saved.load().get(part, Measured([]))
    origin = f"kept, of commit {kept.commit or 'unknown'}; make bench BENCH={part} measures it"
    return [row._replace(note=", ".join(filter(None, (row.note, origin)))) for row in kept.rows]


def head(parts: Iterable[str], rows: int) -> str:
    """What is printed above the rows of these parts: how large the data is, if they have any that is made so large."""
    return f"{rows:,} log rows\n\n{HEAD}" if any(part in SIZED for part in parts) else HEAD


def main(arguments: list[str] | None = None) -> None:
    """Print each row as soon as it is measured, and the sum at the end."""
    every = MEASURED | NAMED
    parser = argparse.ArgumentParser(prog="make bench", description="Measure the budgets.")
    parser.add_argument("parts", nargs="*", choices=[[], *every], metavar="PART", help=", ".join(every))
    parser.add_argument("--save", action="store_true", help=f"keep the rows in {saved.FILE.name}")
    options = parser.parse_args(arguments)
    rows, repeat = int(os.environ.get("BENCH_ROWS") or ROWS), float(os.environ.get("BENCH_REPEAT") or 1)
    if options.save and (rows, repeat) != (ROWS, 1):
        parser.error("a quick look is not kept: leave BENCH_ROWS and BENCH_REPEAT as they are")
    found: dict[str, list[Row]] = {}
    # Before anything is kept, which changes a file of the checkout.
    commit, day = saved.present_commit(), datetime.now(UTC).date().isoformat()
    with temporary("bench") as folder:
        place = prepare(folder, rows, repeat)
        print(head(parts := options.parts or list(MEASURED), rows), flush=True)
        for part in parts:
            found[part] = []
            for row in every[part](place):
                print(row.line(), flush=True)
                found[part].append(row)
            if options.save:
                saved.keep({part: Measured(found[part], commit, day)}, list(every))
        for part in () if options.parts else NAMED:
            found[part] = kept_rows(part)
            print(*(row.line() for row in found[part]), sep="\n")
    verdicts = [row.met for rows_ in found.values() for row in rows_]
    print(f"\n{verdicts.count('yes')} of {len(verdicts) - verdicts.count('-')} budgets met")


if __name__ == "__main__":
    main()
