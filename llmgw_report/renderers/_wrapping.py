"""Lines no wider than a terminal: broken at spaces and beside ideographs, never inside a word."""

import re
from collections.abc import Iterator
from unicodedata import combining, east_asian_width

#: Below this a line holds too few words to be read.
_LEAST = 40

_WIDE = r"\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60"
_CLOSING = r"\u3001\u3002\u300b\u300d\u300f\u3011\uff01\uff09\uff0c\uff1a\uff1b\uff1f\u2026)\].,;:%"
_OPENING = r"\u300a\u300c\u300e\u3010\uff08"
#: A space, or an ideograph or a word with the marks that belong to it.
_PIECES = re.compile(rf"\s+|[{_OPENING}]*(?:[{_WIDE}]|[^\s{_WIDE}]+)[{_CLOSING}]*")


def wrapped(text: str, width: int | None, hang: str) -> list[str]:
    """The lines of a text, each after the first beginning with `hang`; without a width it is one line."""
    if width is None:
        return [text]
    width = max(width, _LEAST, len(hang) + _LEAST // 2)
    lines, line, gap, taken = list[str](), "", "", 0
    for piece in _PIECES.findall(text):
        if piece.isspace():
            gap += piece
            continue
        more = columns(gap) + columns(piece)
        if line.strip() and taken + more > width:
            lines.append(line)
            line, taken = hang + piece, columns(hang) + columns(piece)
        else:
            line, taken = line + gap + piece, taken + more
        gap = ""
    return [*lines, line]


def columns(text: str) -> int:
    """How many columns of a terminal a text takes; an ideograph takes two."""
    return sum(_columns(text))


def _columns(text: str) -> Iterator[int]:
    for char in text:
        yield 0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1
