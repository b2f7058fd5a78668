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
#: Of what a process has taken, in valgrind's log of it; missing where the process was killed.
REFS = re.compile(r"I +refs: +([\d,]+)")
#: How often a run is counted until all its processes are, and lines of each log that are shown of one that never was.
TRIES, SHOWN = 3, 8
UNCOUNTED = """valgrind has not counted every process of {command}, in {tries} tries. The last lines of it:
{said}
A process that is killed is not counted, by a time limit of the run or for lack of memory: repeat it when the machine \
has less to do."""
#: Nothing of the caller's, not even how much there is of it; and no order of a set that differs from run to run.
ENVIRONMENT = {
    "PATH": os.defpath,
    "LC_ALL": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
}

Done = subprocess.CompletedProcess[str]


class Count(NamedTuple):
    """Of one run: instructions in times of those of `python -c pass`, and imported modules."""

    instructions: float
    modules: int


class Lost(NamedTuple):
    """Instructions of runs and of those without the part, too near to one another for a figure of that part."""

    taken: float
    less: float


def missing() -> bool:
    """Whether there is nothing to count instructions with."""
    return which("valgrind") is None


def instructions(command: Command, folder: Path) -> int:
    """Of the process and of those that it starts, in user space, all threads together; repeats within a thousandth.

    Counted again if it is not whole: on a busy machine a run's own time limit may end a process that it has started.
    """
    said = ""
    for _ in range(TRIES):
        counts, said = _counted(command, folder)
        if counts and None not in counts:
            return sum(filter(None, counts))
    raise SystemExit(UNCOUNTED.format(command=" ".join(map(str, command)), tries=TRIES, said=said))


def _counted(command: Command, folder: Path) -> tuple[list[int | None], str]:
    """What each process has taken, None where that is not known, and the last lines of those and of standard error."""
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
        done = _done(["valgrind", *counting, *command], folder)
        texts = [log.read_text("utf-8", "replace") for log in Path(logs).iterdir()]
    counts = {text: int(found[1].replace(",", "")) if (found := REFS.search(text)) else None for text in texts}
    if counts and None not in counts.values():
        _ended(done)
    whole = (done.stderr, *(text for text, count in counts.items() if count is None))
    return list(counts.values()), "\n".join(line for text in whole for line in text.splitlines()[-SHOWN:])


def modules(python: Path, arguments: Command, folder: Path) -> int:
    """As the interpreter itself lists them; `-X importtime` leaves out what `import_module` asks for."""
    listed = re.findall(r"^import '(.+?)' #", _errors([python, "-v", *arguments], folder), re.MULTILINE)
    return len(set(listed))


def _errors(command: Command, folder: Path) -> str:
    return _ended(_done(command, folder)).stderr


def _done(command: Command, folder: Path) -> Done:
    return subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)


def _ended(done: Done) -> Done:
    """A run that ended as one may; any other ends the tool."""
    if done.returncode not in ENDINGS or "Traceback" in done.stderr:
        raise SystemExit(f"{' '.join(map(str, done.args))}: exit {done.returncode}\n{done.stderr[-2000:]}")
    return done
