"""What the user expects and what is accepted for now, once it is known to make sense."""

from datetime import date
from typing import Literal

from msgspec import Struct

Comparison = Literal["at-least", "at-most", "equals"]


class Step(Struct, frozen=True, kw_only=True):
    """One name of a path, and the cells of the row to pick where it is a list of rows."""

    name: str
    row: dict[str, str]


class Asked(Struct, frozen=True, kw_only=True):
    """One expectation: `steps` lead to a figure in the sections; without them `query` and `column` do.

    `that` is how it was written. No `column`: the first one.
    """

    that: str
    comparison: Comparison
    limit: float | str
    steps: tuple[Step, ...] = ()
    query: str = ""
    column: str | None = None


class Waiver(Struct, frozen=True, kw_only=True):
    """Findings of `check` whose subject fits every glob do not count up to and with the day `expires`."""

    check: str
    subject: dict[str, str]
    reason: str
    expires: date
    up_to: float | None = None
    owner: str | None = None


def about_waivers(slug: str) -> bool:
    """Whether a check judges the waivers themselves: it runs after they are applied, and none can waive it."""
    return slug.startswith("waiver-")
