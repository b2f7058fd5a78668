"""Everything a run takes from the machine it runs on, as one argument."""

from typing import Protocol

from msgspec import Struct


class Progress(Struct):
    """The only noun that changes: nothing of it enters a report.

    `scrape_bytes` were read so far, of all scrapes; `ended` of `queries` queries have ended; `waiting_seconds` is how
    long a second scrape is waited for.
    """

    scrape_bytes: int = 0
    queries: int = 0
    ended: int = 0
    waiting_seconds: float | None = None


class Machine(Protocol):
    """The clock and the meter: a report is a function of its inputs and of this.

    `progress` is for whoever waits: sources write into it, and nothing reads it for a report.
    """

    progress: Progress

    def now_ms(self) -> int:
        """The present in milliseconds since the epoch."""

    def elapsed(self) -> float:
        """Seconds on a clock that never jumps, from any start."""

    def peak_rss_bytes(self) -> int:
        """The most memory this process has held so far."""

    def utc_offset_seconds(self, at_ms: int) -> int | None:
        """How far the clocks on the wall are ahead of UTC at an instant; None if nobody knows."""

    def sleep(self, seconds: float) -> None:
        """Wait."""
