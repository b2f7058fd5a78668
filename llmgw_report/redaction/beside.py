"""Prose: "Incorrect API key provided: 0123..." What is random, or a digest, a few words after the name of a secret."""

from collections.abc import Iterator
from re import ASCII, IGNORECASE, Match

from llmgw_report.redaction import randomness
from llmgw_report.redaction.spans import Span, Text, expression

#: Characters after the name in which a secret begins.
REACH = 64

_NAMES = {
    "key": r"keys?(?<![\w-]keys)(?![\w-])",
    "secret": r"secret(?![\w-])",
    "token": r"token(?![\w-])",
    "password": r"password(?![\w-])",
    "credential": r"credentials?(?![\w-])",
}
#: Keys of databases and caches are no secrets.
_NO_NAME = r"(?:cache|primary|foreign|partition|sort|row|idempotency|object|redis|unique|index|public|[\w-])[ _-]?\Z"
#: What a key should be shown as, and what is no part of the sentence any more.
_STOP = r"hash|digest|sha\d|fingerprint|request|trace|[\r\n]|\\n"


def spans(text: Text) -> Iterator[Span]:
    """Where such words are."""
    if not text.words:
        return
    for anchor, pattern in _NAMES.items():
        for name in text.at(anchor, pattern, ASCII | IGNORECASE):
            if not expression(_NO_NAME, IGNORECASE).search(text, max(0, name.start() - 16), name.start()):
                yield from _after(name, text)


def _after(name: Match[str], text: Text) -> Iterator[Span]:
    """Up to the first word that says that a hash or an id follows."""
    stop = expression(_STOP, IGNORECASE).search(text, name.end(), name.end() + REACH)
    end = stop.start() if stop else name.end() + REACH
    for word in text.words:
        if name.end() < word.start() < end and randomness.is_random_or_digest(word[0]):
            yield word.span()
