"""Reads the label matchers of --match and writes them again, so that no other text reaches a server."""

import json
import re

from msgspec import Struct

from llmgw_report.errors import UsageError

_EXAMPLE = "for example --match 'job=\"litellm\"'"
_MATCHER = re.compile(
    r"""\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)\s*""", re.ASCII
)
_NAME = re.compile(r"[a-zA-Z_]\w*", re.ASCII)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_MOST = 50


class Matcher(Struct, frozen=True):
    """One label matcher of PromQL."""

    label: str
    operator: str
    text: str

    def written(self) -> str:
        """As a server reads it."""
        return f"{self.label}{self.operator}{json.dumps(self.text, ensure_ascii=False)}"


def matchers(word: str, place: str) -> tuple[Matcher, ...]:
    """The matchers of a selector without a name, braces or not; UsageError for anything else."""
    text = word.strip()
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1]
    found: list[Matcher] = []
    at = 0
    while at < len(text) and len(found) < _MOST:
        one = _MATCHER.match(text, at)
        if one is None:
            break
        label, operator, quoted = one.groups()
        found.append(Matcher(label, operator, _unquoted(quoted, place)))
        at = one.end()
        if at < len(text) and text[at] == ",":
            at += 1
    if not found or text[at:].strip() or "__name__" in {one.label for one in found}:
        raise UsageError(f"{place} {word!r}: not label matchers", _EXAMPLE)
    if not any(_demands(one) for one in found):
        message = f"{place} {word!r}: it would match every series of the server"
        raise UsageError(message, f"name at least one value that a label has, {_EXAMPLE}")
    return tuple(found)


def require_label(name: str, place: str) -> None:
    """UsageError for a name that no label can have."""
    if not _NAME.fullmatch(name) or name.startswith("__"):
        raise UsageError(f"{place} {name!r}: not the name of a label", "for example --target-label pod")


def _unquoted(quoted: str, place: str) -> str:
    inner = quoted[1:-1]
    if quoted[0] == "`":
        return inner

    def character(found: re.Match[str]) -> str:
        letter = found[1]
        if letter not in _ESCAPES:
            raise UsageError(f"{place}: the escape \\{letter} means nothing in a text", _EXAMPLE)
        return _ESCAPES[letter]

    return re.sub(r"\\(.)", character, inner)


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
