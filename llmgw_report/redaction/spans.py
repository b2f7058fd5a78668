"""The text that is searched for secrets, and the places in it that are hidden."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from re import IGNORECASE, Match, Pattern
from re import compile as compile_pattern
from typing import NamedTuple

HIDDEN = "[redacted]"
#: Of the shortest word that its randomness or a vendor's prefix can show to be a key.
KEY_CHARACTERS = 16

#: A word does not begin inside another one, but right after what JSON writes for a line end or a tab. What is before
#: it is looked at behind its first character: a search for one of a set of characters is twice as fast.
_LETTER = "[A-Za-z0-9+/_~-]"
_WORD = (
    rf"{_LETTER}(?:(?<!{_LETTER}{_LETTER})(?<!\\[bfnrt])|(?<=\\[bfnrt]{_LETTER}))"
    rf"{_LETTER}{{{KEY_CHARACTERS - 1},}}={{0,2}}"
)

#: Letters that `str.lower` leaves, or makes two of, and a pattern that ignores case takes for these.
_ALIKE = str.maketrans("\u0130\u0131\u017f", "iis")

Span = tuple[int, int]
"""Where a secret begins and ends."""


class Rule(NamedTuple):
    """A pattern that begins with an anchor, and what says cheaply that it cannot match.

    The anchor is in lower case, since `flags` ignore the case; without flags it is as the text has it. Before it stands
    one of `before`, if there are any, and none of `never`. `follows` is a pattern that matches behind the anchor
    wherever `pattern` does: to compile it takes less, and in most texts it does not match.
    """

    anchor: str
    pattern: str
    follows: str = ""
    before: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    flags: int = IGNORECASE


class Searched(str):  # noqa: SLOT000 - it caches what it was asked for
    """The text, with what all that search it need."""

    @cached_property
    def lowered(self) -> str:
        """The text in lower case, every letter at its place and what IGNORECASE takes for a letter as that letter."""
        return (self if self.isascii() else self.translate(_ALIKE)).lower()

    @cached_property
    def words(self) -> tuple[Match[str], ...]:
        """Every word that is long enough to be a key."""
        return tuple(expression(_WORD, 0).finditer(self))

    def words_in(self, start: int, stop: int) -> Sequence[Match[str]]:
        """The words that begin behind `start` and before `stop`."""
        return self.words[bisect_right(self._starts, start) : bisect_left(self._starts, stop)]

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return tuple(word.start() for word in self.words)

    def at(self, rule: Rule) -> Iterator[Match[str]]:
        """Where a rule matches. The anchor is found first: a search would try all of the pattern at every character."""
        text, behind = self.lowered if rule.flags else self, len(rule.anchor)
        place = text.find(rule.anchor)
        while place >= 0:
            found = None
            if (
                (not rule.before or text.endswith(rule.before, 0, place))
                and not (rule.never and text.endswith(rule.never, 0, place))
                and (not rule.follows or expression(rule.follows, IGNORECASE).match(self, place + behind))
            ):
                found = expression(rule.pattern, rule.flags).match(self, place)
            if found:
                yield found
            place = text.find(rule.anchor, found.end() if found else place + 1)


@cache
def expression(pattern: str, flags: int) -> Pattern[str]:
    """The pattern, compiled when a text first needs it."""
    return compile_pattern(pattern, flags)


def hide(text: str, spans: Sequence[Span]) -> str:
    """The text with one placeholder for all spans that touch."""
    if not spans:
        return text
    shown: list[str] = []
    end = 0
    for start, stop in sorted(spans):
        if start > end or not shown:
            shown += [text[end:start], HIDDEN]
        end = max(end, stop)
    return "".join((*shown, text[end:]))
