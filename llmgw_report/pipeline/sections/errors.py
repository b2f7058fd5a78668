"""Log rows of level WARN and above, grouped by what they say."""

import msgspec

from llmgw_report.gateways.rows import ErrorRow
from llmgw_report.model import instant
from llmgw_report.model.sections import ErrorPattern
from llmgw_report.pipeline.measured import Measured
from llmgw_report.pipeline.patterns import pattern


def error_patterns(measured: Measured) -> tuple[ErrorPattern, ...]:
    """The most frequent patterns of the window, at most `top`."""
    grouped: dict[tuple[str, str], list[ErrorRow]] = {}
    for row in measured.table("error_patterns", ErrorRow) or ():
        grouped.setdefault((row.level, pattern(row.message)), []).append(row)
    found = [_pattern(level, text, rows) for (level, text), rows in grouped.items()]
    found.sort(key=lambda one: (-one.count, one.level, one.pattern))
    return tuple(found[: measured.span.top])


def error_levels(measured: Measured) -> dict[str, int]:
    """Rows of the window per level, over all patterns and not only those shown."""
    counted: dict[str, int] = {}
    for row in measured.table("error_patterns", ErrorRow) or ():
        counted[row.level] = counted.get(row.level, 0) + row.count
    return counted


def _pattern(level: str, text: str, rows: list[ErrorRow]) -> ErrorPattern:
    return ErrorPattern(
        level=level,
        pattern=text,
        count=sum(row.count for row in rows),
        providers=_names([row.providers for row in rows]),
        first_seen=instant.text(min(row.first_ms for row in rows)),
        last_seen=instant.text(max(row.last_ms for row in rows)),
        instances=_names([row.instances for row in rows]),
    )


def _names(arrays: list[str | None]) -> tuple[str, ...]:
    """Distinct names out of JSON arrays, in which NULL stands for a row that names none."""
    names: set[str] = set()
    for array in arrays:
        names |= {str(name) for name in msgspec.json.decode(array or "[]") if name is not None}
    return tuple(sorted(names))
