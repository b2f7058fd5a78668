"""A gateway that writes at full rate into the database which is being reported on: what it notices of it.

Each round has a while in which nobody reports, one with a report, and one with a report that leaves the database
alone, in turns. What the gateway may notice: no commit is refused, the log is as small after a checkpoint as ever,
and the 99th percentile of a commit's time is at most 1.1 times that of the other two whiles. It is a crash where both
ratios are above with 97.5 % certainty: on a busy machine any process that starts takes time from the writer, and few
rounds prove little.
"""

import json
import subprocess
import sys
import time
from bisect import bisect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import ceil, floor, sqrt
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tools.bench.database import write
from tools.bench.vocabulary import END_MS
from tools.torture._campaign import Crash, Result, Slowest
from tools.torture._writer import COMMITS, Commits, written

CASES = 100
SECONDS = 240.0
IN_TESTS = 0

CHECKOUT = Path(__file__).parents[2]
ROWS = 20_000
LIMIT = 1.1
ALONE_SECONDS = 0.4
END = str(END_MS // 1000)
COMMAND = (
    *(sys.executable, "-m", "llmgw_report", "--no-config", "--format", "json", "--fail-on", "never", "--at"),
    END,
)
SCRAPE = ("--metrics-file", str(CHECKOUT / "examples" / "verification" / "metrics.prom"))


class While(NamedTuple):
    """Some time of a round, in nanoseconds."""

    began: int
    ended: int


class Told(NamedTuple):
    """What a report says of itself."""

    read_seconds: float
    peak_bytes: int
    failed: int


class Round(NamedTuple):
    """One of each, and what the report that read the database says."""

    alone: While
    beside: While
    apart: While
    told: Told


def campaign(seed: int, cases: int, folder: Path) -> Result:
    """So many rounds beside one writer; the order within a round follows from its number and the seed."""
    database = folder / "o.db"
    write(str(database), ROWS, ROWS // 2, 1_000, 1.0)
    with _writing(database):
        rounds = [_round(database, seed + number) for number in range(cases)]
    found = written(database)
    return Result(
        cases=cases,
        commands=2 * cases,
        crashes=tuple(Crash(0, text) for text in _crashes(found, rounds)),
        slowest=max(Slowest((one.beside.ended - one.beside.began) / 1e9, number) for number, one in enumerate(rounds)),
        peak=max(one.told.peak_bytes for one in rounds),
        notes=tuple(_notes(found, rounds)),
    )


@contextmanager
def _writing(database: Path) -> Iterator[None]:
    command = (sys.executable, "-m", "tools.torture._writer", database)
    with subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout
        assert writer.stdin
        writer.stdout.readline()
        yield
        writer.stdin.close()


def _round(database: Path, number: int) -> Round:
    """The three whiles in the order that is this round's turn."""
    whiles: dict[str, While] = {}
    told = Told(0, 0, 0)
    order = ("beside", "apart", "alone")
    for kind in (*order[number % 3 :], *order[: number % 3]):
        began = time.monotonic_ns()
        if kind == "beside":
            told = report("--db-path", str(database))
        elif kind == "apart":
            report("--no-db")
        else:
            time.sleep(ALONE_SECONDS)
        whiles[kind] = While(began, time.monotonic_ns())
    return Round(**whiles, told=told)


def report(*arguments: str) -> Told:
    """Run one beside the writer; it must have read what it was given."""
    done = subprocess.run((*COMMAND, *SCRAPE, *arguments), cwd=CHECKOUT, capture_output=True, check=True)
    document = json.loads(done.stdout)
    assert document["inputs"][1]["status"] in {"ok", "skipped"}
    timings, failed = document["timings"], document["sections"]["failed_queries"]
    return Told(timings["database_read_seconds"] or 0, timings["peak_rss_bytes"], len(failed))


def _crashes(found: Commits, rounds: Sequence[Round]) -> Iterator[str]:
    if found.busy:
        yield f"{found.busy} commits were refused: SQLITE_BUSY"
    if found.after:
        yield f"the log has {found.after} bytes after a checkpoint"
    if all(_interval(ratios)[0] > LIMIT for ratios in _ratios(found, rounds).values()):
        yield f"a commit takes more than {LIMIT} times as long while a report reads the database"


def _notes(found: Commits, rounds: Sequence[Round]) -> Iterator[str]:
    yield f"{len(found.starts):,} commits, of which {found.busy} were refused"
    yield _line("nobody reports", found, [one.alone for one in rounds])
    yield _line("a report reads the database", found, [one.beside for one in rounds])
    yield _line("a report leaves it alone", found, [one.apart for one in rounds])
    for name, ratios in _ratios(found, rounds).items():
        low, high = _interval(ratios)
        yield f"p99 while reading by p99 {name}: {median(ratios):.2f} ({low:.2f} to {high:.2f}), limit {LIMIT}"
    first = found.logs[max(0, bisect(found.starts, rounds[0].alone.began) // COMMITS - 1)]
    yield f"log: {_mib(first)} at first, {_mib(max(found.logs))} at most, {_mib(found.after)} after a checkpoint"
    late = sum(one.told.failed for one in rounds)
    usual = 1000 * median(one.told.read_seconds for one in rounds)
    yield f"a report reads the database for {usual:.0f} ms; queries that failed: {late}"


def _line(name: str, found: Commits, whiles: Sequence[While]) -> str:
    times = [length for one in whiles for length in _lengths(found, one)]
    half, most = _share(times, 0.5), _share(times, 0.99)
    return f"while {name}: p50 {half:,.0f} us, p99 {most:,.0f} us of {len(times):,} commits"


def _mib(size: int) -> str:
    return f"{size / 2**20:.1f} MiB"


def _ratios(found: Commits, rounds: Sequence[Round]) -> dict[str, list[float]]:
    """Per round, against the two other whiles of the same round."""
    return {
        "without one": [_ratio(found, one.beside, one.alone) for one in rounds],
        "beside one that does not": [_ratio(found, one.beside, one.apart) for one in rounds],
    }


def _ratio(found: Commits, ours: While, theirs: While) -> float:
    return _share(_lengths(found, ours), 0.99) / _share(_lengths(found, theirs), 0.99)


def _interval(ratios: Sequence[float]) -> tuple[float, float]:
    """Between which two of them the true median lies in 95 of 100 cases, whatever their distribution."""
    n, ordered = len(ratios), sorted(ratios)
    half = 0.98 * sqrt(n)
    return ordered[max(0, floor(n / 2 - half))], ordered[min(n - 1, ceil(n / 2 + half))]


def _lengths(found: Commits, one: While) -> Sequence[int]:
    return found.lengths[bisect(found.starts, one.began) : bisect(found.starts, one.ended)]


def _share(times: Sequence[int], share: float) -> float:
    """A percentile in microseconds."""
    return sorted(times)[min(len(times) - 1, int(share * len(times)))] / 1000
