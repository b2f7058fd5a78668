"""What a run costs in figures that a busy machine does not change: its instructions, and the modules it imports."""

import os
import re
import subprocess
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tools.bench.measure import Command

#: A run that reports, whatever it finds, and one that was asked for something that does not exist.
ENDINGS = (0, 1, 2, 3)
#: Nothing of the caller's, not even how much there is of it; and no order of a set that differs from run to run.
ENVIRONMENT = {
    "PATH": os.defpath,
    "LC_ALL": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
}


class Count(NamedTuple):
    """Of one run: instructions in times of those of `python -c pass`, and imported modules."""

    instructions: float
    modules: int


def missing() -> bool:
    """Whether there is nothing to count instructions with."""
    return which("valgrind") is None


def instructions(command: Command, folder: Path) -> int:
    """Of the process and of those that it starts, in user space, all threads together; repeats within a thousandth."""
    with TemporaryDirectory(dir=folder) as logs:
        # Without a simulated cache Cachegrind takes less than half of Callgrind's time for the same count.
        # A file for each process: a child's own standard error is its parent's, who may keep it.
        counting = (
            "--tool=cachegrind",
            "--cachegrind-out-file=/dev/null",
            "--cache-sim=no",
            "--trace-children=yes",
            f"--log-file={logs}/%p",
        )
        _errors(["valgrind", *counting, *command], folder)
        counts = [re.search(r"I +refs: +([\d,]+)", log.read_text("utf-8")) for log in Path(logs).iterdir()]
    if not counts or None in counts:
        raise SystemExit(f"valgrind has not counted every process of {' '.join(map(str, command))}")
    return sum(int(count[1].replace(",", "")) for count in counts if count)


def modules(python: Path, arguments: Command, folder: Path) -> int:
    """As the interpreter itself lists them; `-X importtime` leaves out what `import_module` asks for."""
    listed = re.findall(r"^import '(.+?)' #", _errors([python, "-v", *arguments], folder), re.MULTILINE)
    return len(set(listed))


def _errors(command: Command, folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if done.returncode not in ENDINGS or "Traceback" in done.stderr:
        raise SystemExit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stderr[-2000:]}")
    return done.stderr
