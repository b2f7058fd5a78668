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
