"""Words of the command line and of the file into base units, with messages that name the place."""

from llmgw_report.errors import UsageError
from llmgw_report.model import timestamp

SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "ki": 2**10, "mi": 2**20, "gi": 2**30}
LARGEST = 2**40

#: About 3,000 years: more than any database holds, and milliseconds of it still fit what SQLite counts with.
LONGEST = 1e11


def duration(text: str | float, place: str) -> float:
    """Seconds, more than 0, of "1h", "5m", "500ms", "90" or a number; UsageError names `place`."""
    word = str(text).strip()
    number = word.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = word[len(number) :] or "s"
    try:
        seconds = float(number) * SECONDS[unit]
    except (ValueError, KeyError):
        seconds = 0.0
    if not 0 < seconds <= LONGEST:
        message = f"{place}: {text!r} is not a duration"
        raise UsageError(message, "write a number with a unit: 500ms, 30s, 5m, 12h, 30d")
    return seconds


def size(text: str | int, place: str) -> int:
    """Bytes, at least 1, of "512MiB", "2GB" or a whole number; UsageError names `place`."""
    word = str(text).replace(" ", "").lower()
    number = word.rstrip("kmgib")
    unit = word[len(number) :].removesuffix("b")
    try:
        found = int(number) * UNITS[unit]
    except (ValueError, KeyError):
        found = 0
    if not 0 < found <= LARGEST:
        message = f"{place}: {text!r} is not a size"
        raise UsageError(message, "write a whole number of bytes, or one with a unit: 64MiB, 2GB")
    return found


def moment(text: str, place: str) -> int:
    """Milliseconds since the epoch of an RFC 3339 time or of epoch seconds."""
    try:
        return timestamp.parse(text)
    except (ValueError, OverflowError) as error:
        message = f"{place}: {text!r} is not an instant"
        raise UsageError(message, "write 2026-01-09T01:26:40Z, with an offset or Z, or epoch seconds") from error
