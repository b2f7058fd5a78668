"""The macros of a definition's SQL: times and durations as every gateway writes them.

They are expanded when a definition is read, which a wheel has done.
"""

import re

from llmgw_report.model.database import Dialect

#: A text that sorts before every way to write this time in any zone, and one that sorts after them: an index finds the
#: rows between two such. A space sorts before the "T" that some write.
TEXT_BEFORE = "strftime('%Y-%m-%d %H:%M:%S', ({ms} - 50400000) / 1000, 'unixepoch')"
TEXT_AFTER = "strftime('%Y-%m-%dT%H:%M:%S', ({ms} + 50401000) / 1000, 'unixepoch')"

#: Quoted names, texts and comments, in which no word is a macro; then a macro with its open bracket; then brackets.
_PIECES = (
    r"""(?is)'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?(?:\*/|\Z)"""
    r"""|\b(ms|at_ms|in_window|ms_to_s|ns_to_s)\s*\(|[()]"""
)
#: Go writes "2026-11-20 10:11:12.123456789 +0000 UTC m=+0.1", of which SQLite reads the part before the space with
#: the zone as "+00:00".
_GO = (
    "substr({x}, 1, 18 + instr(substr({x}, 20), ' ')) || substr({x}, 20 + instr(substr({x}, 20), ' '), 3)"
    " || ':' || substr({x}, 23 + instr(substr({x}, 20), ' '), 2)"
)
_MS = f"CAST(round((coalesce(julianday({{x}}), julianday({_GO})) - 2440587.5) * 86400000) AS INTEGER)"
_IN_WINDOW = (
    f"({{x}} > {TEXT_BEFORE.format(ms=':since_ms')} AND {{x}} < {TEXT_AFTER.format(ms=':until_ms')}"
    f" AND {_MS} > :since_ms AND {_MS} <= :until_ms)"
)
#: What is no number stays what it is: divided, a text would be a duration of 0.
_TO_SECONDS = "CASE WHEN {{x}} < '' THEN {{x}} / {units} ELSE {{x}} END"
#: A timestamp without a zone is UTC, whatever the session's zone is: extract() and AT TIME ZONE 'UTC' say so.
_AT = "(to_timestamp({x} / 1000.0) AT TIME ZONE 'UTC')"
_MACROS: dict[Dialect, dict[str, str]] = {
    "sqlite": {
        "ms": _MS,
        "in_window": _IN_WINDOW,
        "ms_to_s": _TO_SECONDS.format(units="1e3"),
        "ns_to_s": _TO_SECONDS.format(units="1e9"),
    },
    "postgresql": {
        "ms": "(CASE WHEN isfinite({x}) THEN extract(epoch FROM {x}) * 1000 END)::bigint",
        "at_ms": _AT,
        "in_window": f"({{x}} > {_AT.format(x=':since_ms')} AND {{x}} <= {_AT.format(x=':until_ms')})",
        "ms_to_s": "({x} / 1e3::float8)",
        "ns_to_s": "({x} / 1e9::float8)",
    },
}


def expanded(sql: str, dialect: Dialect = "sqlite") -> str:
    """The query without macros.

    `ms(text)` is a time in Unix milliseconds, `in_window(text)` whether it is in the window, `ms_to_s(number)` and
    `ns_to_s(number)` a duration in seconds. In PostgreSQL the first two are of a timestamp, of which `at_ms(number)`
    makes one.
    """
    found = _first(sql)
    if found is None:
        return sql
    name, start, inside, end = found
    argument = f"({expanded(sql[inside:end], dialect)})"
    macro = _MACROS[dialect].get(name.lower(), f"{name}({{x}})")
    return sql[:start] + macro.replace("{x}", argument) + expanded(sql[end + 1 :], dialect)


def _first(sql: str) -> tuple[str, int, int, int] | None:
    """Name of the first macro, where it starts, where its argument starts and where its bracket closes."""
    opened: tuple[str, int, int] | None = None
    depth = 0
    for piece in re.finditer(_PIECES, sql):
        if opened is None and piece[1]:
            opened = (piece[1], piece.start(), piece.end())
        elif opened is None:
            continue
        elif piece[0] == ")" and depth == 0:
            return (*opened, piece.start())
        elif piece[0] == ")":
            depth -= 1
        elif piece[0].endswith("("):
            depth += 1
    return None
