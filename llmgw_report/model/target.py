"""The processes of one gateway, one row each: a replica that a server scrapes, or one of several files."""

from collections.abc import Sequence

from msgspec import Struct

from llmgw_report.messages import msg
from llmgw_report.model.outcomes import ErrorRatio, OutcomeCounts
from llmgw_report.model.scrape import Presence
from llmgw_report.model.sections import Latency

#: Why the figures of a process are not known, where another --target-label is the remedy.
SEVERAL = msg("several processes answer at this address in turn")
UNNAMED = msg("no series has the label that distinguishes one process from another")


class TargetCourse(Struct, frozen=True, kw_only=True):
    """Requests of one process in equal steps from `since` on, and how many of them failed on the server side.

    The client's mistakes are in neither.
    """

    since: str
    step_seconds: float
    requests: tuple[int, ...]
    failed: tuple[int, ...]


class TargetRow(Struct, frozen=True, kw_only=True):
    """One process. `up_ratio` is the part of the window in which it answered, where something records that.

    `since` is when its counting began, if that is later than the window. `problem` is why its figures are not known;
    they are then in no sum. `restarts` are those that were seen in the window. The worst have a `course`.
    """

    target: str
    up: Presence = "unknown"
    requests: int | None = None
    error_ratio: ErrorRatio | None = None
    since: str | None = None
    outcomes: OutcomeCounts | None = None
    unobserved: int = 0
    latency: Latency | None = None
    up_ratio: float | None = None
    restarts: int | None = None
    problem: str | None = None
    notes: tuple[str, ...] = ()
    course: TargetCourse | None = None


class TargetCounts(Struct, frozen=True, kw_only=True):
    """How many processes there are, those beyond the rows of a document included: `counted` are in the sums.

    `expected` is how many there are to be, where somebody said so.
    """

    all: int
    counted: int
    up: int
    expected: int | None = None

    @classmethod
    def of(cls, rows: Sequence[TargetRow]) -> "TargetCounts":
        """Those of the rows; what never answered is in no sum, and up is what does not say otherwise."""
        counted = (one for one in rows if one.problem is None and (one.requests is not None or one.up == "up"))
        return cls(
            all=len(rows),
            counted=sum(1 for _ in counted),
            up=sum(one.up not in {"down", "gone"} and (one.up != "unknown" or one.problem is None) for one in rows),
        )
