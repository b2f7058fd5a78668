"""One line of the result: a figure beside its budget."""

from typing import Literal, NamedTuple

Met = Literal["yes", "NO", "-"]


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

    @property
    def met(self) -> Met:
        """Whether the budget is kept."""
        if self.figure is None or self.budget is None:
            return "-"
        return "yes" if (self.figure >= self.budget if self.at_least else self.figure <= self.budget) else "NO"

    def line(self) -> str:
        """The row as text, in columns."""
        figure = "not measured" if self.figure is None else f"{self.figure:.2f} {self.unit}"
        sign = "≥" if self.at_least else "≤"
        budget = "" if self.budget is None else f"{sign} {self.budget:g} {self.unit}"
        return f"{self.name:<62} {figure:>12} {budget:>10} {self.met:>4} {self.n or '':>3}  {self.note}".rstrip()


HEAD = f"{'measured':<62} {'figure':>12} {'budget':>10} {'met':>4} {'n':>3}"
