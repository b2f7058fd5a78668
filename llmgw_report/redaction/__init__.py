"""Secrets out of text: what reads like a key or a credential becomes a placeholder before it is anywhere else.

    prefixes    how the keys of a vendor begin
    rules       names, headers, addresses and options that hold a secret whatever it looks like
    beside      what stands in prose beside the word "key" or "password"
    randomness  a secret without a known shape gives itself away by chance: no name looks like that
    encoding    a secret behind percent signs or JSON escapes is read first

A log row holds whatever a client or a provider wrote into it, and providers write keys into error messages.
"""

from functools import lru_cache
from typing import Any, TypeVar

from llmgw_report.model.message import Message
from llmgw_report.model.tree import mapped
from llmgw_report.redaction import beside, encoding, prefixes, randomness, rules
from llmgw_report.redaction.rules import names_a_secret
from llmgw_report.redaction.spans import HIDDEN, SHORTEST, Text, expression, hide

__all__ = ["HIDDEN", "alias", "is_suspect", "names_a_secret", "redact", "redact_all"]

Document = TypeVar("Document")

READERS = (prefixes, rules, beside, randomness)
#: Without one of these a short text holds no secret.
_CLUE = r"[-=:@<%?&]"
#: A report says the same names again and again.
MOST_REMEMBERED = 2048


def is_suspect(document: str) -> bool:
    """Whether anything in a JSON document reads like a secret; one pass over all of it, so that most runs stop here."""
    return _has_secret(document) or (encoding.is_encoded(document) and _has_secret(encoding.decoded(document)))


def redact(text: str) -> str:
    """The text with every secret-shaped part replaced. Redacting again changes nothing."""
    if len(text) < SHORTEST - 1 and not expression(_CLUE, 0).search(text):
        return text
    shown = _plain(text)
    if encoding.is_encoded(shown):
        for word in {word for word in shown.split() if encoding.is_encoded(word)}:
            decoded = encoding.decoded(word)
            if _has_secret(decoded):
                shown = shown.replace(word, _plain(decoded))
    return shown


def redact_all(document: Document) -> Document:
    """Every text inside structs, dictionaries, lists and tuples, keys of dictionaries included."""
    found: Document = mapped(document, _redacted, _without_named)
    return found


def alias(value: str) -> str:
    """A value that should be the hash or the alias of a key: anything else may be the key itself."""
    return HIDDEN if randomness.is_key(value) else redact(value)


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
    return any(True for reader in READERS for _ in reader.spans(read))


@lru_cache(MOST_REMEMBERED)
def _plain(text: str) -> str:
    read = Text(text)
    return hide(text, [span for reader in READERS for span in reader.spans(read)])
