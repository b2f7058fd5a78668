"""How far a run has come, for somebody who waits for it. Written by the sources, read by the terminal."""

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
