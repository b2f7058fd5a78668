"""A gateway without WAL mode that commits 50 times a second, and reports on its database: which commits wait or fail.

Such a gateway waits for every reader. With a busy timeout of 3 s no commit may fail or take more than 0.5 s; without
one, at most 10 commits may be refused for each report.
"""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from select import select
from statistics import median
from typing import NamedTuple

from tools.torture._campaign import Crash, Result, Slowest
from tools.torture.neighbour import CHECKOUT, Told, report

CASES = 40
SECONDS = 150.0
IN_TESTS = 0

ROWS = 400_000
COMMITS_PER_SECOND = 50
TIMEOUTS_SECONDS = (3.0, 0.0)
LONGEST_SECONDS = 0.5
REFUSED_PER_REPORT = 10
ROW = "INSERT INTO logs (timestamp, level, target, message) VALUES (?, 'INFO', 'gateway', 'Created new session')"


class Commits(NamedTuple):
    """What a writer with this busy timeout met: how long its commits took, and how many were refused."""

    timeout_seconds: float
    seconds: list[float]
    refused: int


def campaign(_: int, cases: int, folder: Path, rows: int = ROWS) -> Result:
    """Half of the reports beside a writer that waits for a lock, half beside one that does not."""
    database = folder / "o.db"
    # A process of its own: the system counts the memory of this one as that of the reports which it starts.
    sizes = (str(rows), str(rows + rows // 4), "1000", "1")
    subprocess.run((sys.executable, "-m", "tools.bench.database", database, *sizes), cwd=CHECKOUT, check=True)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    reports = max(1, cases // 2)
    told: list[Told] = []
    found = [_beside(database, timeout, reports, told) for timeout in TIMEOUTS_SECONDS]
    return Result(
        cases=len(told),
        commands=len(told),
        crashes=tuple(Crash(0, text) for one in found for text in _crashes(one, reports)),
        slowest=max(Slowest(one.read_seconds, number) for number, one in enumerate(told)),
        peak=max(one.peak_bytes for one in told),
        notes=tuple(_notes(database, found, told)),
    )


def _beside(database: Path, timeout_seconds: float, reports: int, told: list[Told]) -> Commits:
    """So many reports beside a writer, a pause after each."""
    command = (sys.executable, "-m", "tools.torture.rollback", database, str(timeout_seconds))
    with subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout
        writer.stdout.readline()
        for _ in range(reports):
            told.append(report("--db-path", str(database)))
            time.sleep(0.2)
        answer, _ = writer.communicate(b"\n")
    return Commits(timeout_seconds, *json.loads(answer))


def _crashes(found: Commits, reports: int) -> Iterator[str]:
    if not found.timeout_seconds:
        if found.refused > REFUSED_PER_REPORT * reports:
            yield f"{found.refused} commits were refused beside {reports} reports"
        return
    if found.refused:
        yield f"{found.refused} commits were refused within {found.timeout_seconds:g} s"
    if max(found.seconds) > LONGEST_SECONDS:
        yield f"a commit took {max(found.seconds):.2f} s"


def _notes(database: Path, found: list[Commits], told: list[Told]) -> Iterator[str]:
    yield f"database: {database.stat().st_size / 2**20:.0f} MiB; {len(told)} reports, half of them beside each writer"
    for one in found:
        commits = f"busy timeout {one.timeout_seconds:g} s: {len(one.seconds):,} commits, {one.refused} refused"
        yield f"{commits}, p50 {1000 * median(one.seconds):.1f} ms, longest {1000 * max(one.seconds):.0f} ms"
    usual = 1000 * median(one.read_seconds for one in told)
    yield f"a report reads the database for {usual:.0f} ms; queries that failed: {sum(one.failed for one in told)}"


def _write(database: Path, timeout_seconds: float) -> tuple[list[float], int]:
    """Commit at an even rate until standard input has a line."""
    seconds, refused = [], 0
    with closing(sqlite3.connect(database, isolation_level=None, timeout=timeout_seconds)) as connection:
        print("ready", flush=True)
        due = time.perf_counter()
        while not select([sys.stdin], [], [], max(0.0, due - time.perf_counter()))[0]:
            began = time.perf_counter()
            due = max(due + 1 / COMMITS_PER_SECOND, began)
            try:
                connection.execute(ROW, (time.time_ns() // 1_000_000,))
            except sqlite3.OperationalError:
                refused += 1
            seconds.append(time.perf_counter() - began)
    return seconds, refused


if __name__ == "__main__":
    print(json.dumps(_write(Path(sys.argv[1]), float(sys.argv[2]))))
