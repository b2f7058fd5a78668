"""One figure of a report beside the truth, and what the two may differ by."""

from typing import NamedTuple


class Wanted(NamedTuple):
    """How far a figure may be off: so much of the truth, or so many if that is more."""

    ratio: float = 0.0
    least: float = 0.0

    def text(self) -> str:
        """In a column."""
        if not self.ratio:
            return "exact"
        return f"{self.ratio:.0%}" + (f" or {self.least:g}" if self.least else "")


EXACT = Wanted()
REQUESTS = TOKENS = Wanted(0.01)
ERRORS = Wanted(0.03, 2)


class Line(NamedTuple):
    """A figure of one source."""

    source: str
    figure: str
    found: object
    truth: object
    wanted: Wanted = EXACT

    @property
    def error(self) -> float | None:
        """Found less truth, as a part of the truth; None where these are no numbers."""
        if not isinstance(self.found, int | float) or not isinstance(self.truth, int | float) or not self.wanted.ratio:
            return None
        return (self.found - self.truth) / self.truth if self.truth else float(self.found)

    @property
    def met(self) -> bool:
        """Whether the figure is what is wanted."""
        if not isinstance(self.found, int | float) or not isinstance(self.truth, int | float):
            return self.found == self.truth
        return abs(self.found - self.truth) <= max(self.wanted.ratio * self.truth, self.wanted.least)

    def columns(self) -> tuple[str, ...]:
        """The cells of a table."""
        error = "" if self.error is None else f"{self.error:+.2%}"
        met = "yes" if self.met else "NO"
        return (self.source, self.figure, _shown(self.found), _shown(self.truth), error, self.wanted.text(), met)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "absent" if value is None else str(value)
