"""Error patterns, which are log rows of level WARN and above that say the same, and slow requests."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from itertools import pairwise
from re import ASCII, IGNORECASE, Match, Pattern, sub
from re import compile as compiled

import msgspec

from llmgw_report.gateways.rows import ErrorRecord, SlowRecord, TokenRecord, WindowRecord
from llmgw_report.model import timestamp
from llmgw_report.model.sections import ErrorPattern, SlowRequest, TokenEfficiency, WindowCounts
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

#: A status says what went wrong and is kept: "status 500" and "status 502" are two patterns, and so are those of
#: `"code":"401"`, "upstream 429" and "500 server_error". Any other number from 400 to 599 may be a size.
STATUS = (
    r"\b(?:(?:status(?:[ _-]?code)?|http(?:/\d\.\d)?|error|code)[\"']?[ :=]+[\"'(]*\d{3}\b"
    r"|(?:\w*exception|\w*error|upstream|provider|answered|returned|responded|got|with)"
    r"[ :=]+[\"'(]*[45]\d\d\b(?![\w%-]|\.\d| ?[a-z]{1,2}\b)"
    r"|[45]\d\d(?=[\"')]*[ :,-]+[\"'(<]*(?:\w+_error|\w*error\b|bad request|unauthorized|payment required|forbidden"
    r"|not found|request timeout|conflict|unprocessable|too many requests|internal server|not implemented|bad gateway"
    r"|service unavailable|gateway time|unknown status)))"
)
STATUS_MARK = "\x00"
#: Characters of a pattern, and of the message that it is made of.
LONGEST_PATTERN, LONGEST_MESSAGE = 300, 2000
#: Queries cut a message here or later, and what is left of a key that was cut in two looks like none.
_MAY_BE_CUT, _CUT_WORD = 500, r"[\w+/=.~-]+\Z"


#: A week in steps of five minutes: more than that is not read step by step.
MOST_BUCKETS = 2016


def error_patterns(measured: Measured) -> tuple[ErrorPattern, ...]:
    """The patterns of the window, the most frequent first."""
    grouped: dict[tuple[str, str], list[ErrorRecord]] = {}
    for row in measured.table("error_patterns", ErrorRecord) or ():
        grouped.setdefault((row.level, pattern(row.message)), []).append(row)
    windows = measured.windows
    buckets = -(-(windows.until_ms - windows.since_ms) // windows.bucket_ms)
    found = [_pattern(level, text, rows, buckets) for (level, text), rows in grouped.items()]
    found.sort(key=lambda one: (-one.count, one.level, one.pattern))
    return tuple(found)


def _error_levels(patterns: Iterable[ErrorPattern]) -> dict[str, int]:
    """Rows per level, over all patterns and not only those shown."""
    counted: dict[str, int] = {}
    for one in patterns:
        counted[one.level] = counted.get(one.level, 0) + one.count
    return counted


def _pattern(level: str, text: str, rows: list[ErrorRecord], buckets: int) -> ErrorPattern:
    outcomes, per_bucket = {row.outcome for row in rows}, _per_bucket(rows, buckets)
    first_seen = timestamp.text(min(row.first_ms for row in rows))
    providers, instances = _names([row.providers for row in rows]), _names([row.instances for row in rows])
    return ErrorPattern(
        level=level,
        pattern=text,
        outcome=outcomes.pop() if len(outcomes) == 1 else None,
        count=sum(row.count for row in rows),
        providers=tuple(sorted(providers)),
        first_seen=first_seen,
        last_seen=timestamp.text(max(row.last_ms for row in rows)),
        instances=tuple(sorted(instances)),
        provider_counts=_counts(providers),
        instance_counts=_counts(instances),
        began=_began(text, rows) or (first_seen if began_inside(per_bucket) else None),
        per_bucket=per_bucket,
    )


def _began(text: str, rows: list[ErrorRecord]) -> str | None:
    """When the log before the window says that it began; it was looked through for one message, and not for others."""
    if len(rows) > 1 or rows[0].began_ms is None or rows[0].message != text:
        return None
    return timestamp.text(rows[0].began_ms)


def began_inside(per_bucket: tuple[int, ...]) -> bool:
    """Whether it was absent from the window's start for more steps than between any two that have it.

    A pattern that comes once in a while is absent at the start of many a window.
    """
    found = [number for number, count in enumerate(per_bucket) if count]
    return bool(found) and found[0] > max((later - one - 1 for one, later in pairwise(found)), default=0)


def _per_bucket(rows: list[ErrorRecord], buckets: int) -> tuple[int, ...]:
    """Rows per bucket; nothing if those of a single row are not known: the rest would look like all of them."""
    if buckets > MOST_BUCKETS:
        return ()
    counted = Counter[int]()
    for row in rows:
        try:
            found = msgspec.json.decode(row.buckets or "", type=list[int | tuple[int, int]])
        except (msgspec.DecodeError, RecursionError):
            return ()
        for one in found:
            bucket, n = one if isinstance(one, tuple) else (one, 1)
            counted[bucket] += n
    return tuple(counted[bucket] for bucket in range(buckets))


def _names(arrays: list[str | None]) -> dict[str, int | None]:
    """Each name of JSON arrays with its rows; None where an array names it without them."""
    names: dict[str, int | None] = {}
    for array in arrays:
        with suppress(msgspec.DecodeError, RecursionError):  # a name can be JSON of any depth, which is no name
            for one in msgspec.json.decode(array or "[]"):
                name, n = one if _is_counted(one) else (one, None)
                if name is not None:
                    before = names.get(str(name), 0)
                    names[str(name)] = None if n is None or before is None else before + n
    return names


def _is_counted(one: object) -> bool:
    return isinstance(one, list) and len(one) == 2 and isinstance(one[1], int)  # noqa: PLR2004 - a name and its rows


def _counts(names: Mapping[str, int | None]) -> dict[str, int]:
    """The rows of each name, most first; nothing if a single one is not counted: the rest would look like all."""
    counted = {name: n for name, n in names.items() if n is not None}
    return dict(sorted(counted.items(), key=lambda one: (-one[1], one[0]))) if len(counted) == len(names) else {}


def pattern(message: str) -> str:
    """The message with ids, numbers, addresses and times as placeholders, at most 300 characters."""
    from llmgw_report.redaction.quotations import without_quotations  # a run without an error does without

    kept: list[str] = []

    def keep(found: Match[str]) -> str:
        kept.append(found.group())
        return STATUS_MARK

    status, placeholders = _expressions()
    # Redacted first: a secret that is cut in two, or that lost a number in the middle, would not be recognised.
    whole = without_quotations(message[: 2 * LONGEST_MESSAGE])
    if len(message) >= _MAY_BE_CUT:
        whole = sub(_CUT_WORD, "", whole)
    text = status.sub(keep, redact(whole)[:LONGEST_MESSAGE].replace(STATUS_MARK, " "))
    for expression, name in placeholders:
        text = expression.sub(name, text)
    for words in kept:
        text = text.replace(STATUS_MARK, words, 1)
    return text[:LONGEST_PATTERN]


@cache
def _expressions() -> tuple[Pattern[str], tuple[tuple[Pattern[str], str], ...]]:
    """Compiled at the first error row, so that a run without one does not pay for it."""
    flags = ASCII | IGNORECASE
    return compiled(STATUS, flags), tuple((compiled(text, flags), name) for text, name in PLACEHOLDERS)


def slow_requests(measured: Measured) -> tuple[SlowRequest, ...]:
    """The slowest requests of the window, at most `top`."""
    return tuple(_request(row) for row in measured.table("slow_requests", SlowRecord) or ())


def _slow_count(measured: Measured) -> int | None:
    """Slow requests in all; None if the database does not record durations."""
    rows = measured.table("slow_requests", SlowRecord)
    return None if rows is None else rows[0].matches if rows else 0


def window_counts(
    measured: Measured, patterns: Sequence[ErrorPattern], models: Sequence[TokenEfficiency]
) -> WindowCounts:
    """What there is in all of these patterns and models, of slow requests, and of rows that could have shown one."""
    rows = measured.table("window", WindowRecord)
    return WindowCounts(
        errors=_counted(patterns, measured.table("error_patterns", ErrorRecord)),
        error_levels=_error_levels(patterns),
        slow_requests=_slow_count(measured),
        token_efficiency=_counted(models, measured.table("token_efficiency", TokenRecord)),
        log_rows=rows[0].log_rows if rows else None,
        timed_requests=rows[0].timed_requests if rows else None,
    )


def _counted(found: Sequence[object], rows: Sequence[object] | None) -> int | None:
    """How many there are; None where nothing was found and no log was read for them."""
    return len(found) if found or rows is not None else None


def _request(row: SlowRecord) -> SlowRequest:
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
