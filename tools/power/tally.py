"""How often a case raised an alarm, counted over many seeds."""

import os
import signal
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tools.power.faults import FAULTS, found
from tools.power.kinds import KINDS
from tools.power.trial import GATEWAYS, trial
from tools.power.truth import false_alarms, false_warnings
from tools.temporary import temporary

#: Reports per job: enough that starting one costs nothing beside it.
BATCH = 10


class Job(NamedTuple):
    """A fault, or a kind of traffic without one, by its place; at one gateway with `n` requests an hour."""

    clean: bool
    place: int
    gateway: str
    n: int
    seeds: range


class Tally(NamedTuple):
    """Of so many reports, how many raised a false alarm (clean) or found the fault; and the checks that spoke.

    `warned` reports have a false warning or a false alarm; the verdict of `passed` is PASS.
    """

    name: str
    n: int
    runs: int
    hits: int
    checks: Counter[str]
    warned: int = 0
    passed: int = 0

    def __add__(self, other: object) -> "Tally":
        if not isinstance(other, Tally):
            return NotImplemented
        return self._replace(
            runs=self.runs + other.runs,
            hits=self.hits + other.hits,
            checks=self.checks + other.checks,
            warned=self.warned + other.warned,
            passed=self.passed + other.passed,
        )


def jobs(n: int, clean: int, faulty: int) -> Iterator[Job]:
    """So many reports with `n` requests an hour of every gateway, of every clean kind and with every fault it shows."""
    for place, _ in enumerate(KINDS):
        for gateway in GATEWAYS:
            yield from _batches(place, gateway, n, clean, clean=True)
    for place, fault in enumerate(FAULTS):
        for gateway in fault.gateways:
            yield from _batches(place, gateway, n, faulty, clean=False)


def _batches(place: int, gateway: str, n: int, runs: int, *, clean: bool) -> Iterator[Job]:
    for first in range(0, runs, BATCH):
        yield Job(clean, place, gateway, n, range(first, min(runs, first + BATCH)))


def count(job: Job, where: Path | None = None) -> Tally:
    """The reports of one job. Half of the clean ones have an earlier report to be compared with."""
    with TemporaryDirectory(prefix="llmgw-report-power-", dir=where) as folder:
        count_one = _clean if job.clean else _faulty
        return sum((count_one(job, Path(folder), seed) for seed in job.seeds), Tally(name(job), job.n, 0, 0, Counter()))


def name(job: Job) -> str:
    """Of the kind of traffic or the fault."""
    return KINDS[job.place].name if job.clean else FAULTS[job.place].name


def _clean(job: Job, folder: Path, seed: int) -> Tally:
    kind = KINDS[job.place]
    case = kind.case._replace(baseline=kind.case.baseline and seed % 2 == 0)
    report, window = trial(folder, job.gateway, case, job.n, f"{kind.name} {seed}")
    alarms, warnings = false_alarms(report, window), false_warnings(report, window)
    passed = int(report.verdict.status == "pass")
    return Tally(kind.name, job.n, 1, int(bool(alarms)), Counter(alarms), int(bool(warnings)), passed)


def _faulty(job: Job, folder: Path, seed: int) -> Tally:
    fault = FAULTS[job.place]
    report, _ = trial(folder, job.gateway, fault.case, job.n, f"{fault.name} {seed}")
    return Tally(fault.name, job.n, 1, int(found(report, fault)), Counter())


def tallies(found: Iterable[Tally]) -> dict[tuple[str, int], Tally]:
    """Added up by case and size."""
    summed: dict[tuple[str, int], Tally] = {}
    for one in found:
        key = (one.name, one.n)
        summed[key] = summed[key] + one if key in summed else one
    return summed


def on_all_cores(asked: Sequence[Job]) -> Iterator[Tally]:
    """As they come in."""
    # An interruption ends those of this pool; those of an executor would be waited for, or wait for ever.
    with temporary("power") as folder, Pool(len(os.sched_getaffinity(0)), _end_with_parent) as pool:
        yield from pool.imap(partial(count, where=folder), asked)


def _end_with_parent() -> None:
    """An interruption of all is one of the first process, which ends this one: by SIGTERM, at once."""
    for number, handler in ((signal.SIGINT, signal.SIG_IGN), (signal.SIGTERM, signal.SIG_DFL)):
        signal.signal(number, handler)
