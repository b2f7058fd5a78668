"""What a log message says once everything that differs from request to request is taken out of it."""

from functools import cache
from re import ASCII, IGNORECASE, Match, Pattern
from re import compile as compiled

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

#: A status says what went wrong: "status 500" and "status 502" are two patterns.
STATUS = r"\b(?:status(?: code)?|http(?:/\d\.\d)?|error|code)[ :=]+\(?\d{3}\b"
KEPT = "\x00"
LONGEST, READ = 300, 2000


def pattern(message: str) -> str:
    """The message with ids, numbers, addresses and times as placeholders, at most 300 characters."""
    kept: list[str] = []

    def keep(found: Match[str]) -> str:
        kept.append(found.group())
        return KEPT

    status, placeholders = _expressions()
    # A secret cut in two, or with a number taken out of its midst, would no longer be known for one.
    text = status.sub(keep, redact(message[: 2 * READ])[:READ].replace(KEPT, " "))
    for expression, name in placeholders:
        text = expression.sub(name, text)
    for words in kept:
        text = text.replace(KEPT, words, 1)
    return text[:LONGEST]


@cache
def _expressions() -> tuple[Pattern[str], tuple[tuple[Pattern[str], str], ...]]:
    """Compiled when the first error row is seen: a healthy run does not pay for them."""
    flags = ASCII | IGNORECASE
    return compiled(STATUS, flags), tuple((compiled(text, flags), name) for text, name in PLACEHOLDERS)
