"""The machine this runs on."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from llmgw_report.model.run import Clock, Progress
from llmgw_report.units import byte_size

PATIENCE_SECONDS, BETWEEN_SECONDS = 1.0, 0.2
CLEAR = "\r\x1b[K"


@contextmanager
def progress_line(progress: Progress) -> Iterator[None]:
    """Show `progress` on standard error while the body runs, on a line that is gone afterwards."""
    if not _is_terminal():
        yield
        return
    done = Event()
    thread = Thread(target=_show, args=(progress, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _show(progress: Progress, done: Event) -> None:
    seen = False
    wait = PATIENCE_SECONDS
    while not done.wait(wait):
        wait = BETWEEN_SECONDS
        if text := _text(progress):
            seen = True
            sys.stderr.write(f"{CLEAR}llmgw-report: {text}"[: _width() + len(CLEAR) - 1])
            sys.stderr.flush()
    if seen:
        sys.stderr.write(CLEAR)
        sys.stderr.flush()


def _text(progress: Progress) -> str:
    """One line; empty before anything is under way."""
    parts = []
    if progress.scrape_bytes:
        parts.append(f"scrape {byte_size(progress.scrape_bytes)}")
    if progress.queries:
        parts.append(f"query {min(progress.ended + 1, progress.queries)} of {progress.queries}")
    if progress.waiting_seconds is not None:
        parts.append(f"waiting {progress.waiting_seconds:g} s for the second scrape")
    return ", ".join(parts)


def _is_terminal() -> bool:
    """A terminal that can take a line back."""
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _width() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except OSError:
        return 80


class ThisMachine:
    """The real clock and the real meter."""

    def __init__(self) -> None:
        self.progress = Progress()

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return round(time.time() * 1000)

    def clock(self) -> Clock:
        """By Linux' own number of this start; elsewhere it is not known."""
        now_ms = self.now_ms()
        try:
            since_boot = round(time.clock_gettime(time.CLOCK_BOOTTIME) * 1000)
            boot = Path("/proc/sys/kernel/random/boot_id").read_bytes()
        except (AttributeError, OSError):
            return Clock(now_ms=now_ms)
        from zlib import crc32  # only a run with a history asks

        return Clock(now_ms=now_ms, boot=crc32(boot), booted_ms=now_ms - since_boot)

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
