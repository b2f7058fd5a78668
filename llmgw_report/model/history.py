"""What earlier runs add to a report: the reading that was subtracted, and since when each problem has been there."""

from typing import Literal

from msgspec import Struct

HistoryState = Literal[
    "first run", "window", "restarted", "several processes", "not comparable", "no counters", "clock changed"
]


class Streak(Struct, frozen=True, kw_only=True):
    """How long a finding has not passed: since which run, in how many in a row; `changes` are those of late.

    `onset` is "before" where no run before that one evaluated the gateway, so that nobody knows since when.
    """

    fingerprint: str = ""
    since: str | None = None
    runs: int = 0
    onset: Literal["known", "before"] = "before"
    changes: int = 0
    of: int = 0


class EarlierErrors(Struct, frozen=True, kw_only=True):
    """What earlier runs saw of the error patterns: places of those in `sections.errors` that are known.

    `log_rows` are those of the run that is compared with; a pattern outside its list has `hidden` entries at most.
    """

    known: tuple[int, ...]
    log_rows: int
    hidden: int


class History(Struct, frozen=True, kw_only=True):
    """The file of earlier runs and what it gave.

    `runs` is how many it holds of this gateway, the first at `first`. `since` is when the reading was made that was
    subtracted, so that figures of basis `window` are of the time after it; `restarts` of the process are known in it,
    and others may be where `restart_excluded` is "no", as no start time is known. `streaks` are of
    every finding that did not pass of late.
    """

    target: str
    runs: int
    state: HistoryState
    first: str | None = None
    since: str | None = None
    reason: str | None = None
    restarts: int = 0
    restart_excluded: Literal["yes", "no"] = "yes"
    streaks: tuple[Streak, ...] = ()
    errors: EarlierErrors | None = None
