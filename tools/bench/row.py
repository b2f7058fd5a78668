"""One line of the result: a figure beside its budget."""

from typing import Any, Literal, NamedTuple

from tools.bench.measure import Samples, Spread

Met = Literal["yes", "NO", "-"]
#: What every time is compared with: starting Python with nothing to do.
BARE = "python -c pass"
#: Beside the verdict of a row whose budget lies between its quartiles.
WITHIN = "within the spread"


class Row(NamedTuple):
    """A figure with its unit ("x" is a ratio), the budget it must keep, and how many rounds it is the median of.

    `at_least`: the figure must reach the budget and not stay below it. No budget: for information.
    No figure: `note` says why it could not be measured.
    """

    name: str
    figure: float | None
    unit: str
    budget: float | None = None
    at_least: bool = False
    n: int = 0
    note: str = ""
    #: The quartiles of the rounds, if there were several.
    low: float | None = None
    high: float | None = None

    @property
    def met(self) -> Met:
        """Whether the budget is kept."""
        if self.figure is None or self.budget is None:
            return "-"
        return "yes" if (self.figure >= self.budget if self.at_least else self.figure <= self.budget) else "NO"

    @property
    def undecided(self) -> bool:
        """Whether the budget lies between the quartiles: another run may end on its other side."""
        if self.low is None or self.high is None or self.budget is None:
            return False
        return self.low <= self.budget <= self.high

    @property
    def shown(self) -> str:
        """The figure as text, with its quartiles in brackets."""
        if self.figure is None:
            return "not measured"
        between = "" if self.low is None or self.high is None else f" ({_short(self.low)} to {_short(self.high)})"
        return f"{_short(self.figure, self.budget)} {self.unit}".strip().replace(" x", "x") + between

    @property
    def limit(self) -> str:
        """The budget as text."""
        sign = "≥" if self.at_least else "≤"
        return "" if self.budget is None else f"{sign} {self.budget:g} {self.unit}".strip().replace(" x", "x")

    def line(self) -> str:
        """The row as text, in columns."""
        notes = ", ".join(filter(None, (WITHIN * self.undecided, self.note)))
        return f"{self.name:<66} {self.shown:>26} {self.limit:>10} {self.met:>4} {self.n or '':>3}  {notes}".rstrip()


def spread(name: str, found: Spread, unit: str, budget: float | None = None, **more: Any) -> Row:  # noqa: ANN401 - the other fields of a row
    """A row of a figure that was measured several times."""
    return Row(name, found.median, unit, budget, low=found.low, high=found.high, **more)


def against_bare(name: str, samples: Samples, of: str, budget: float | None, rounds: int) -> Row:
    """The ratio to `BARE`, with that of CPU time."""
    note = f"{samples.cpu_ratio(of, BARE):.1f}x of CPU"
    return spread(f"{name} / {BARE}", samples.ratio(of, BARE), "x", budget, n=rounds, note=note)


def seconds(name: str, samples: Samples, of: str, budget: float, rounds: int) -> Row:
    """A time in seconds, which means something on a quiet machine, with the ratio to `BARE`, which does on any."""
    note = f"{samples.ratio(of, BARE).median:.0f}x {BARE}, {samples.cpu_ratio(of, BARE):.0f}x of CPU"
    return spread(name, samples.seconds(of), "s", budget, n=rounds, note=note)


def _short(figure: float, budget: float | None = None) -> str:
    """Three digits, and as many more as tell it from a budget that it is next to."""
    digits = 0 if abs(figure) >= 100 else 1 if abs(figure) >= 10 else 2
    while figure != budget and float(f"{figure:.{digits}f}") == budget:
        digits += 1
    return f"{figure:.{digits}f}"


HEAD = f"{'measured':<66} {'figure (quartiles)':>26} {'budget':>10} {'met':>4} {'n':>3}"
