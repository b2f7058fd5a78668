"""Bytes that were good, made worse: at the bytes, at the words, at the lines, and across several inputs."""

import re
from collections.abc import Callable, Sequence
from random import Random

_WORD = re.compile(rb"[A-Za-z0-9_.+-]+|[^A-Za-z0-9_.+-]")
_ASSIGNED = re.compile(rb"(?m)^\s*[\w-]+\s*=\s*(\S.*)$")
#: What formats stumble over: ends of quotes and lines, bytes that are no text, numbers at the edge.
_BYTES = (
    b"\0",
    b"\n",
    b"\r",
    b"\r\n",
    b"\t",
    b" ",
    b"\x1b[31m",
    b"\x85",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
)
_MARKS = rb"""" ' \ \n \" { } {} [ ] = , : # < > & | ` -- ; /* %s %0A =1+1 @SUM(A1) </script> ]]> {{7*7}}"""
_NUMBERS = b"0 -0 -1 1 0.1 1e308 -1e308 1e-320 1e999 NaN +Inf -Inf 0x1p3 1_000 null true false None []"
_LARGE = b"9223372036854775807 9223372036854775808 -9223372036854775809 1.7976931348623157e308 " + b"1" * 400
_LETTERS = "\u202e \u2028 \ud55c \U0001f600 e\u0301 \u0660".encode()
_TOKENS = (b"", *_BYTES, *(word for words in (_MARKS, _NUMBERS, _LARGE, _LETTERS) for word in words.split()))


def mutated(random: Random, good: bytes, others: Sequence[bytes], words: Sequence[bytes] = ()) -> bytes:
    """`good` after one to six changes; a piece of one of `others` may come into it, and any of `words`."""
    for _ in range(1 + int(random.expovariate(0.8)) % 6):
        good = random.choice(_CHANGES)(random, good, random.choice(others) if others else good, words)
    return good


def gently(random: Random, good: bytes, words: Sequence[bytes]) -> bytes:
    """TOML with the value of one key changed for another's, or for one of `words`: often it can still be read."""
    found = list(_ASSIGNED.finditer(good))
    if not found:
        return good
    old = random.choice(found)
    value = random.choice(words) if random.random() < 0.7 else random.choice(found)[1]
    return good[: old.start(1)] + value + good[old.end(1) :]


def _bytes(random: Random, good: bytes, _other: bytes, _words: Sequence[bytes]) -> bytes:
    """A few bytes replaced by any others."""
    changed = bytearray(good)
    for _ in range(random.randint(1, 4)):
        if changed:
            changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def _token(random: Random, good: bytes, _other: bytes, words: Sequence[bytes]) -> bytes:
    """A word put anywhere."""
    at = random.randint(0, len(good))
    return good[:at] + _any_word(random, words) + good[at:]


def _word(random: Random, good: bytes, _other: bytes, words: Sequence[bytes]) -> bytes:
    """A word in the place of another."""
    found = list(_WORD.finditer(good, random.randint(0, max(0, len(good) - 200))))[:40]
    if not found:
        return good
    old = random.choice(found)
    return good[: old.start()] + _any_word(random, words) + good[old.end() :]


def _cut(random: Random, good: bytes, _other: bytes, _words: Sequence[bytes]) -> bytes:
    """A piece left out, or everything after some place."""
    start = random.randint(0, len(good))
    return good[:start] + (good[start + random.randint(0, 60) :] if random.random() < 0.8 else b"")


def _lines(random: Random, good: bytes, _other: bytes, _words: Sequence[bytes]) -> bytes:
    """A line twice, elsewhere, or gone."""
    lines = good.split(b"\n")
    taken = lines.pop(random.randrange(len(lines)))
    for _ in range(random.choice((0, 1, 2, 2, 20))):
        lines.insert(random.randint(0, len(lines)), taken)
    return b"\n".join(lines)


def _splice(random: Random, good: bytes, other: bytes, _words: Sequence[bytes]) -> bytes:
    """A piece of another input put anywhere."""
    start, at = random.randint(0, len(other)), random.randint(0, len(good))
    return good[:at] + other[start : start + random.randint(1, 300)] + good[at:]


def _repeat(random: Random, good: bytes, _other: bytes, _words: Sequence[bytes]) -> bytes:
    """A short piece many times."""
    start = random.randint(0, len(good))
    piece = good[start : start + random.randint(1, 8)]
    return good[:start] + piece * random.choice((3, 30, 300)) + good[start:]


def _any_word(random: Random, words: Sequence[bytes]) -> bytes:
    return random.choice(words if words and random.random() < 0.5 else _TOKENS)


_CHANGES: tuple[Callable[[Random, bytes, bytes, Sequence[bytes]], bytes], ...] = (
    *(_bytes, _token, _token, _word, _word, _word, _cut, _lines, _splice, _repeat),
)
