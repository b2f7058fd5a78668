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
    """A figure of one source, `of` some requests."""

    source: str
    figure: str
    of: str
    found: object
    truth: object
    wanted: Wanted = EXACT

    @property
    def _numbers(self) -> tuple[float, float] | None:
        """Both as numbers, where they may differ."""
        both = (self.found, self.truth)
        found, truth = (float(one) if isinstance(one, int | float) else None for one in both)
        return None if self.wanted == EXACT or found is None or truth is None else (found, truth)

    @property
    def error(self) -> float | None:
        """Found less truth, as a part of the truth; None where these are no quantities."""
        if self._numbers is None:
            return None
        found, truth = self._numbers
        return (found - truth) / truth if truth else found

    @property
    def met(self) -> bool:
        """Whether the figure is what is wanted."""
        if self._numbers is None:
            return self.found == self.truth
        found, truth = self._numbers
        return abs(found - truth) <= max(self.wanted.ratio * truth, self.wanted.least)

    def columns(self) -> tuple[str, ...]:
        """The cells of a table."""
        error = "" if self.error is None else f"{self.error:+.2%}"
        met = "yes" if self.met else "NO"
        of = f", {self.of}" if self.of else ""
        return (
            self.source,
            f"{self.figure}{of}",
            _shown(self.found),
            _shown(self.truth),
            error,
            self.wanted.text(),
            met,
        )


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else "none" if value in {None, ""} else str(value)
