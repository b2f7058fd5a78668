r"""One line of exposition text, exactly: slow, and right for whatever is unusual.

Lenient where Prometheus' own server is: an unknown escape such as `\d` stands for itself, a timestamp
may be a float (OpenMetrics), what follows a "#" behind the value is an exemplar and is not looked into.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from llmgw_report.model.scrape import Family

_COUNTER = ("_total", "_created")
_HISTOGRAM = ("_bucket", "_count", "_sum", "_created")
#: Parts of a family that only ever rise, by its type; "" is that of a family without a TYPE line so far.
_COUNTS = {"": ("total",), "counter": ("total",), "summary": ("count",), "histogram": ("count", "bucket")}
_SUFFIXES: dict[str, tuple[str, ...]] = {
    "counter": _COUNTER,
    "summary": ("_count", "_sum", "_created"),
    "histogram": _HISTOGRAM,
    "gaugehistogram": ("_bucket", "_gcount", "_gsum"),
    "info": ("_info",),
}


def families(types: Mapping[str, str], series: Mapping[str, int]) -> dict[str, Family]:
    """Families by name, from the TYPE lines and the number of series of each sample name.

    A family that was declared and has no sample is there with 0 series; a sample that no TYPE line
    covers is an untyped family of its own.
    """
    counts = dict.fromkeys(types, 0)
    for name, count in series.items():
        family = _family_of(name, types)
        counts[family] = counts.get(family, 0) + count
    return {name: Family(name=name, type=types.get(name, "untyped"), series=count) for name, count in counts.items()}


def is_count(name: str, types: Mapping[str, str]) -> bool:
    """Whether samples of this name count up from 0: as their TYPE line says, without one as the name does."""
    if name in types:
        return types[name] == "counter"
    stem, _, part = name.rpartition("_")
    return part in _COUNTS.get(types.get(stem, ""), ())


def _family_of(name: str, types: Mapping[str, str]) -> str:
    if name in types:
        return name
    stem, mark, suffix = name.rpartition("_")
    return stem if mark + suffix in _SUFFIXES.get(types.get(stem, ""), ()) else name


#: 64 to 256 KiB is fastest; 4 MiB is 1.4 times slower, because it no longer fits the processor's cache.
_WINDOW_BYTES = 128 * 1024
#: Characters. No exporter writes a longer line, and what comes without any line end must not fill the memory.
LONGEST_LINE = 2**20
_KEPT_WINDOWS = 4 * LONGEST_LINE // _WINDOW_BYTES  # no character has more than four bytes


def whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    r"""Whole lines of about 128 KiB at a time; the last piece may lack its "\n".

    Lines end at "\n" alone. `bytes.splitlines` and httpx's `iter_lines` also cut at characters that are
    legal inside a label value. Of a line longer than `LONGEST_LINE` a part is left out, and it is still longer.
    """
    rest: list[bytes] = []
    for window in _windows(blocks):
        cut = window.rfind(b"\n") + 1
        if cut:
            yield b"".join((*rest, window[:cut]))
            rest.clear()
        # A line longer than the window is collected, not searched again.
        if len(rest) <= _KEPT_WINDOWS:
            rest.append(window[cut:])
    last = b"".join(rest)
    if last:
        yield last


def _windows(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in windows of one size: where the network cut them must not decide how floats are summed."""
    buffer = bytearray()
    for block in blocks:
        buffer += block
        while len(buffer) >= _WINDOW_BYTES:
            yield bytes(buffer[:_WINDOW_BYTES])
            del buffer[:_WINDOW_BYTES]
    yield bytes(buffer)


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
