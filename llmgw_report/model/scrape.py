"""One parsed exposition. Samples are summed while they are read, so that a million series cost no memory."""

from collections.abc import Mapping
from math import inf

from msgspec import Struct

Labels = tuple[str, ...]
"""Values of the labels that were asked for, in the order asked; an absent label is ""."""

#: No count reaches it; it is what a signed integer of 64 bits no longer holds.
COUNT_LIMIT = 2**63


class Wanted(Struct, frozen=True, kw_only=True):
    """What to keep of one sample name: its `labels`, and values from `low` up to, and without, `high`.

    `implausible` says what a value outside is. NaN is in every range: it is how an idle summary says "none".
    Without a `high` a value may be anything.
    `adds_up`: whether all series together have to be below `high` too.
    """

    labels: tuple[str, ...]
    low: float = -inf
    high: float = inf
    implausible: str = ""
    adds_up: bool = False


Interest = Mapping[str, Wanted]
"""Sample name -> what to keep of it. What is not named is validated and counted, not kept."""


def spellings(family: str) -> frozenset[str]:
    """A family's name as either format has it: OpenMetrics leaves `_total` and `_info` off the family."""
    return frozenset((family, f"{family}_total", f"{family}_info"))


class Family(Struct, frozen=True, kw_only=True):
    """One metric family as found: `type` is the TYPE line's word or "untyped"; `series` its sample lines."""

    name: str
    type: str
    series: int


class BadLine(Struct, frozen=True, kw_only=True):
    """One line that was left out, by its 1-based number: what is wrong with it, and its first 200 characters."""

    line: int
    reason: str
    text: str


class Cell(Struct, kw_only=True):
    """Every finite sample that shares one set of kept labels.

    `sum` is right for counters and histogram parts, `maximum` for quantiles, `last` for a gauge with
    one series; `series` says how many were folded, `zeros` how many of them read exactly 0, and
    `not_finite` how many were NaN or infinite and therefore left out.
    """

    sum: float = 0.0
    maximum: float = float("-inf")
    last: float = 0.0
    series: int = 0
    zeros: int = 0
    not_finite: int = 0


class Scrape(Struct, frozen=True, kw_only=True):
    """What one GET of a metrics endpoint, or one saved file, said.

    `samples` is sample name -> kept label values -> `Cell`, `labels` sample name -> labels that some of its series has,
    kept or not. `bad_lines` holds the first ten bad lines,
    `bad_line_count` counts all; `duplicates` counts series that came twice (the later one is dropped).
    `newest_ms` is the newest time beside a sample that is taken, `modified_ms` the last change of the file it is from.
    """

    target: str
    families: dict[str, Family]
    samples: dict[str, dict[Labels, Cell]]
    labels: dict[str, tuple[str, ...]] = {}
    bad_lines: tuple[BadLine, ...] = ()
    bad_line_count: int = 0
    duplicates: int = 0
    newest_ms: float | None = None
    modified_ms: float | None = None
    sample_count: int = 0
    bytes: int = 0
