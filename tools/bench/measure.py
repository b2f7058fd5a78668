"""Time and memory of whole processes, taken in turns so that a busy machine slows all alike."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

MIB = 2**20
LAUNCH = Path(__file__).with_name("launch.py")
Command = Sequence[str | Path]

#: No variable of the caller's may change what is measured.
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LLMGW_REPORT_", "GITHUB_"))
}


class Sample(NamedTuple):
    """One process: seconds on the clock and of CPU, and the most memory it held, in bytes."""

    seconds: float
    cpu: float
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

    def cpu_ratio(self, name: str, reference: str) -> float:
        """The same of CPU time, of which others on the machine take less away."""
        pairs = zip(self.taken[name], self.taken[reference], strict=True)
        return median(ours.cpu / theirs.cpu for ours, theirs in pairs)

    def cpu_added(self, name: str, without: str, reference: str, times: int = 1) -> Spread:
        """What `name` takes beyond `without` in the same round, by each of so many turns: in times of the reference."""
        pairs = zip(self.taken[name], self.taken[without], strict=True)
        unit = median(sample.cpu for sample in self.taken[reference]) * times
        return Spread.of((ours.cpu - theirs.cpu) / unit for ours, theirs in pairs)

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
    accept: Mapping[str, Sequence[int]] | None = None,
    before: Callable[[], None] | None = None,
) -> Samples:
    """Run all commands once per round; a first round, not counted, fills the caches unless `before` empties them.

    A command ends with 0, or with one of the codes that are accepted of it.
    """
    taken: dict[str, list[Sample]] = {name: [] for name in commands}
    for number in range(rounds + (before is None)):
        for name, command in commands.items():
            if before:
                before()
            sample = run(command, folder, (accept or {}).get(name, (0,)))
            if number or before:
                taken[name].append(sample)
    return Samples(taken)


def run(command: Command, folder: Path, accept: Sequence[int] = (0,)) -> Sample:
    """One process from start to end, its output thrown away; anything but an accepted exit code ends the benchmark."""
    launched: Command = [sys.executable, "-I", "-S", LAUNCH, *command]
    done = subprocess.run(launched, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: not started\n{done.stderr}")
    seconds, cpu, kib, code = done.stdout.split()
    if int(code) not in accept:
        raise SystemExit(f"{' '.join(map(str, command))}: exit {code}\n{done.stderr}")
    return Sample(float(seconds), float(cpu), int(kib) * 1024)


def output(command: Command, folder: Path, accept: Sequence[int] = (0,)) -> str:
    """Standard output of a process; anything but an accepted exit code ends the benchmark."""
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if done.returncode not in accept:
        raise SystemExit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stderr}")
    return done.stdout
