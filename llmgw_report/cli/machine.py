"""The machine this runs on."""

import time

from llmgw_report.model.progress import Progress


class ThisMachine:
    """The real clock and the real meter."""

    def __init__(self) -> None:
        self.progress = Progress()

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return round(time.time() * 1000)

    def utc_offset_seconds(self, at_ms: int) -> int | None:
        """By the machine's own zone; one that the system has no data of is UTC to it."""
        try:
            return time.localtime(at_ms / 1000).tm_gmtoff
        except (ValueError, OverflowError, OSError):  # a year that the system's calendar does not hold
            return None

    def elapsed(self) -> float:
        """Seconds on the clock that never jumps."""
        return time.perf_counter()

    def sleep(self, seconds: float) -> None:
        """Wait; a signal ends it."""
        time.sleep(seconds)

    def peak_rss_bytes(self) -> int:
        """The kernel's own figure, in kibibytes on Linux and in bytes on macOS; 0 where there is none."""
        try:
            import resource
        except ImportError:  # Windows has no such call
            return 0
        import sys

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
