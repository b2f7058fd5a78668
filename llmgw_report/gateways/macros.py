"""Words for times and durations, which a gateway's SQL may use like functions.

They are expanded to SQL of its own: a function in Python, called for every row, takes fourteen times as long.
"""

import re

#: Quoted names, texts and comments, in which no word is a macro; then a macro with its open bracket; then brackets.
_PIECES = re.compile(
    r"""'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?(?:\*/|\Z)|\b(ms|in_window|ms_to_s|ns_to_s)\s*\(|[()]""",
    re.DOTALL | re.IGNORECASE,
)
#: Go writes "2026-11-20 10:11:12.123456789 +0000 UTC m=+0.1", of which SQLite reads the part before the space with
#: the zone as "+00:00".
_GO = (
    "substr({x}, 1, 18 + instr(substr({x}, 20), ' ')) || substr({x}, 20 + instr(substr({x}, 20), ' '), 3)"
    " || ':' || substr({x}, 23 + instr(substr({x}, 20), ' '), 2)"
)
_MS = f"CAST(round((coalesce(julianday({{x}}), julianday({_GO})) - 2440587.5) * 86400000) AS INTEGER)"
#: The bounds are wide enough for any time zone, and a space sorts before the "T" that some write: they only have to
#: be such that an index finds the rows.
_IN_WINDOW = (
    "({x} > strftime('%Y-%m-%d %H:%M:%S', (:since_ms - 50400000) / 1000, 'unixepoch')"
    " AND {x} < strftime('%Y-%m-%dT%H:%M:%S', (:until_ms + 50401000) / 1000, 'unixepoch')"
    f" AND {_MS} > :since_ms AND {_MS} <= :until_ms)"
)
#: What is no number stays what it is: divided, a text would be a duration of 0.
_TO_SECONDS = "CASE WHEN {{x}} < '' THEN {{x}} / {units} ELSE {{x}} END"
_MACROS = {
    "ms": _MS,
    "in_window": _IN_WINDOW,
    "ms_to_s": _TO_SECONDS.format(units="1e3"),
    "ns_to_s": _TO_SECONDS.format(units="1e9"),
}


def expanded(sql: str) -> str:
    """The query without macros.

    `ms(text)` is a time in Unix milliseconds, `in_window(text)` whether it is in the window, `ms_to_s(number)` and
    `ns_to_s(number)` a duration in seconds.
    """
    found = _first(sql)
    if found is None:
        return sql
    name, start, inside, end = found
    argument = f"({expanded(sql[inside:end])})"
    return sql[:start] + _MACROS[name.lower()].replace("{x}", argument) + expanded(sql[end + 1 :])


def _first(sql: str) -> tuple[str, int, int, int] | None:
    """Name of the first macro, where it starts, where its argument starts and where its bracket closes."""
    opened: tuple[str, int, int] | None = None
    depth = 0
    for piece in _PIECES.finditer(sql):
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
