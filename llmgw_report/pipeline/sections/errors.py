"""Log rows of level WARN and above, grouped by what they say."""

from collections import Counter
from contextlib import suppress
from functools import cache
from re import ASCII, IGNORECASE, Match, Pattern
from re import compile as compiled

import msgspec

from llmgw_report.gateways.rows import ErrorRow, SlowRow, WindowRow
from llmgw_report.model import timestamp
from llmgw_report.model.sections import ErrorPattern, SlowRequest, WindowRows
from llmgw_report.pipeline.measure import Measured
from llmgw_report.redaction import redact

#: In this order: an address contains numbers, and a hash looks like a word with digits.
PLACEHOLDERS = (
    (r"\bhttps?://[^\s\"'<>()\[\]{}]+", "{url}"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "{uuid}"),
    (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?", "{time}"),
    (r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b", "{address}"),
    (r"\b(?:req|chatcmpl|msg|run|call|resp)[-_][0-9a-z]{6,}\b", "{id}"),
    (r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12,}\b", "{hash}"),
    # A number that stands alone, with or without a unit; in "gpt-4" and "http2" it is part of a name.
    (r"(?<![\w.-])\d+(?:\.\d+)?(?=(?:ms|s|m|h|%|b|kb|mb|gb)?(?![\w-]))", "{n}"),
)

#: A status says what went wrong: "status 500" and "status 502" are two patterns.
STATUS = r"\b(?:status(?: code)?|http(?:/\d\.\d)?|error|code)[ :=]+\(?\d{3}\b"
KEPT = "\x00"
LONGEST, READ = 300, 2000


def pattern(message: str) -> str:
    """The message with ids, numbers, addresses and times as placeholders, at most 300 characters."""
    kept: list[str] = []

    def keep(found: Match[str]) -> str:
        kept.append(found.group())
        return KEPT

    status, placeholders = _expressions()
    # A secret cut in two, or with a number taken out of its midst, would no longer be known for one.
    text = status.sub(keep, redact(message[: 2 * READ])[:READ].replace(KEPT, " "))
    for expression, name in placeholders:
        text = expression.sub(name, text)
    for words in kept:
        text = text.replace(KEPT, words, 1)
    return text[:LONGEST]


@cache
def _expressions() -> tuple[Pattern[str], tuple[tuple[Pattern[str], str], ...]]:
    """Compiled when the first error row is seen: a healthy run does not pay for them."""
    flags = ASCII | IGNORECASE
    return compiled(STATUS, flags), tuple((compiled(text, flags), name) for text, name in PLACEHOLDERS)


def slow_requests(measured: Measured) -> tuple[SlowRequest, ...]:
    """The slowest of the window, at most `top`."""
    return tuple(_request(row) for row in measured.table("slow_requests", SlowRow) or ())


def slow_count(measured: Measured) -> int | None:
    """How many there are in all; None if the database cannot tell."""
    rows = measured.table("slow_requests", SlowRow)
    return None if rows is None else rows[0].matches if rows else 0


def window_rows(measured: Measured) -> WindowRows:
    """How many rows could have shown something at all."""
    rows = measured.table("window", WindowRow)
    return WindowRows(log_rows=rows[0].log_rows, timed_requests=rows[0].timed_requests) if rows else WindowRows()


def _request(row: SlowRow) -> SlowRequest:
    seconds = row.slowest_span_seconds
    return SlowRequest(
        request_id=row.request_id,
        time=timestamp.text(row.time_ms),
        duration_seconds=row.duration_seconds,
        slowest_span=row.slowest_span,
        slowest_span_ratio=seconds / row.duration_seconds if seconds is not None else None,
        provider=row.provider,
        model=row.model,
        slowest_span_seconds=seconds,
    )


#: A week of five minutes. More steps than that are no longer looked at one by one.
MOST_BUCKETS = 2016


def error_patterns(measured: Measured) -> tuple[ErrorPattern, ...]:
    """The most frequent patterns of the window, at most `top`."""
    grouped: dict[tuple[str, str], list[ErrorRow]] = {}
    for row in measured.table("error_patterns", ErrorRow) or ():
        grouped.setdefault((row.level, pattern(row.message)), []).append(row)
    span = measured.windows
    buckets = -(-(span.until_ms - span.since_ms) // span.bucket_ms)
    found = [_pattern(level, text, rows, buckets) for (level, text), rows in grouped.items()]
    found.sort(key=lambda one: (-one.count, one.level, one.pattern))
    return tuple(found[: span.top])


def error_levels(measured: Measured) -> dict[str, int]:
    """Rows of the window per level, over all patterns and not only those shown."""
    counted: dict[str, int] = {}
    for row in measured.table("error_patterns", ErrorRow) or ():
        counted[row.level] = counted.get(row.level, 0) + row.count
    return counted


def _pattern(level: str, text: str, rows: list[ErrorRow], buckets: int) -> ErrorPattern:
    return ErrorPattern(
        level=level,
        pattern=text,
        count=sum(row.count for row in rows),
        providers=_names([row.providers for row in rows]),
        first_seen=timestamp.text(min(row.first_ms for row in rows)),
        last_seen=timestamp.text(max(row.last_ms for row in rows)),
        instances=_names([row.instances for row in rows]),
        per_bucket=_per_bucket(rows, buckets),
    )


def _per_bucket(rows: list[ErrorRow], buckets: int) -> tuple[int, ...]:
    """Empty if a single row does not say when: what is left would look like all of them."""
    if buckets > MOST_BUCKETS or any(row.buckets is None for row in rows):
        return ()
    counted = Counter(bucket for row in rows for bucket in msgspec.json.decode(row.buckets or "[]", type=list[int]))
    return tuple(counted[bucket] for bucket in range(buckets))


def _names(arrays: list[str | None]) -> tuple[str, ...]:
    """Distinct names out of JSON arrays, in which NULL stands for a row that names none."""
    names: set[str] = set()
    for array in arrays:
        with suppress(RecursionError):  # a name can be JSON of any depth: then it names nobody
            names |= {str(name) for name in msgspec.json.decode(array or "[]") if name is not None}
    return tuple(sorted(names))
