"""Removes secrets from text: what looks like a key or a credential becomes a placeholder.

    patterns    keys by their vendor's prefix; names, headers, addresses, options and sentences that hold a secret
    randomness  keys without a known prefix, by how random they are
    spans       the text that is searched, and the places that were found

A log row holds whatever a client or a provider wrote into it, and providers write keys into error messages.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import accumulate, chain
from re import IGNORECASE
from typing import Any, TypeVar

from llmgw_report.messages import Message, map_leaves
from llmgw_report.redaction.patterns import named_spans, names_a_secret, sentence_spans, vendor_spans
from llmgw_report.redaction.randomness import is_key, nearby_spans, random_spans
from llmgw_report.redaction.spans import HIDDEN, KEY_CHARACTERS, Searched, Span, expression, hide

__all__ = ["HIDDEN", "alias", "is_suspect", "names_a_secret", "redact", "redact_all", "suspects"]

Document = TypeVar("Document")

_FINDERS = (vendor_spans, named_spans, sentence_spans, nearby_spans, random_spans)
#: Without one of these a short text of ASCII holds no secret; of Chinese words few are needed to name one.
_CLUES = frozenset("-=:@<%?&|")
#: Two: a quotation inside a quotation is encoded twice. More would let a short text make much work.
_ENCODING_LAYERS = 2
#: What JSON itself writes for control characters, `\u00` with 0 or 1, hides nothing.
_ENCODED = r"%[2-7][0-9a-f]|\\u00[2-7][0-9a-f]|\\/"
_HEXADECIMAL_KEY = r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
#: Between texts that are searched as one. No pattern matches across it: a value has several characters without a blank,
#: and neither a name nor a word has this character.
_SEPARATOR = "\n\x00\n"
#: Stand for an escaped backslash and an escaped quote of JSON, in which they are never themselves.
_BACKSLASH, _INNER_QUOTE = "\x01", "\x02"
#: A report shows the same names again and again.
_REMEMBERED_TEXTS = 2048


def suspects(texts: Iterable[str]) -> frozenset[str]:
    """Those of the texts that hold something that looks like a secret.

    They are searched as one: what a search costs is to begin it, and most texts hold nothing.
    """
    searched = [text for text in dict.fromkeys(texts) if not _is_harmless(text)]
    ends = tuple(accumulate(len(text) + len(_SEPARATOR) for text in searched))
    found = {text for text in searched if _is_encoded(text)}
    for start, stop in _spans(_SEPARATOR.join(searched)):
        found.update(searched[bisect_right(ends, start) : bisect_left(ends, stop) + 1])
    return frozenset(found)


def redact(text: str) -> str:
    """The text with everything that looks like a secret replaced. Redacting again changes nothing."""
    if _is_harmless(text):
        return text
    shown = text
    if _is_encoded(text):
        # Before the rest: of a name beside its value what is hidden first could be the name alone.
        for word in {word for word in text.split() if _is_encoded(word)}:
            readable = _decoded(word)
            if _has_secret(readable):
                shown = shown.replace(word, _redact_plain(readable))
    return _redact_plain(shown)


def is_suspect(document: str) -> bool:
    """Whether any text of a JSON document holds a secret, or stands under the name of one.

    Most documents hold none, and need not be taken apart.
    """
    pieces = document.replace("\\\\", _BACKSLASH).replace('\\"', _INNER_QUOTE).split('"')
    texts = pieces[1::2]
    named = {(name, value) for name, sign, value in zip(texts, pieces[2::2], texts[1:], strict=False) if sign == ":"}
    secrets = {name for name in {name for name, _ in named} if names_a_secret(name)}
    shown = ((name, _unescaped(value)) for name, value in named if name in secrets)
    return any(_hidden(name, value) != value for name, value in shown) or bool(suspects(map(_unescaped, set(texts))))


def redact_all(document: Document) -> Document:
    """Redact every text inside structs, dictionaries, lists and tuples, keys of dictionaries included."""
    redacted: Document = map_leaves(document, _redact_leaf, _without_named)
    return redacted


@lru_cache(_REMEMBERED_TEXTS)
def alias(value: str) -> str:
    """Redact the hash or the alias of a key: a value that is anything else may be the key itself.

    Hashes of keys are of 64 digits; some vendors' keys are of 32 or 40, or UUIDs.
    """
    if len(value) < KEY_CHARACTERS:
        return redact(value)
    return HIDDEN if is_key(value) or expression(_HEXADECIMAL_KEY, IGNORECASE).fullmatch(value) else redact(value)


def _unescaped(text: str) -> str:
    """A text of a JSON document as it was before it was written there."""
    if "\\" not in text and _BACKSLASH not in text and _INNER_QUOTE not in text:
        return text
    from msgspec import json  # a line on standard error does without

    escaped = text.replace(_INNER_QUOTE, '\\"').replace(_BACKSLASH, "\\\\")
    return json.decode(f'"{escaped}"', type=str)


def _redact_leaf(leaf: object) -> object:
    """Redact a text. The arguments of a message are as secret as its text."""
    if isinstance(leaf, Message):
        return leaf.map(redact)
    return redact(leaf) if isinstance(leaf, str) else leaf


def _without_named(table: dict[Any, Any]) -> dict[Any, Any]:
    """Hide the texts under the name of a secret: they are one, whatever they look like."""
    return {
        key: _hidden(key, item) if isinstance(key, str) and isinstance(item, str) and names_a_secret(key) else item
        for key, item in table.items()
    }


def _hidden(name: str, value: str) -> str:
    """What is shown under the name of a secret: an API key may be given by its alias."""
    return alias(value) if name.lower().replace("-", "_") == "api_key" else HIDDEN


def _has_secret(text: str) -> bool:
    return any(True for _ in _spans(text))


def _spans(text: str) -> Iterator[Span]:
    """Where the secrets of a text are."""
    searched = Searched(text)
    return chain.from_iterable(find(searched) for find in _FINDERS)


@lru_cache(_REMEMBERED_TEXTS)
def _redact_plain(text: str) -> str:
    """Redact a text as it stands, without decoding it."""
    return hide(text, tuple(_spans(text)))


def _is_harmless(text: str) -> bool:
    """Whether a text is so short and plain that it can hold no secret."""
    return len(text) < KEY_CHARACTERS - 1 and text.isascii() and _CLUES.isdisjoint(text)


def _is_encoded(text: str) -> bool:
    """Whether decoding could bring a secret to light. Most texts need no regular expression to answer."""
    if "%" not in text and "\\u00" not in text and "\\/" not in text:
        return False
    return expression(_ENCODED, IGNORECASE).search(text) is not None


def _decoded(text: str) -> str:
    """The text without percent signs and JSON escapes."""
    from urllib.parse import unquote  # few texts are encoded

    escape = expression(r"\\+u00([2-7][0-9a-f])", IGNORECASE)
    for _ in range(_ENCODING_LAYERS):
        text = escape.sub(lambda match: chr(int(match[1], 16)), unquote(text)).replace("\\/", "/")
    return text
