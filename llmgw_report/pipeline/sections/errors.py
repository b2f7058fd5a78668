"""Log rows of level WARN and above, grouped by what they say."""

from collections import Counter
from contextlib import suppress

import msgspec

from llmgw_report.gateways.rows import ErrorRow
from llmgw_report.model import instant
from llmgw_report.model.sections import ErrorPattern
from llmgw_report.pipeline.measured import Measured
from llmgw_report.pipeline.patterns import pattern

#: A week of five minutes. More steps than that are no longer looked at one by one.
MOST_BUCKETS = 2016


def error_patterns(measured: Measured) -> tuple[ErrorPattern, ...]:
    """The most frequent patterns of the window, at most `top`."""
    grouped: dict[tuple[str, str], list[ErrorRow]] = {}
    for row in measured.table("error_patterns", ErrorRow) or ():
        grouped.setdefault((row.level, pattern(row.message)), []).append(row)
    span = measured.span
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
        first_seen=instant.text(min(row.first_ms for row in rows)),
        last_seen=instant.text(max(row.last_ms for row in rows)),
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
