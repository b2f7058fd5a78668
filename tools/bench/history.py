"""What a history of 10,000 runs adds to a run, in times of the bare interpreter: reading it, and appending.

Of CPU time: what is added is a small part of a run, and on the clock less than two runs differ on a busy machine.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tools.bench.evidence import REPORTED, proven
from tools.bench.measure import Command, interleave
from tools.bench.place import CHECKOUT, Place
from tools.bench.row import BARE, Row, spread
from tools.bench.small import Small

RUNS = 10_000
READ = CHECKOUT / "tools" / "bench" / "read_history.py"
#: 15 ms where the interpreter takes 9 to start.
ALONE = 1.6
#: What a run needs beside that: imports, and a report that has more to evaluate and to show.
BUDGET = 3.0
TURNS = 20
NOTE = "of CPU time"
SPACING_MS = 250_000


def history(place: Place, small: Small) -> Iterator[Row]:
    """A saved scrape with and without a history; every run appends to it, as always."""
    file = place.folder / "history.db"
    source: Command = [place.command, "--no-config", "--no-db", "--metrics-file", small.scrape, "--at", small.at]
    remembered = proven([*source, "--history", file], place.folder)
    fill(file, small.at_ms, RUNS)
    alone = place.folder / "alone.db"
    alone.write_bytes(file.read_bytes())
    objective = ("--slo", "99.5%")
    commands: dict[str, Command] = {
        "without": source,
        "with": remembered,
        "without, an objective": [*source, *objective],
        "with, an objective": [*remembered, *objective],
        "no turn": [place.python, READ, alone, "0"],
        "turns": [place.python, READ, alone, str(TURNS)],
        BARE: [place.python, "-c", "pass"],
    }
    rounds = place.rounds(41)
    reports = [name for name in commands if name.startswith("with")]
    samples = interleave(commands, rounds, folder=place.folder, accept=dict.fromkeys(reports, REPORTED))
    once = samples.cpu_added("turns", "no turn", BARE, TURNS)
    yield spread(f"{RUNS:,} runs kept: read and append / {BARE}", once, "x", ALONE, n=rounds, note=NOTE)
    for of in ("", ", an objective"):
        added = samples.cpu_added(f"with{of}", f"without{of}", BARE)
        yield spread(f"{RUNS:,} runs kept{of}: a whole run, added / {BARE}", added, "x", BUDGET, n=rounds, note=NOTE)
    yield Row(f"{RUNS:,} runs kept, size of the file", file.stat().st_size / 2**20, "MiB", 64)


def fill(file: Path, at_ms: int, runs: int, spacing_ms: int = SPACING_MS) -> None:
    """Copy the one run that is there into the time before it."""
    with closing(sqlite3.connect(file)) as database, database:
        columns = [name for _, name, *_ in database.execute("PRAGMA table_info(run)") if name not in {"id", "at_ms"}]
        names = ", ".join(columns)
        database.executemany(
            f"INSERT INTO run (at_ms, {names}) SELECT ?, {names} FROM run WHERE id = 1",
            [(at_ms - place * spacing_ms,) for place in range(runs, 0, -1)],
        )
        database.execute("UPDATE run SET more_requests = 1, more_good = 1, more_bad = 0, more_ms = 60000 WHERE id > 1")
        database.execute(
            "INSERT INTO reading SELECT id, (SELECT body FROM reading WHERE run = 1) FROM run WHERE id > 1"
        )
