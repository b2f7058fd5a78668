"""One parsed exposition. Samples are summed while they are read, so that a million series cost no memory."""

from collections.abc import Mapping, Sequence
from math import inf
from typing import Literal

from msgspec import Struct, structs

Labels = tuple[str, ...]
"""Values of the labels that were asked for, in the order asked; an absent label is ""."""

#: No count reaches it; it is what a signed integer of 64 bits no longer holds.
COUNT_LIMIT = 2**63

#: Why a line of a counter is left out.
WRONG_COUNTER = "a counter that is negative, infinite, 2^63 and more, or not a number"


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


Presence = Literal["up", "down", "gone", "unknown"]
"""Whether a process answers: "gone" was there in the window and is not any more; "unknown" where nothing says."""

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
    `not_finite` how many were NaN or infinite and therefore left out. `steps` is what was counted in each step of a
    window, where that is known.
    """

    sum: float = 0.0
    maximum: float = float("-inf")
    last: float = 0.0
    series: int = 0
    zeros: int = 0
    not_finite: int = 0
    steps: list[float] | None = None


class Watched(Struct, frozen=True, kw_only=True):
    """What a server knows of a process that it scrapes: whether it answers, and what its counters went through.

    `up_ratio` is the part of the window in which it answered. `since_ms` is when it was first seen, if that is inside
    the window. `problem` is why its counters make no figures.
    """

    up: Presence = "unknown"
    up_ratio: float | None = None
    restarts: int = 0
    since_ms: float | None = None
    problem: str | None = None
    job: str = ""
    notes: tuple[str, ...] = ()


class Scrape(Struct, frozen=True, kw_only=True):
    """What one GET of a metrics endpoint, or one saved file, said.

    `samples` is sample name -> kept label values -> `Cell`, `labels` sample name -> labels that some of its series has,
    kept or not. `bad_lines` holds the first ten bad lines, `bad_line_count` counts all; `duplicates` counts series that
    came twice (the later one is dropped). `newest_ms` is the newest time beside a sample that is taken, `modified_ms`
    the last change of the file it is from. With `since_ms` its counters are what was counted since then, and not totals
    of the process; `times_ms` are the ends of the steps of that window, and its beginning. One of several processes is
    `watched`, and `target` is its name.
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
    since_ms: float | None = None
    watched: Watched | None = None
    times_ms: tuple[int, ...] = ()

    @property
    def basis(self) -> Literal["window", "lifetime"]:
        """What its counters are of."""
        return "lifetime" if self.since_ms is None else "window"


class Wish(Struct, frozen=True, kw_only=True):
    """What to ask of a server: samples as a scrape keeps them, and every other name that tells a product.

    `starts` are the names of start times, `wide` labels of which there may be too many, `requests` the names that are
    counted over other times as well: in each of `buckets` of that many seconds, and over the last seconds of `spans`.
    `durations` are the names of histograms of latency, without the part, that are counted in each of the `buckets` too.
    """

    interest: Interest
    names: frozenset[str]
    starts: frozenset[str]
    wide: frozenset[str]
    requests: frozenset[str]
    until_ms: int
    now_ms: int
    seconds: float
    bucket_seconds: float
    buckets: int
    spans: tuple[int, ...] = ()
    durations: frozenset[str] = frozenset()


def merged(found: Sequence[Scrape]) -> Scrape | None:
    """One scrape of all of them: families add up, and any of their samples stands for a set of labels."""
    if len(found) < 2:  # noqa: PLR2004 - several
        return next(iter(found), None)
    families: dict[str, Family] = {}
    samples: dict[str, dict[Labels, Cell]] = {}
    for scrape in found:
        for name, one in scrape.families.items():
            before = families.get(name)
            families[name] = structs.replace(one, series=one.series + before.series) if before else one
        for name, cells in scrape.samples.items():
            samples.setdefault(name, {}).update(cells)
    return structs.replace(
        found[0],
        families=families,
        samples=samples,
        sample_count=sum(one.sample_count for one in found),
        bytes=sum(one.bytes for one in found),
    )
