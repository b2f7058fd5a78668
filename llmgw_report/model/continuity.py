"""Two readings of the same counters: whether the later one continues the earlier, and the rates between them."""

from typing import Literal

from msgspec import Struct

Against = Literal["earlier report", "second scrape", "earlier run"]
Course = Literal["continued", "restarted", "another process", "series lost", "unknown"]


class Continuity(Struct, frozen=True, kw_only=True):
    """Whether a later reading of the counters continues an earlier one, and the sentence that says why.

    "another process": some decreased although no restart explains it, or the process that answered the
    second time is older than the first reading. `counters` were above 0 in the earlier reading; of
    these `fallen` read less later and `lost` are not there any more; `examples` shows some of both.
    `began` is when the later process started, if that is known and lies after the earlier reading. `highest` are
    counters that decreased and no start time says why, as they were before: where they are as high again in a later
    reading, two processes take turns.
    """

    against: Against
    state: Course
    reason: str
    counters: int = 0
    fallen: int = 0
    lost: int = 0
    examples: tuple[str, ...] = ()
    began: str | None = None
    highest: dict[str, int] = {}


class LiveRow(Struct, frozen=True, kw_only=True):
    """Rates of one group between two scrapes `seconds` apart; None where the scrape does not count it."""

    group: str
    seconds: float
    requests_per_second: float | None
    errors_per_second: float | None
    input_tokens_per_second: float | None
    output_tokens_per_second: float | None
