"""Secrets out of text: what reads like a key or a credential becomes a placeholder before it is anywhere else.

    prefixes    how the keys of a vendor begin
    rules       names, headers, addresses and options that hold a secret whatever it looks like
    beside      what stands in prose beside the word "key" or "password"
    randomness  a secret without a known shape gives itself away by chance: no name looks like that
    encoding    a secret behind percent signs or JSON escapes is read first

A log row holds whatever a client or a provider wrote into it, and providers write keys into error messages.
"""

from functools import lru_cache
from re import IGNORECASE, Match
from typing import Any, TypeVar

from llmgw_report.messages import Message, mapped
from llmgw_report.redaction.patterns import named_spans, names_a_secret, vendor_spans
from llmgw_report.redaction.randomness import is_key, nearby_spans, random_spans
from llmgw_report.redaction.spans import HIDDEN, SHORTEST, Text, expression, hide

#: Twice: what is quoted in a quotation has two layers. More would let a short text make much work.
LAYERS = 2


def is_encoded(text: str) -> bool:
    """Whether decoding could change anything; what JSON itself writes for control characters is no hiding."""
    if "%" not in text and "\\u00" not in text and "\\/" not in text:
        return False
    return expression(r"%[2-7][0-9a-f]|\\u00[2-7][0-9a-f]|\\/", IGNORECASE).search(text) is not None


def decoded(text: str) -> str:
    """What the text says."""
    from urllib.parse import unquote  # few texts are encoded

    for _ in range(LAYERS):
        text = expression(r"\\+u00([2-7][0-9a-f])", IGNORECASE).sub(_character, unquote(text)).replace("\\/", "/")
    return text


def _character(escape: Match[str]) -> str:
    return chr(int(escape[1], 16))


__all__ = ["HIDDEN", "alias", "is_suspect", "names_a_secret", "redact", "redact_all"]

Document = TypeVar("Document")

READERS = (vendor_spans, named_spans, nearby_spans, random_spans)
#: Without one of these a short text holds no secret.
_CLUE = r"[-=:@<%?&]"
#: A report says the same names again and again.
MOST_REMEMBERED = 2048


def is_suspect(document: str) -> bool:
    """Whether anything in a JSON document reads like a secret; one pass over all of it, so that most runs stop here."""
    return _has_secret(document) or (is_encoded(document) and _has_secret(decoded(document)))


def redact(text: str) -> str:
    """The text with every secret-shaped part replaced. Redacting again changes nothing."""
    if len(text) < SHORTEST - 1 and not expression(_CLUE, 0).search(text):
        return text
    shown = _plain(text)
    if is_encoded(shown):
        for word in {word for word in shown.split() if is_encoded(word)}:
            readable = decoded(word)
            if _has_secret(readable):
                shown = shown.replace(word, _plain(readable))
    return shown


def redact_all(document: Document) -> Document:
    """Every text inside structs, dictionaries, lists and tuples, keys of dictionaries included."""
    found: Document = mapped(document, _redacted, _without_named)
    return found


def alias(value: str) -> str:
    """A value that should be the hash or the alias of a key: anything else may be the key itself."""
    return HIDDEN if is_key(value) else redact(value)


def _redacted(leaf: object) -> object:
    """What a message was made of is as secret as what it says."""
    if isinstance(leaf, Message):
        return leaf.map(redact)
    return redact(leaf) if isinstance(leaf, str) else leaf


def _without_named(table: dict[Any, Any]) -> dict[Any, Any]:
    """Without the texts that stand under the name of a secret: they are one, whatever they look like."""
    return {key: _under(key, item) for key, item in table.items()}


def _under(key: object, item: object) -> object:
    """Under the name of a key its alias may stand."""
    if not isinstance(item, str) or not isinstance(key, str) or not names_a_secret(key):
        return item
    return alias(item) if key.lower().replace("-", "_") == "api_key" else HIDDEN


def _has_secret(text: str) -> bool:
    read = Text(text)
    return any(True for reader in READERS for _ in reader(read))


@lru_cache(MOST_REMEMBERED)
def _plain(text: str) -> str:
    read = Text(text)
    return hide(text, [span for reader in READERS for span in reader(read)])
