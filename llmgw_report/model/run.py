"""What a run needs from the machine it runs on, as one argument: clocks, memory, progress."""

from typing import Protocol

from msgspec import Struct


class Progress(Struct):
    """How far a run has come; mutable, and no part of a report.

    `scrape_bytes` were read so far, of all scrapes; `ended` of `queries` queries have ended; `waiting_seconds` is how
    long the run waits for a second scrape.
    """

    scrape_bytes: int = 0
    queries: int = 0
    ended: int = 0
    waiting_seconds: float | None = None


class Clock(Struct, frozen=True, kw_only=True):
    """What the clock says, beside one that nobody can set.

    `boot` is a number of this start of the machine, `booted_ms` when that was by the clock; None where the system does
    not say.
    """

    now_ms: int
    boot: int | None = None
    booted_ms: int = 0


class Machine(Protocol):
    """Clocks, memory and progress: a report is a function of its inputs and of these.

    Sources write into `progress`, which is shown while the run lasts; no report reads it.
    """

    progress: Progress

    def now_ms(self) -> int:
        """The present in milliseconds since the epoch."""

    def clock(self) -> Clock:
        """The present, and when the machine started."""

    def elapsed(self) -> float:
        """Seconds on a clock that never jumps, from any start."""

    def peak_rss_bytes(self) -> int:
        """The peak memory of this process so far."""

    def utc_offset_seconds(self, at_ms: int) -> int | None:
        """How far local time is ahead of UTC at an instant; None if that is not known."""

    def sleep(self, seconds: float) -> None:
        """Wait."""
