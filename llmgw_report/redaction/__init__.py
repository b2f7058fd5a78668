"""Removes secrets from text: what looks like a key or a credential becomes a placeholder.

    patterns    keys by their vendor's prefix; names, headers, addresses, options and sentences that hold a secret
    randomness  keys without a known prefix, by how random they are
    spans       the text that is searched, and the places that were found

A log row holds whatever a client or a provider wrote into it, and providers write keys into error messages.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from itertools import accumulate, chain
from re import IGNORECASE
from typing import Any, TypeVar

from msgspec import Struct

from llmgw_report.messages import Message, map_leaves
from llmgw_report.redaction.patterns import named_spans, names_a_secret, sentence_spans, vendor_spans
from llmgw_report.redaction.randomness import is_key, nearby_spans, random_spans
from llmgw_report.redaction.spans import HIDDEN, KEY_CHARACTERS, Searched, Span, expression, hide

__all__ = ["HIDDEN", "alias", "names_a_secret", "redact", "redact_all", "suspects"]

Document = TypeVar("Document")

_FINDERS = (vendor_spans, named_spans, sentence_spans, nearby_spans, random_spans)
#: Without one of these a short text holds no secret; of Chinese words few are needed to name one.
_CLUE = r"[-=:@<%?&|]|[^\x00-\x7f]"
#: Two: a quotation inside a quotation is encoded twice. More would let a short text make much work.
_ENCODING_LAYERS = 2
#: What JSON itself writes for control characters, `\u00` with 0 or 1, hides nothing.
_ENCODED = r"%[2-7][0-9a-f]|\\u00[2-7][0-9a-f]|\\/"
_HEXADECIMAL_KEY = r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
#: Between texts that are searched as one. No pattern matches across it: a value has several characters without a blank,
#: and neither a name nor a word has this character.
_SEPARATOR = "\n\x00\n"
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
    shown = _redact_plain(text)
    if _is_encoded(shown):
        for word in {word for word in shown.split() if _is_encoded(word)}:
            readable = _decoded(word)
            if _has_secret(readable):
                shown = shown.replace(word, _redact_plain(readable))
    return shown


def redact_all(document: Document) -> Document:
    """Redact every text inside structs, dictionaries, lists and tuples, keys of dictionaries included."""
    texts: set[str] = set()
    hidden = _collect(document, texts)
    suspect = suspects(texts)
    if not suspect and not hidden:
        return document
    redacted: Document = map_leaves(document, partial(_redact_leaf, suspect), _without_named)
    return redacted


@lru_cache(_REMEMBERED_TEXTS)
def alias(value: str) -> str:
    """Redact the hash or the alias of a key: a value that is anything else may be the key itself.

    Hashes of keys are of 64 digits; some vendors' keys are of 32 or 40, or UUIDs.
    """
    return HIDDEN if is_key(value) or expression(_HEXADECIMAL_KEY, IGNORECASE).fullmatch(value) else redact(value)


def _collect(value: object, texts: set[str]) -> bool:
    """Add every text of a document; whether a dictionary has one under the name of a secret.

    The arguments of a message are as secret as its text.
    """
    if isinstance(value, str):
        texts.add(str(value))
        return isinstance(value, Message) and _collect_all(value.arguments.values(), texts)
    if isinstance(value, dict):
        texts.update(key for key in value if isinstance(key, str))
        return _collect_all(value.values(), texts) or _without_named(value) != value
    if isinstance(value, (list, tuple)):
        return _collect_all(value, texts)
    if isinstance(value, Struct):
        return _collect_all([getattr(value, name) for name in value.__struct_fields__], texts)
    return False


def _collect_all(values: Iterable[object], texts: set[str]) -> bool:
    found = [_collect(value, texts) for value in values]  # all of them, although one would answer the question
    return any(found)


def _redact_leaf(suspect: frozenset[str], leaf: object) -> object:
    """Redact a text that is suspect, or has an argument that is."""
    if not isinstance(leaf, str):
        return leaf
    texts: set[str] = set()
    _collect(leaf, texts)
    if suspect.isdisjoint(texts):
        return leaf
    return leaf.map(redact) if isinstance(leaf, Message) else redact(leaf)


def _without_named(table: dict[Any, Any]) -> dict[Any, Any]:
    """Hide the texts under the name of a secret: they are one, whatever they look like."""

    def hidden(key: object, item: object) -> object:
        if not isinstance(item, str) or not isinstance(key, str) or not names_a_secret(key):
            return item
        # An API key may be given by its alias.
        return alias(item) if key.lower().replace("-", "_") == "api_key" else HIDDEN

    return {key: hidden(key, item) for key, item in table.items()}


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
    return len(text) < KEY_CHARACTERS - 1 and not expression(_CLUE, 0).search(text)


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
