"""Secrets out of text: what reads like a key or a credential becomes a placeholder before it is anywhere else.

A log row holds whatever a client or a provider wrote into it, and providers write keys into error
messages. Shapes are from the providers' own documentation of their key formats.
"""

from functools import cache
from re import IGNORECASE, Pattern
from re import compile as compiled
from typing import TypeVar

from llmgw_report.model.message import Message
from llmgw_report.model.tree import mapped

Document = TypeVar("Document")

HIDDEN = "[redacted]"

SHAPES = (
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*",
    r"\b(?:sk|pk|rk|gsk|xai|tgp|pplx|fw|r8|nvapi|hf|key|token)[-_](?=[\w-]*\d)[\w-]{16,}",
    r"\bAIza[\w-]{30,}",
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    r"\b(?:ghp|gho|ghs|ghu|github_pat)_\w{20,}",
    r"\bxox[abprs]-[\w-]{10,}",
    r"\bya29\.[\w-]{20,}",
)

#: What comes before a secret stays, so that the row can still be understood.
KEYED = (
    r"(\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}",
    r"(\b[a-z][a-z0-9+.-]*://)[^\s/@:]+:[^\s/@]+(?=@)",
    r"([?&](?:api[_-]?key|key|token|access_token|secret|password|sig|signature)=)[^&\s\"'<>]+",
    r"((?:api[_-]?key|authorization|password|passwd|secret|secret[_-]access[_-]key|(?:access|auth|refresh|session|id)[_-]?token)\b[\"']?\s*[:=]\s*[\"']?)(?!bearer|basic|\[)[^\s\"',;}&]{6,}",
)
EMAIL = r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b"

#: How every shape above begins or what it cannot do without: one pass over a whole document finds nothing
#: in most of them, and then no shape is even compiled. No word boundaries: in a JSON document a line end
#: is the letter n. After "api_key" only an escaped quote: with a plain one it is the document's own key.
SUSPECT = (
    r"-----BEGIN|eyJ|(?:sk|pk|rk|gsk|xai|tgp|pplx|fw|r8|nvapi|hf|key|token)[-_][\w-]{16}|AIza|AKIA|ASIA|gh[posu]_"
    r"|github_pat|xox|ya29|(?i:bearer\s|basic\s|api[_-]?key(?:\\[\"nt]|')?\s*[:=]|authorization|passw|secret|[hsnd][_-]?token"
    r"|[?&][a-z_-]+=)|[^\s]@\w"
)


def is_suspect(document: str) -> bool:
    """Whether anything in a JSON document begins like a secret."""
    return _suspect().search(document) is not None


def redact(text: str) -> str:
    """The text with every secret-shaped part replaced."""
    shapes, keyed = _expressions()
    for expression in keyed:
        text = expression.sub(rf"\1{HIDDEN}", text)
    for expression in shapes:
        text = expression.sub(HIDDEN, text)
    return text


def redact_all(document: Document) -> Document:
    """Every text inside structs, dictionaries, lists and tuples, keys of dictionaries included."""
    found: Document = mapped(document, _redacted)
    return found


def _redacted(leaf: object) -> object:
    """What a message was made of is as secret as what it says."""
    if isinstance(leaf, Message):
        return leaf.map(redact)
    return redact(leaf) if isinstance(leaf, str) else leaf


@cache
def _suspect() -> Pattern[str]:
    return compiled(SUSPECT)


@cache
def _expressions() -> tuple[tuple[Pattern[str], ...], tuple[Pattern[str], ...]]:
    shapes = tuple(compiled(shape) for shape in (*SHAPES, EMAIL))
    keyed = tuple(compiled(shape, IGNORECASE) for shape in KEYED)
    return shapes, keyed
