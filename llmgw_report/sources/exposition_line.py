r"""One line of exposition text, exactly: slow, and right for whatever is unusual.

Lenient where Prometheus' own server is: an unknown escape such as `\d` stands for itself, a timestamp
may be a float (OpenMetrics), what follows a "#" behind the value is an exemplar and is not looked into.
"""

import re
from typing import NamedTuple

from llmgw_report.sources.exposition_blocks import LONGEST_LINE

_BLANKS = " \t"
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_QUOTED = r'"([^"\\]*(?:\\.[^"\\]*)*)"'
_TERM = re.compile(rf"[ \t]*(?:([a-zA-Z_][a-zA-Z0-9_]*)|{_QUOTED})[ \t]*(?:=[ \t]*{_QUOTED}[ \t]*)?")
_ESCAPE = re.compile(r'\\([\\n"])')
_META = re.compile(rf"#[ \t]+(HELP|TYPE)[ \t]+(?:{_QUOTED}|([^ \t\"]+))(?:[ \t]+(.*))?", re.DOTALL)
_TYPES = frozenset(
    ("counter", "gauge", "summary", "histogram", "untyped", "unknown", "info", "stateset", "gaugehistogram")
)


class Sample(NamedTuple):
    """One sample line: the labels as written and in the order written, the value as a float."""

    name: str
    labels: dict[str, str]
    value: float


def sample(line: str) -> Sample:
    """The sample that `line` holds. Raises ValueError with the reason, in words, where it holds none."""
    text = line.strip(" \t\r")
    _refuse_text(text)
    found = _NAME.match(text)
    name, rest = (found.group(), text[found.end() :].lstrip(_BLANKS)) if found else ("", text)
    labels: dict[str, str] = {}
    if rest.startswith("{"):
        inner, labels, rest = _braces(rest)
        if name and inner:
            raise ValueError("the metric is named twice")
        name = name or inner
    elif rest and rest == text[len(name) :]:
        raise ValueError("no blank between name and value" if name else "not a metric name")
    if not name:
        raise ValueError("no metric name")
    return Sample(name, labels, _value(rest))


def family_type(line: str) -> tuple[str, str] | None:
    """Name and type that a TYPE line declares; None for every other comment.

    Raises ValueError for a HELP or TYPE line that says nothing Prometheus knows.
    """
    text = line.strip(" \t\r")
    _refuse_text(text)
    found = _META.fullmatch(text)
    if found is None:
        return None
    keyword, quoted, plain, rest = found.groups()
    if plain is not None and not _NAME.fullmatch(plain):
        raise ValueError(f"not a metric name after {keyword}")
    if keyword == "HELP":
        return None
    if rest not in _TYPES:
        raise ValueError("the TYPE line names no known type")
    return (plain if quoted is None else _unescaped(quoted)), rest


def _refuse_text(text: str) -> None:
    if len(text) > LONGEST_LINE:
        raise ValueError(f"longer than {LONGEST_LINE} characters")
    if "\0" in text:
        raise ValueError("holds a NUL byte")
    # Undecodable bytes arrive as lone surrogates, which no valid UTF-8 can hold.
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("is not UTF-8")


def _braces(text: str) -> tuple[str, dict[str, str], str]:
    """A metric name given inside the braces (or ""), the labels, and what follows the closing brace."""
    name, labels = "", dict[str, str]()
    at, closed = 1, False
    while not closed and (found := _TERM.match(text, at)):
        label, quoted, value = found.groups()
        key = label if quoted is None else _unescaped(quoted)
        if value is not None:
            _add(labels, key, _unescaped(value))
        elif quoted is None or name:
            raise ValueError("a label has no quoted value")
        else:
            name = key
        at, closed = _after_term(text, found.end())
    return name, labels, text[at:] if closed else _close(text, at)


def _after_term(text: str, at: int) -> tuple[int, bool]:
    """Where the next term begins, or where the value does if the brace closed here."""
    mark = text[at : at + 1]
    if mark not in {",", "}"}:
        raise ValueError("the labels are not closed" if not mark else "a comma or a closing brace is missing")
    return at + 1, mark == "}"


def _close(text: str, at: int) -> str:
    rest = text[at:].lstrip(_BLANKS)
    if not rest.startswith("}"):
        raise ValueError("a label name or a closing brace is missing")
    return rest[1:]


def _add(labels: dict[str, str], name: str, value: str) -> None:
    if name in labels:
        raise ValueError("a label is given twice")
    if name == "__name__" or not name:
        raise ValueError("not a label name")
    labels[name] = value


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: "\n" if found[1] == "n" else found[1], text) if "\\" in text else text


def _value(text: str) -> float:
    words = text.partition("#")[0].replace("\t", " ").split(" ")
    numbers = [_number(word) for word in words if word]
    if not numbers:
        raise ValueError("no value")
    if len(numbers) > 2:  # noqa: PLR2004 - a value and its timestamp
        raise ValueError("more than a value and a timestamp")
    return numbers[0]


def _number(word: str) -> float:
    """`float` also reads `1_000`, digits of other scripts and blanks around the number; an exposition has none."""
    if "_" in word or not word.isascii() or word.strip() != word:
        raise ValueError("not a number")
    try:
        return float(word)
    except ValueError:
        raise ValueError("not a number") from None
