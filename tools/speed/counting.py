"""What a run costs in figures that a busy machine does not change: its instructions, and the modules it imports."""

import os
import re
import subprocess
from pathlib import Path
from shutil import which
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
    """Of the process alone and in user space, all threads together; repeats within a thousandth."""
    counting: Command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    found = re.search(r"Collected : (\d+)", _errors([*counting, *command], folder))
    if not found:
        raise SystemExit(f"valgrind counted nothing of {' '.join(map(str, command))}")
    return int(found[1])


def modules(python: Path, arguments: Command, folder: Path) -> int:
    """As the interpreter itself lists them; `-X importtime` leaves out what `import_module` asks for."""
    listed = re.findall(r"^import '(.+?)' #", _errors([python, "-v", *arguments], folder), re.MULTILINE)
    return len(set(listed))


def _errors(command: Command, folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if done.returncode not in ENDINGS or "Traceback" in done.stderr:
        raise SystemExit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stderr[-2000:]}")
    return done.stderr
