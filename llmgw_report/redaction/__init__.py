"""Removes secrets from text: what looks like a key or a credential becomes a placeholder.

    patterns    keys by their vendor's prefix; names, headers, addresses, options and sentences that hold a secret
    randomness  keys without a known prefix, by how random they are
    spans       the text that is searched, and the places that were found

A log row holds whatever a client or a provider wrote into it, and providers write keys into error messages.
"""

from functools import lru_cache
from re import IGNORECASE
from typing import Any, TypeVar

from llmgw_report.messages import Message, map_leaves
from llmgw_report.redaction.patterns import named_spans, names_a_secret, sentence_spans, vendor_spans
from llmgw_report.redaction.randomness import is_key, nearby_spans, random_spans
from llmgw_report.redaction.spans import HIDDEN, KEY_CHARACTERS, Searched, expression, hide

__all__ = ["HIDDEN", "alias", "is_suspect", "names_a_secret", "redact", "redact_all"]

Document = TypeVar("Document")

_FINDERS = (vendor_spans, named_spans, sentence_spans, nearby_spans, random_spans)
#: Without one of these a short text holds no secret; of Chinese words few are needed to name one.
_CLUE = r"[-=:@<%?&|]|[^\x00-\x7f]"
#: Two: a quotation inside a quotation is encoded twice. More would let a short text make much work.
_ENCODING_LAYERS = 2
#: What JSON itself writes for control characters, `\u00` with 0 or 1, hides nothing.
_ENCODED = r"%[2-7][0-9a-f]|\\u00[2-7][0-9a-f]|\\/"
_HEXADECIMAL_KEY = r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
#: A report shows the same names again and again.
_REMEMBERED_TEXTS = 2048


def is_suspect(document: str) -> bool:
    """Whether anything in a JSON document looks like a secret, in one pass: most runs need no other."""
    return _has_secret(document) or (_is_encoded(document) and _has_secret(_decoded(document)))


def redact(text: str) -> str:
    """The text with everything that looks like a secret replaced. Redacting again changes nothing."""
    if len(text) < KEY_CHARACTERS - 1 and not expression(_CLUE, 0).search(text):
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
    redacted: Document = map_leaves(document, _redact_leaf, _without_named)
    return redacted


def alias(value: str) -> str:
    """Redact the hash or the alias of a key: a value that is anything else may be the key itself.

    Hashes of keys are of 64 digits; some vendors' keys are of 32 or 40, or UUIDs.
    """
    return HIDDEN if is_key(value) or expression(_HEXADECIMAL_KEY, IGNORECASE).fullmatch(value) else redact(value)


def _redact_leaf(leaf: object) -> object:
    """Redact a text. The arguments of a message are as secret as its text."""
    if isinstance(leaf, Message):
        return leaf.map(redact)
    return redact(leaf) if isinstance(leaf, str) else leaf


def _without_named(table: dict[Any, Any]) -> dict[Any, Any]:
    """Hide the texts under the name of a secret: they are one, whatever they look like."""

    def hidden(key: object, item: object) -> object:
        if not isinstance(item, str) or not isinstance(key, str) or not names_a_secret(key):
            return item
        # An API key may be given by its alias.
        return alias(item) if key.lower().replace("-", "_") == "api_key" else HIDDEN

    return {key: hidden(key, item) for key, item in table.items()}


def _has_secret(text: str) -> bool:
    searched = Searched(text)
    return any(True for find in _FINDERS for _ in find(searched))


@lru_cache(_REMEMBERED_TEXTS)
def _redact_plain(text: str) -> str:
    """Redact a text as it stands, without decoding it."""
    searched = Searched(text)
    return hide(text, [span for find in _FINDERS for span in find(searched)])


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
