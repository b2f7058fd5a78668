"""How long the test suite takes on two cores, and whether it ends alike every time: `make bench BENCH=suite`."""

import re
import subprocess
import time
from collections.abc import Iterator
from typing import NamedTuple

from tools.bench.measure import ENVIRONMENT, Spread
from tools.bench.place import CHECKOUT, Place
from tools.bench.row import Row, spread

BUDGET_SECONDS = 180
RUNS = 2
#: What pytest counts in its last line. How often a test warns or is tried says nothing of how the suite ended.
COUNTED = ("passed", "failed", "skipped", "error", "xfailed", "xpassed")
NAME = "the test suite on two cores"


class Ended(NamedTuple):
    """One run: seconds, and the counts by which two runs are alike."""

    seconds: float
    counts: dict[str, int]

    @property
    def shown(self) -> str:
        """The counts as text."""
        return ", ".join(f"{count:,} {name}" for name, count in self.counts.items())


def suite(_place: Place) -> Iterator[Row]:
    """Time and counts of whole runs, one after the other."""
    yield from rows([once() for _ in range(RUNS)])


def rows(runs: list[Ended]) -> Iterator[Row]:
    """The median of the time; and how many runs did not end as the first, of which none may."""
    first, *others = runs
    yield spread(NAME, Spread.of(run.seconds for run in runs), "s", BUDGET_SECONDS, n=len(runs))
    unlike = [run for run in others if run.counts != first.counts]
    note = "; ".join(run.shown for run in (first, *unlike))
    yield Row(f"{NAME}: runs that end otherwise than the first", len(unlike), "", 0, n=len(runs), note=note)


def once() -> Ended:
    """One run. Tests that fail are counted, and are no reason to end."""
    began = time.perf_counter()
    command = ["make", "--no-print-directory", "test"]
    done = subprocess.run(command, cwd=CHECKOUT, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if not (counts := counted(done.stdout)):
        raise SystemExit(
            f"the test suite has not run: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return Ended(seconds, counts)


def counted(said: str) -> dict[str, int]:
    """The counts of pytest's last line, which is not there if it ended before."""
    *_, last = said.strip().splitlines() or [""]
    found = {
        name.removesuffix("s") if name == "errors" else name: int(n) for n, name in re.findall(r"(\d+) (\w+)", last)
    }
    return {name: found[name] for name in COUNTED if name in found}
