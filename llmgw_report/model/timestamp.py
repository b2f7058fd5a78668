"""Converts instants: milliseconds since the epoch inside, RFC 3339 in UTC in the document."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Clocks of two machines differ by less.
CLOCKS_DIFFER_MS = 60_000
#: A report has the same times again and again: a request is one of its provider, its instance, its model and its key.
_REMEMBERED_TIMES = 4096


@lru_cache(_REMEMBERED_TIMES)
def text(milliseconds: float) -> str:
    """RFC 3339 in UTC: "2026-01-09T01:26:40Z", with milliseconds only where there are some.

    A time that no calendar has (a wrong unit in the database) is described in words.
    """
    try:
        moment = EPOCH + timedelta(milliseconds=round(milliseconds))
    except (OverflowError, ValueError):
        return f"{milliseconds:.15g} ms after 1970"
    spec = "milliseconds" if moment.microsecond else "seconds"
    return moment.isoformat(timespec=spec).replace("+00:00", "Z")


def order(moment: str) -> str:
    """What sorts as the times of `text` do: of the texts themselves a second would come behind its milliseconds."""
    return moment.removesuffix("Z")


def milliseconds(moment: str) -> int | None:
    """Milliseconds of a time that `text` wrote; None for one that it could only describe."""
    try:
        return round((datetime.fromisoformat(moment) - EPOCH) / timedelta(milliseconds=1))
    except (ValueError, TypeError):
        return None


def parse(moment: str) -> int:
    """Milliseconds of an RFC 3339 time or of epoch seconds; ValueError for anything else.

    A time without an offset is rejected: it would mean another instant on another machine.
    """
    try:
        parsed = EPOCH + timedelta(seconds=float(moment))
    except ValueError:
        parsed = datetime.fromisoformat(moment)
    if parsed.tzinfo is None:
        message = "no offset from UTC"
        raise ValueError(message)
    return round((parsed - EPOCH) / timedelta(milliseconds=1))
