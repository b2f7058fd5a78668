"""What a campaign is, and what comes of it."""

from collections import Counter
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from random import Random
from typing import NamedTuple

HERE = Path(__file__).parent
#: No case may need more, the program and everything it has imported included.
PEAK_BYTES = 256 * 2**20
#: Crashes of each campaign that are shown; all are counted.
SHOWN = 5


class Outcome(NamedTuple):
    """What one case led to: the exit code if the program got that far, and how many whole commands it ran."""

    exit: int | None = None
    commands: int = 0


class Crash(NamedTuple):
    """What must never happen, and the number of the case that did it."""

    case: int
    text: str


class Slowest(NamedTuple):
    """The case that took longest."""

    seconds: float = 0.0
    case: int = 0


class Result(NamedTuple):
    """All cases of a campaign. `cpu` is in seconds of all processes together, `peak` the most bytes that one held."""

    cases: int = 0
    commands: int = 0
    crashes: tuple[Crash, ...] = ()
    exits: Mapping[int, int] = {}
    slowest: Slowest = Slowest()
    cpu: float = 0.0
    peak: int = 0
    notes: tuple[str, ...] = ()

    @property
    def held(self) -> bool:
        """Whether nothing happened that must never happen."""
        return not self.crashes and self.peak <= PEAK_BYTES


Case = Callable[[Random], Outcome]
Run = Callable[[int, int, Path], Result]


class Campaign(NamedTuple):
    """One module; exactly one of `start` and `run`, which the module calls `campaign`, is there."""

    name: str
    cases: int
    seconds: float
    in_tests: int
    start: Callable[[Path], Case] | None
    run: Run | None


def names() -> list[str]:
    """Every campaign there is."""
    return sorted(file.stem for file in HERE.glob("*.py") if not file.stem.startswith("_"))


def load(name: str) -> Campaign:
    """The campaign of that name."""
    module = import_module(f"tools.torture.{name}")
    start, run = getattr(module, "start", None), getattr(module, "campaign", None)
    return Campaign(name, module.CASES, module.SECONDS, module.IN_TESTS, start, run)


def memory() -> str | None:
    """A folder in memory where there is one: no disk has to take a million small files."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a folder with another name is made in it


def random(seed: int, number: int) -> Random:
    """Where all choices of one case come from."""
    return Random(seed << 40 | number)


def joined(one: Result, other: Result) -> Result:
    """Two parts of one campaign."""
    return Result(
        cases=one.cases + other.cases,
        commands=one.commands + other.commands,
        crashes=tuple(sorted((*one.crashes, *other.crashes))),
        exits=Counter(one.exits) + Counter(other.exits),
        slowest=max(one.slowest, other.slowest),
        cpu=one.cpu + other.cpu,
        peak=max(one.peak, other.peak),
        notes=(*one.notes, *other.notes),
    )
