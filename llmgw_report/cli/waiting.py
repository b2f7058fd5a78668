"""What a person at a terminal sees of a run that takes longer than a second; a file or a pipe never sees it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from llmgw_report.model.progress import Progress
from llmgw_report.units import byte_size

PATIENCE_SECONDS, BETWEEN_SECONDS = 1.0, 0.2
CLEAR = "\r\x1b[K"


@contextmanager
def shown(progress: Progress) -> Iterator[None]:
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
