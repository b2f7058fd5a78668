"""How often a case raised an alarm, counted over many seeds."""

import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from tools.power.faults import FAULTS, alarms, found
from tools.power.trial import GATEWAYS, Case, trial

CLEAN = "clean"
#: Reports per job: enough that starting one costs nothing beside it.
BATCH = 10


class Job(NamedTuple):
    """A fault by its place, or clean traffic (None), at one gateway with `n` requests an hour, under these seeds."""

    fault: int | None
    gateway: str
    n: int
    seeds: range


class Tally(NamedTuple):
    """Of so many reports, how many raised an alarm (clean) or found the fault; and the checks that spoke."""

    name: str
    n: int
    runs: int
    hits: int
    checks: Counter[str]

    def __add__(self, other: object) -> "Tally":
        if not isinstance(other, Tally):
            return NotImplemented
        return self._replace(
            runs=self.runs + other.runs, hits=self.hits + other.hits, checks=self.checks + other.checks
        )


def jobs(n: int, clean: int, faulty: int) -> Iterator[Job]:
    """So many reports with `n` requests an hour of every gateway, clean and with every fault that it can show."""
    for gateway in GATEWAYS:
        yield from _batches(None, gateway, n, clean)
    for place, fault in enumerate(FAULTS):
        for gateway in fault.gateways:
            yield from _batches(place, gateway, n, faulty)


def _batches(fault: int | None, gateway: str, n: int, runs: int) -> Iterator[Job]:
    for first in range(0, runs, BATCH):
        yield Job(fault, gateway, n, range(first, min(runs, first + BATCH)))


def count(job: Job) -> Tally:
    """The reports of one job. Half of the clean ones have an earlier report to be compared with."""
    with tempfile.TemporaryDirectory(prefix="llmgw-report-power-") as folder:
        return _count(job, Path(folder))


def _count(job: Job, folder: Path) -> Tally:
    fault = None if job.fault is None else FAULTS[job.fault]
    name = fault.name if fault else CLEAN
    total = Tally(name, job.n, 0, 0, Counter())
    for seed in job.seeds:
        case = fault.case if fault else Case(baseline=seed % 2 == 0)
        report = trial(folder, job.gateway, case, job.n, f"{name} {seed}")
        spoke = alarms(report)
        total += Tally(name, job.n, 1, int(found(report, fault) if fault else bool(spoke)), Counter(spoke))
    return total


def tallies(found: Iterable[Tally]) -> dict[tuple[str, int], Tally]:
    """Added up by case and size."""
    summed: dict[tuple[str, int], Tally] = {}
    for one in found:
        key = (one.name, one.n)
        summed[key] = summed[key] + one if key in summed else one
    return summed


def on_all_cores(asked: Sequence[Job]) -> Iterator[Tally]:
    """As they come in."""
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        yield from pool.map(count, asked)
