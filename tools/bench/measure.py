"""Time and memory of whole processes, taken in turns so that a busy machine slows all alike.

This process stays small: the peak memory that the kernel reports of a child begins at its parent's.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple

MIB = 2**20
Command = Sequence[str | Path]

#: No variable of the caller's may change what is measured.
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LLMGW_REPORT_", "GITHUB_"))
}


class Sample(NamedTuple):
    """One process: wall-clock seconds, and the most memory it held, in bytes."""

    seconds: float
    peak: int


class Spread(NamedTuple):
    """The median of several figures, and the quartiles around it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, figures: Iterable[float]) -> "Spread":
        """Of one figure or more; inclusive, so that no quartile lies beyond what was measured."""
        found = list(figures)
        low, middle, high = quantiles(found, method="inclusive") if len(found) > 1 else found * 3
        return cls(middle, low, high)


class Samples(NamedTuple):
    """All samples of every command, by its name; sample i of each was taken in round i."""

    taken: dict[str, list[Sample]]

    def ratio(self, name: str, reference: str) -> Spread:
        """`name`'s time divided by `reference`'s of the same round."""
        pairs = zip(self.taken[name], self.taken[reference], strict=True)
        return Spread.of(ours.seconds / theirs.seconds for ours, theirs in pairs)

    def seconds(self, name: str) -> Spread:
        """Its time, which a busy machine makes longer."""
        return Spread.of(sample.seconds for sample in self.taken[name])

    def peak(self, name: str) -> float:
        """The highest peak in MiB: a budget of memory holds for every run."""
        return max(sample.peak for sample in self.taken[name]) / MIB


def interleave(
    commands: Mapping[str, Command],
    rounds: int,
    *,
    folder: Path,
    accept: Sequence[int] = (0,),
    before: Callable[[], None] | None = None,
) -> Samples:
    """Run all commands once per round; a first round, not counted, fills the caches unless `before` empties them."""
    taken: dict[str, list[Sample]] = {name: [] for name in commands}
    for number in range(rounds + (before is None)):
        for name, command in commands.items():
            if before:
                before()
            sample = run(command, folder, accept)
            if number or before:
                taken[name].append(sample)
    return Samples(taken)


def run(command: Command, folder: Path, accept: Sequence[int] = (0,)) -> Sample:
    """One process from start to end, its output thrown away; anything but an accepted exit code ends the benchmark."""
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        # Popen did not do the waiting: untold, it would wait for a process that is gone.
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in accept:
            errors.seek(0)
            text = errors.read().decode(errors="replace")
            raise SystemExit(f"{' '.join(map(str, command))}: exit {process.returncode}\n{text}")
    return Sample(seconds, usage.ru_maxrss * 1024)


def output(command: Command, folder: Path) -> str:
    """Standard output of a process that must succeed."""
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stderr}")
    return done.stdout
