"""Reads the label matchers of --match and writes them again, so that no other text reaches a server."""

import re

import msgspec
from msgspec import Struct

from llmgw_report.errors import UsageError

_EXAMPLE = "for example --match 'job=\"litellm\"'"
_MATCHER = r"""(?a)\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)\s*"""
_NAME = r"[a-zA-Z_][a-zA-Z0-9_]*"
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_ESCAPE = r"\\(x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|[\s\S])"
_LAST_CHARACTER = 0x10FFFF
_MOST = 50


class Matcher(Struct, frozen=True):
    """One label matcher of PromQL."""

    label: str
    operator: str
    text: str

    def written(self) -> str:
        """As a server reads it."""
        return f"{self.label}{self.operator}{msgspec.json.encode(self.text).decode()}"


def matchers(word: str, place: str) -> tuple[Matcher, ...]:
    """The matchers of a selector without a name, braces or not; UsageError for anything else."""
    text = word.strip()
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1]
    found: list[Matcher] = []
    pattern = re.compile(_MATCHER)
    at = 0
    while at < len(text) and len(found) < _MOST:
        one = pattern.match(text, at)
        if one is None:
            break
        label, operator, quoted = one.groups()
        found.append(Matcher(label, operator, _unquoted(quoted, place)))
        at = one.end()
        if at < len(text) and text[at] != ",":
            break
        at += 1
    if not found or text[at:].strip() or "__name__" in {one.label for one in found}:
        raise UsageError(f"{place} {word!r}: not label matchers", _EXAMPLE)
    if not any(_demands(one) for one in found):
        message = f"{place} {word!r}: it would match every series of the server"
        raise UsageError(message, f"name at least one value that a label has, {_EXAMPLE}")
    return tuple(found)


def require_label(name: str, place: str) -> None:
    """UsageError for a name that no label can have."""
    if not re.fullmatch(_NAME, name) or name.startswith("__"):
        raise UsageError(f"{place} {name!r}: not the name of a label", "for example --target-label pod")


def _unquoted(quoted: str, place: str) -> str:
    inner = quoted[1:-1]
    if quoted[0] == "`":
        return inner

    def character(found: re.Match[str]) -> str:
        letter, number = found[1], found[2] or found[3] or found[4]
        if number and int(number, 16) <= _LAST_CHARACTER:
            return chr(int(number, 16))
        if letter not in _ESCAPES:
            raise UsageError(f"{place}: the escape \\{letter} means nothing in a text", _EXAMPLE)
        return _ESCAPES[letter]

    return re.sub(_ESCAPE, character, inner)


def _demands(one: Matcher) -> bool:
    """Whether a series without the label is no match, as Prometheus requires of one matcher at least."""
    if one.operator == "=":
        return bool(one.text)
    if one.operator == "!=":
        return not one.text
    try:
        empty = re.fullmatch(one.text, "") is not None
    except re.error:  # the server's language of patterns is another one: it says what is wrong
        return one.operator == "=~"
    return not empty if one.operator == "=~" else empty
