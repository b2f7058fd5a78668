"""Reads a query as PostgreSQL does: what is a text or a comment to it, and what is a name.

What another reading takes for a text could be a call to the server. So whatever PostgreSQL's versions or settings read
differently is refused, and nothing is guessed.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from llmgw_report.messages import msg

Kind = Literal["hidden", "name", "quoted", "parameter", "other", "blank"]
"""A text or a comment; a name or a word; a name in quotes; `:name`; an operator, a bracket or a number; blanks."""

_START = "A-Za-z_\x80-\U0010ffff"
_PLAIN = r"'(?:[^']|'')*'"
_ESCAPED = r"[eE]'(?:[^'\\]|\\.|'')*'"
#: After a blank with a line end a text goes on, by the rules of its beginning: one with backslashes with backslashes.
_GOES_ON = r"(?:[ \t\r\n\f\v]|--[^\r\n]*)*'"
#: In this order: what begins like something shorter comes first.
_TOKEN = re.compile(
    rf"""(?P<escaped>{_ESCAPED})
    |(?P<hidden>[bBxXnN]?{_PLAIN}|--[^\r\n]*)
    |(?P<comment>/\*)
    |(?P<dollar>\$(?:[{_START}][{_START}0-9]*)?\$)
    |(?P<quoted>"(?:[^"]|"")+")
    |(?P<name>[{_START}][{_START}0-9$]*)
    |(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<blank>[ \t\r\n\f\v]+)
    |(?P<cast>::|:=)
    |:(?P<parameter>[a-z_][a-z_0-9]*)
    |(?P<other>[-+*/<>=~!@\#%^&|`?.,;:()\[\]])""",
    re.DOTALL | re.VERBOSE,
)
_UNCLEAR = msg("cannot be read without doubt at character {n}: {reason}")
_NOT_ENDED = msg("a text, a name or a comment does not end")
_GLUED = msg("a number runs into a name or a text: put a blank between")
_UNICODE = msg("has a name or a text with Unicode escapes: write the letters")
_IN_PARTS = msg("a text with backslashes goes on in a second part: write one")


class Token(NamedTuple):
    """A piece of a query; `value` is the name that it means, folded as PostgreSQL does."""

    kind: Kind
    text: str
    value: str = ""


class UnclearError(ValueError):
    """A query that PostgreSQL could read in another way, and why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def tokens(sql: str) -> Iterator[Token]:
    """Every piece of the query, which together are the query."""
    place = 0
    while place < len(sql):
        found = _TOKEN.match(sql, place)
        if found is None:
            raise _unclear(place, _NOT_ENDED if sql[place] in "'\"" else msg("a character that is part of nothing"))
        kind = found.lastgroup or "other"
        end = found.end()
        if kind == "comment":
            end = _end_of_comment(sql, end)
        elif kind == "dollar":
            end = sql.find(found[0], end) + len(found[0])
            if end < len(found[0]) + found.end():
                raise _unclear(place, _NOT_ENDED)
        _require_clear(sql, place, end, kind)
        yield _token(kind, sql[place:end], found["parameter"])
        place = end


def _token(kind: str, text: str, parameter: str | None) -> Token:
    if kind in {"escaped", "hidden", "comment", "dollar"}:
        return Token("hidden", text)
    if kind == "quoted":
        return Token("quoted", text, text[1:-1].replace('""', '"'))
    if kind == "name":
        # PostgreSQL folds ASCII alone, whatever the encoding.
        return Token("name", text, "".join(one.lower() if one.isascii() else one for one in text))
    if kind == "parameter":
        return Token("parameter", text, parameter or "")
    return Token("blank", text) if kind == "blank" else Token("other", text, text)


def _require_clear(sql: str, place: int, end: int, kind: str) -> None:
    """UnclearError for what follows directly on a piece and would be read differently by another version."""
    after = sql[end : end + 1]
    if kind == "number" and re.match(rf"[{_START}$']", after):
        raise _unclear(place, _GLUED)
    if kind == "escaped" and re.compile(_GOES_ON).match(sql, end):
        raise _unclear(place, _IN_PARTS)
    if kind == "name" and sql[place:end] in {"u", "U"} and re.match(r"&[\"']", sql[end : end + 2]):
        raise UnclearError(_UNICODE)


def _end_of_comment(sql: str, place: int) -> int:
    """Where a comment ends that began before `place`: comments have comments in them."""
    depth = 1
    for found in re.compile(r"/\*|\*/").finditer(sql, place):
        depth += 1 if found[0] == "/*" else -1
        if depth == 0:
            return found.end()
    raise _unclear(place, _NOT_ENDED)


def _unclear(place: int, reason: str) -> UnclearError:
    return UnclearError(msg(_UNCLEAR, n=place + 1, reason=msg(reason)))
