r"""The grammar of the text exposition format, exactly: slow, and right for whatever is unusual.

Lenient where Prometheus' own server is: an unknown escape such as `\d` stands for itself, a timestamp
may be a float (OpenMetrics), and an exemplar, after a "#" behind the value, is not parsed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from llmgw_report.model.scrape import Family

#: Characters. No exporter writes a longer line, and what comes without any line end must not fill the memory.
LINE_CHARACTERS = 2**20
#: 64 to 256 KiB is fastest; 4 MiB is 1.4 times slower, because it no longer fits the processor's cache.
_WINDOW_BYTES = 128 * 1024
_KEPT_WINDOWS = 4 * LINE_CHARACTERS // _WINDOW_BYTES  # no character has more than four bytes

#: Endings of a family's sample names, by its type.
_SUFFIXES: dict[str, tuple[str, ...]] = {
    "counter": ("_total", "_created"),
    "summary": ("_count", "_sum", "_created"),
    "histogram": ("_bucket", "_count", "_sum", "_created"),
    "gaugehistogram": ("_bucket", "_gcount", "_gsum"),
    "info": ("_info",),
}
#: Those of them that only ever rise; "" stands for a family without a TYPE line so far.
_COUNTS = {"": ("total",), "counter": ("total",), "summary": ("count",), "histogram": ("count", "bucket")}
_TYPES = frozenset(
    ("counter", "gauge", "summary", "histogram", "untyped", "unknown", "info", "stateset", "gaugehistogram")
)

_BLANKS = " \t"
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_QUOTED = r'"([^"\\]*(?:\\.[^"\\]*)*)"'
_TERM = re.compile(rf"[ \t]*(?:([a-zA-Z_][a-zA-Z0-9_]*)|{_QUOTED})[ \t]*(?:=[ \t]*{_QUOTED}[ \t]*)?")
_ESCAPE = r'\\([\\n"])'
_META = re.compile(rf"#[ \t]+(HELP|TYPE)[ \t]+(?:{_QUOTED}|([^ \t\"]+))(?:[ \t]+(.*))?", re.DOTALL)


class Sample(NamedTuple):
    """One sample line: the labels as written and in the order written, the value, and the time if one is given."""

    name: str
    labels: dict[str, str]
    value: float
    time: float | None = None


def whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    r"""Whole lines of about 128 KiB at a time; the last piece may lack its "\n".

    Lines end at "\n" alone. `bytes.splitlines` and httpx's `iter_lines` also cut at characters that are
    legal inside a label value. Of a line longer than `LINE_CHARACTERS` a part is left out, and it is still longer.
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


def sample(line: str) -> Sample:
    """The sample in `line`. Raises ValueError with the reason, in words, where there is none."""
    text = line.strip(" \t\r")
    _reject_text(text)
    match = _NAME.match(text)
    name, rest = (match.group(), text[match.end() :].lstrip(_BLANKS)) if match else ("", text)
    labels: dict[str, str] = {}
    if rest.startswith("{"):
        quoted_name, labels, rest = _braces(rest)
        if name and quoted_name:
            raise ValueError("the metric is named twice")
        name = name or quoted_name
    elif rest and rest == text[len(name) :]:
        raise ValueError("no space between name and value" if name else "not a metric name")
    if not name:
        raise ValueError("no metric name")
    return Sample(name, labels, *_value(rest))


def family_type(line: str) -> tuple[str, str] | None:
    """Name and type that a TYPE line declares; None for every other comment.

    Raises ValueError for a HELP or TYPE line that Prometheus would not accept.
    """
    text = line.strip(" \t\r")
    _reject_text(text)
    match = _META.fullmatch(text)
    if match is None:
        return None
    keyword, quoted, plain, rest = match.groups()
    if plain is not None and not _NAME.fullmatch(plain):
        raise ValueError(f"not a metric name after {keyword}")
    if keyword == "HELP":
        return None
    if rest not in _TYPES:
        raise ValueError("unknown type in a TYPE line")
    return (plain if quoted is None else _unescaped(quoted)), rest


def families(types: Mapping[str, str], series: Mapping[str, int]) -> dict[str, Family]:
    """Families by name, from the TYPE lines and the number of series of each sample name.

    A family that was declared and has no sample is there with 0 series; a sample that no TYPE line
    covers is an untyped family of its own.
    """
    counts = dict.fromkeys(types, 0)
    for name, count in series.items():
        stem, mark, suffix = name.rpartition("_")
        part_of = name not in types and mark + suffix in _SUFFIXES.get(types.get(stem, ""), ())
        family = stem if part_of else name
        counts[family] = counts.get(family, 0) + count
    return {name: Family(name=name, type=types.get(name, "untyped"), series=count) for name, count in counts.items()}


def is_count(name: str, types: Mapping[str, str]) -> bool:
    """Whether samples of this name count up from 0: by their TYPE line, without one by the name."""
    if name in types:
        return types[name] == "counter"
    stem, _, part = name.rpartition("_")
    return part in _COUNTS.get(types.get(stem, ""), ())


def _windows(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in windows of one size: where the network cut them must not decide how floats are summed."""
    buffer = bytearray()
    for block in blocks:
        buffer += block
        while len(buffer) >= _WINDOW_BYTES:
            yield bytes(buffer[:_WINDOW_BYTES])
            del buffer[:_WINDOW_BYTES]
    yield bytes(buffer)


def _reject_text(text: str) -> None:
    """Raise ValueError for a line that no exposition may have, whatever its syntax."""
    if len(text) > LINE_CHARACTERS:
        raise ValueError(f"longer than {LINE_CHARACTERS} characters")
    if "\0" in text:
        raise ValueError("contains a NUL byte")
    # Undecodable bytes arrive as lone surrogates, which no valid UTF-8 can hold.
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("is not UTF-8")


def _braces(text: str) -> tuple[str, dict[str, str], str]:
    """A metric name given inside the braces (or ""), the labels, and what follows the closing brace."""
    name, labels = "", dict[str, str]()
    at, closed = 1, False
    while not closed and (match := _TERM.match(text, at)):
        label, quoted, value = match.groups()
        key = label if quoted is None else _unescaped(quoted)
        if value is not None:
            _add_label(labels, key, _unescaped(value))
        elif quoted is None or name:
            raise ValueError("a label has no quoted value")
        else:
            name = key
        at, closed = _after_term(text, match.end())
    if closed:
        return name, labels, text[at:]
    rest = text[at:].lstrip(_BLANKS)
    if not rest.startswith("}"):
        raise ValueError("a label name or a closing brace is missing")
    return name, labels, rest[1:]


def _after_term(text: str, at: int) -> tuple[int, bool]:
    """Where the next term begins, or where the value does if the brace closed here."""
    mark = text[at : at + 1]
    if mark not in {",", "}"}:
        raise ValueError("the labels are not closed" if not mark else "a comma or a closing brace is missing")
    return at + 1, mark == "}"


def _add_label(labels: dict[str, str], name: str, value: str) -> None:
    if name in labels:
        raise ValueError("a label is given twice")
    if name == "__name__" or not name:
        raise ValueError("not a label name")
    labels[name] = value


def _unescaped(text: str) -> str:
    return re.sub(_ESCAPE, lambda match: "\n" if match[1] == "n" else match[1], text) if "\\" in text else text


def _value(text: str) -> tuple[float, float | None]:
    """The value, and the time behind it."""
    words = text.partition("#")[0].replace("\t", " ").split(" ")
    numbers = [_number(word) for word in words if word]
    if not numbers:
        raise ValueError("no value")
    if len(numbers) > 2:  # noqa: PLR2004 - a value and its timestamp
        raise ValueError("more than a value and a timestamp")
    return numbers[0], numbers[1] if len(numbers) > 1 else None


def _number(word: str) -> float:
    """`float` also reads `1_000`, digits of other scripts and blanks around the number; an exposition has none."""
    if "_" in word or not word.isascii() or word.strip() != word:
        raise ValueError("not a number")
    try:
        return float(word)
    except ValueError:
        raise ValueError("not a number") from None
