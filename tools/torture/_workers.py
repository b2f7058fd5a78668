"""Cases in two processes, each with every second one: a case that kills its process is a crash like any other."""

import os
import resource
import signal
import time
import traceback
from collections import Counter
from contextlib import suppress
from functools import partial, reduce
from multiprocessing import get_context
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from tools.torture._campaign import SHOWN, Campaign, Case, Crash, Result, Run, Slowest, joined, load, random

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

WORKERS = 2
#: Whatever takes longer than this is taken for stuck.
STUCK_SECONDS = 60
#: Characters of a traceback that are shown; an input that was refused may be quoted in it.
LONGEST = 1500
#: Where a worker notes the case it is at, for the time when it cannot tell any more.
_NOTE = ".case"


class StuckError(BaseException):
    """Not an `Exception`: the program turns those into messages."""


class _Part(NamedTuple):
    """What one worker is to do, and where."""

    name: str
    seed: int
    numbers: range
    folder: Path


def runner(campaign: Campaign) -> Run:
    """How a campaign with `start` is run."""
    return partial(_run, campaign.name)


def _run(name: str, seed: int, cases: int, folder: Path) -> Result:
    parts = [_Part(name, seed, range(worker, cases, WORKERS), folder / str(worker)) for worker in range(WORKERS)]
    running = [(part, *_started(part)) for part in parts]
    return reduce(joined, [_result(*each) for each in running])


def _started(part: _Part) -> tuple[SpawnProcess, "Connection[Result]"]:
    # A new interpreter: a forked one would begin at its parent's peak memory.
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    part.folder.mkdir()
    process = context.Process(target=_work, args=(part, theirs), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def _result(part: _Part, process: SpawnProcess, told: "Connection[Result]") -> Result:
    result: Result | None = None
    with suppress(EOFError):
        result = told.recv()
    process.join()
    return result or Result(crashes=(Crash(_at(part), f"the process ended with {process.exitcode}"),))


def _at(part: _Part) -> int:
    """The case at which a worker was that cannot tell any more."""
    noted = part.folder.with_suffix(_NOTE)
    return int(noted.read_text()) if noted.exists() else part.numbers.start


def _work(part: _Part, told: "Connection[Result]") -> None:
    os.chdir(part.folder)
    signal.signal(signal.SIGALRM, _stuck)
    start = load(part.name).start
    assert start
    case = start(part.folder)
    with part.folder.with_suffix(_NOTE).open("wb", buffering=0) as note:
        told.send(take(case, part.seed, part.numbers, note.fileno()))


def take(case: Case, seed: int, numbers: range, note: int | None = None) -> Result:
    """Run the cases of these numbers, one after the other, whatever becomes of each."""
    commands, crashes, exits, slowest = 0, list[Crash](), Counter[int](), Slowest()
    for number in numbers:
        if note is not None:
            os.pwrite(note, b"%20d" % number, 0)
            signal.alarm(STUCK_SECONDS)
        began = time.perf_counter()
        try:
            outcome = case(random(seed, number))
        except (Exception, StuckError):  # noqa: BLE001 - whatever it is, it is what is looked for
            crashes.append(Crash(number, traceback.format_exc(limit=-4)[-LONGEST:] if len(crashes) < SHOWN else ""))
        else:
            commands += outcome.commands
            exits.update(() if outcome.exit is None else (outcome.exit,))
        slowest = max(slowest, Slowest(time.perf_counter() - began, number))
    signal.alarm(0)
    return Result(len(numbers), commands, tuple(crashes), exits, slowest, *usage())


def usage() -> tuple[float, int]:
    """CPU seconds of this process and of those it waited for, and the most bytes that one of them ever held."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent), 1024 * max(one.ru_maxrss for one in spent)


def _stuck(_number: int, _frame: FrameType | None) -> NoReturn:
    raise StuckError(f"more than {STUCK_SECONDS} s")
