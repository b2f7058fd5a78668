"""The fast path: lines that begin alike are split at one go, and compared with a remembered shape as columns.

A line without a backslash has its label values at the odd places of `line.split('"')`, and its syntax,
up to the value, in the even ones. So what the exact parser once found in a tuple of even pieces holds
for every line that has the same ones, whatever its label values are. Whatever is not that plain,
a backslash, a timestamp, an exemplar, other blanks, a quoted name, goes to the exact parser each time.
A block in which lines that begin alike have more than one shape is split line by line.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf, isfinite, isnan

from msgspec import DecodeError, json

from llmgw_report.model.scrape import COUNT_LIMIT, WRONG_COUNTER, BadLine, Cell, Interest, Labels, Scrape
from llmgw_report.sources.exposition.grammar import LINE_CHARACTERS, families, family_type, is_count, sample
from llmgw_report.sources.exposition.shapes import Columns, LabelValues, LineShape

#: Shapes that are remembered. A scrape has tens; the limit is for one that was made to have millions.
_MAX_SHAPES = 10_000
#: Series of interest that are remembered in order to notice a second one: about 8 MiB of hashes.
_REMEMBERED_SERIES = 100_000
#: Values that wait to be summed at one go.
_PENDING_VALUES = 16_384
#: Times of samples: from 2001 to 2100; others are no times.
_SECONDS_BELOW, _EARLIEST_MS, _LATEST_MS = 1e11, 1e12, 4.1e12
_BAD_LINES = 10
_BAD_LINE_CHARACTERS = 200

#: What ends the labels, what stands between two values joined at a '"', and between lines in a column of its own.
_CLOSED, _NEXT, _LINE_END = "} ", '"} ', '"\n"'
#: `float` rounds the same, and takes three times as long for the same numbers.
_decode_numbers = json.Decoder(list[float]).decode

Samples = dict[str, dict[Labels, Cell]]
Pending = dict[str, dict[Labels, list[float]]]
Group = tuple[str, list[str]]
"""How several lines begin, up to the first '"', and what follows split at each '"', with a "\\n" after each line."""


class Reader:
    """Takes whole lines, in order, and returns the `Scrape` of all of them at the end."""

    def __init__(self, interest: Interest) -> None:
        self._interest = interest
        self._samples: Samples = {name: {} for name in interest}
        self._pending: Pending = {name: {} for name in interest}
        self._types: dict[str, str] = {}
        self._totals: dict[str, float] = {}
        self._shapes: dict[tuple[str, frozenset[str]], LineShape] = {}
        self._by_syntax: dict[tuple[str, ...], LineShape] = {}
        self._values_of: dict[str, LabelValues] = {}
        self._bad: list[BadLine] = []
        self._bad_count = self._duplicates = self._waiting = 0
        self._line = 1
        self._bytes = 0
        self._newest: float | None = None
        self._remembering = self._room = True

    def counted(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """The same blocks; their size is that of the scrape, with lines too long to be kept."""
        for block in blocks:
            self._bytes += len(block)
            yield block

    def read(self, block: bytes) -> None:
        """Take a block of whole lines; only the last block may end without a line end."""
        try:
            text, careful = block.decode(), False
        except UnicodeDecodeError:
            text, careful = block.decode(errors="surrogateescape"), True
        lines = text.split("\n")
        unended = lines.pop()
        careful = careful or "\\" in text or "\0" in text or len(text) > LINE_CHARACTERS
        if careful or not self._take(lines):
            self._take_each(lines, careful=careful)
        self._line += len(lines)
        self._read_last(unended)
        # Lines that waited are found bad after later ones that did not.
        self._bad = sorted(self._bad, key=lambda bad: bad.line)[:_BAD_LINES]
        self._room = len(self._bad) < _BAD_LINES
        self._waiting += len(lines)
        if self._waiting >= max(_PENDING_VALUES, sum(map(len, self._samples.values()))):
            self._fold()

    @property
    def names(self) -> int:
        """How many names with label sets, and TYPE lines, there were so far: each takes memory of its own."""
        return len(self._shapes) + len(self._types)

    def scrape(self, target: str) -> Scrape:
        """Everything read so far."""
        self._fold()
        series: dict[str, int] = {}
        labels: dict[str, dict[str, None]] = {}
        for shape in self._shapes.values():
            series[shape.name] = series.get(shape.name, 0) + shape.series
            if shape.series:
                labels.setdefault(shape.name, {}).update(dict.fromkeys(shape.labels))
        return Scrape(
            target=target,
            families=families(self._types, {name: count for name, count in series.items() if count}),
            samples=self._samples,
            labels={name: tuple(found) for name, found in labels.items()},
            bad_lines=tuple(self._bad),
            bad_line_count=self._bad_count,
            duplicates=self._duplicates,
            newest_ms=self._newest,
            sample_count=sum(series.values()),
            bytes=self._bytes,
        )

    def _fold(self) -> None:
        """Move every pending value into its cell; the lists are emptied and stay where they are."""
        for name, by_labels in self._pending.items():
            cells = self._samples[name]
            for labels, values in by_labels.items():
                if values:
                    _add(cells.get(labels) or cells.setdefault(labels, Cell()), values)
                    values.clear()
        self._waiting = 0
        self._remembering = sum(len(shape.seen) for shape in self._shapes.values()) < _REMEMBERED_SERIES

    def _take(self, lines: list[str]) -> bool:
        """Take all lines of each shape at one go; False, and none taken, where those of one beginning have several."""
        heads, others = _by_head(lines)
        groups: dict[LineShape, Group] = {}
        for head, rests in heads.items():
            shape, pieces = self._together(head, rests)
            # Of one series that is written in two ways the first counts.
            if shape is None or shape in groups:
                return False
            groups[shape] = head, pieces
        place = 0
        for line in others:
            place = lines.index(line, place) + 1
            self._exactly(self._line + place - 1, line)
        alone: dict[str, list[tuple[int, str]]] = {}
        for shape in filter(groups.__contains__, dict.fromkeys(self._by_syntax.values())):
            head, pieces = groups[shape]
            if not self._take_group(shape, pieces):
                alone = alone or _numbered(lines, self._line)
                for number, line in alone[head]:
                    self._exactly(number, line)
        return True

    def _together(self, head: str, rests: list[str]) -> tuple[LineShape | None, list[str]]:
        """The shape that all these lines have, up to their values, and the pieces of all of them."""
        first, count = rests[0].split('"'), len(rests)
        width = len(first)
        shape = self._by_syntax.get((head, *first[1:-1:2])) or self._learned(f'{head}"{rests[0]}')
        if shape is None or width != shape.length - 1:
            return None, []
        # A column of line ends: where one line has a quote too few and the next one too many, the others fit as well.
        syntax = {place: first[place] for place in range(1, width - 1, 2)} | {width: "\n"}
        pieces = f'{_LINE_END.join(rests)}"\n'.split('"')
        same = len(pieces) == count * (width + 1) and all(
            pieces[place :: width + 1].count(piece) == count for place, piece in syntax.items()
        )
        return shape if same else None, pieces

    def _take_group(self, shape: LineShape, pieces: list[str]) -> bool:
        """Take these lines; False, and none taken, where a value is not plain or cannot be right."""
        stride = shape.length
        values = _plain_values(pieces[stride - 2 :: stride])
        if values is None or not self._plausible(shape, values):
            return False
        self._taken(shape, [pieces[place::stride] for place in range(0, stride - 1, 2)], values)
        return True

    def _take_each(self, lines: list[str], *, careful: bool) -> None:
        shape_of = self._by_syntax.get
        for number, line in enumerate(lines, self._line):
            pieces = line.split('"')
            shape = shape_of(tuple(pieces[:-1:2]))
            if shape is None or (careful and _unusual(line)):
                self._exactly(number, line)
            else:
                shape.rows.append(pieces)
                shape.numbers.append(number)
        for shape in self._by_syntax.values():
            self._flush(shape)

    def _flush(self, shape: LineShape) -> None:
        if not shape.rows:
            return
        rows, numbers = shape.waiting()
        whole = set(map(len, rows)) == {shape.length}
        values = _plain_values([row[-1] for row in rows]) if whole else None
        if values is not None and self._plausible(shape, values):
            self._taken(shape, list(zip(*rows, strict=True))[1::2], values)
            return
        for number, row in zip(numbers, rows, strict=True):
            self._exactly(number, '"'.join(row))

    def _plausible(self, shape: LineShape, values: list[float]) -> bool:
        """Whether all values can be right, alone and with those of the name before them; some may be NaN."""
        wanted, low, high, total = shape.wanted, min(values), max(values), sum(values)
        if not _countable(low, high, total) and is_count(shape.name, self._types):
            return False
        if wanted is None or wanted.high == inf:
            return True
        # NaN compares with nothing: where it comes first, the values are looked at one by one.
        plausible = wanted.low <= low and high < wanted.high
        return plausible and not (wanted.adds_up and self._totals.get(shape.name, 0.0) + total >= wanted.high)

    def _taken(self, shape: LineShape, columns: Columns, values: Sequence[float]) -> None:
        self._duplicates += shape.take(columns, values, remember=self._remembering)
        if shape.wanted and shape.wanted.adds_up:
            total = sum(values)
            finite = total if isfinite(total) else sum(filter(isfinite, values))
            self._totals[shape.name] = self._totals.get(shape.name, 0.0) + finite

    def _read_last(self, line: str) -> None:
        """Take what follows the last line end: a truncated sample reads like one of another value."""
        if line.lstrip(" \t\r")[:1] in {"", "#"}:
            self._exactly(self._line, line)
        else:
            self._reject(self._line, line, "has no line end: truncated?")

    def _exactly(self, number: int, line: str) -> None:
        start = line.lstrip(" \t\r")[:1]
        if not start:
            return
        try:
            if start == "#":
                self._declare(line)
            else:
                self._sample(line)
        except ValueError as problem:
            self._reject(number, line, str(problem))

    def _declare(self, line: str) -> None:
        declared = family_type(line)
        if declared and self._types.setdefault(*declared) != declared[1]:
            raise ValueError("contradicts an earlier TYPE line")

    def _sample(self, line: str) -> None:
        name, labels, value, time = sample(line)
        if not _countable(value, value, value) and is_count(name, self._types):
            raise ValueError(WRONG_COUNTER)
        shape = self._shape(name, tuple(labels))
        if shape.wanted and not isnan(value) and not self._plausible(shape, [value]):
            alone = shape.wanted.low <= value < shape.wanted.high
            raise ValueError("with the series before it more than can be right" if alone else shape.wanted.implausible)
        # Of two samples of one series the earlier counts, and lines of this shape may still be waiting.
        self._flush(shape)
        self._taken(shape, [[labels[label]] for label in shape.labels], [value])
        if time is not None and shape.wanted:
            # The classic format has milliseconds, OpenMetrics seconds: until 5138 one is below this, one above.
            milliseconds = time if time > _SECONDS_BELOW else time * 1000
            if _EARLIEST_MS < milliseconds < _LATEST_MS:
                self._newest = max(self._newest or 0.0, milliseconds)
        self._learn(line, labels, shape)

    def _learned(self, line: str) -> LineShape | None:
        """The shape of this line, which is not taken; None where none is to be remembered of it."""
        try:
            name, labels, _, _ = sample(line)
        except ValueError:
            return None
        shape = self._shape(name, tuple(labels))
        return shape if self._learn(line, labels, shape) else None

    def _learn(self, line: str, labels: Mapping[str, str], shape: LineShape) -> bool:
        """Remember that lines with this syntax have this shape; False where this line is not that plain."""
        plain = shape.labels == tuple(labels) and _is_plain(line, shape) and len(self._by_syntax) < _MAX_SHAPES
        if plain:
            self._by_syntax[tuple(line.split('"')[:-1:2])] = shape
        return plain

    def _shape(self, name: str, labels: tuple[str, ...]) -> LineShape:
        # The same labels in another order are the same series.
        key = (name, frozenset(labels))
        shape = self._shapes.get(key)
        if shape is None:
            shape = self._shapes[key] = LineShape(name, labels)
            if name in self._interest:
                shape.wanted = wanted = self._interest[name]
                shape.collect({label: self._values(label) for label in wanted.labels}, self._pending[name])
        return shape

    def _values(self, label: str) -> LabelValues:
        return self._values_of.setdefault(label, LabelValues(label))

    def _reject(self, number: int, line: str, reason: str) -> None:
        self._bad_count += 1
        if self._room:
            # A surrogate stands for a byte that is not UTF-8, and cannot be written anywhere.
            text = line[:_BAD_LINE_CHARACTERS].rstrip("\r").encode(errors="surrogateescape").decode(errors="replace")
            self._bad.append(BadLine(line=number, reason=reason, text=text))


def _add(cell: Cell, values: list[float]) -> None:
    total = sum(values, cell.sum)
    # A sum is finite only if all its parts are: one look instead of one per value.
    if not isfinite(total):
        finite = [value for value in values if isfinite(value)]
        cell.not_finite += len(values) - len(finite)
        if not finite:
            return
        values, total = finite, sum(finite, cell.sum)
    cell.sum = total
    cell.maximum = max(cell.maximum, max(values))  # noqa: PLW3301 - unpacking the list would copy it
    cell.last = values[-1]
    cell.series += len(values)
    cell.zeros += values.count(0.0)


def _by_head(lines: list[str]) -> tuple[dict[str, list[str]], list[str]]:
    """What follows the first '"' of each line, by what stands before it; and comments and lines without any."""
    heads: dict[str, list[str]] = {}
    others: list[str] = []
    for line in lines:
        head, quote, rest = line.partition('"')
        known = heads.get(head)
        if known is not None:
            known.append(rest)
        elif quote and head.lstrip(" \t\r")[:1] != "#":
            heads[head] = [rest]
        else:
            others.append(line)
    return heads, others


def _numbered(lines: list[str], first: int) -> dict[str, list[tuple[int, str]]]:
    """The lines that hold a '"', with their numbers, by what stands before it."""
    found: dict[str, list[tuple[int, str]]] = {}
    for number, line in enumerate(lines, first):
        head, quote, _ = line.partition('"')
        if quote:
            found.setdefault(head, []).append((number, line))
    return found


def _plain_values(tails: list[str]) -> list[float] | None:
    """The values of lines of one shape, by what follows their last '"'; None where one of them may have no plain value.

    No tail holds a '"', so joined with one they can be looked at together, in C.
    """
    joined = '"'.join(tails)
    # JSON has a carriage return for a blank, an exposition at the end of a line alone.
    if not joined.startswith(_CLOSED) or "\r" in joined:
        return None
    try:
        values = _decode_numbers(f"[{joined[len(_CLOSED) :].replace(_NEXT, ',')}]")
    except DecodeError:
        return _floats(joined, len(tails))
    return values if len(values) == len(tails) else None


def _floats(joined: str, count: int) -> list[float] | None:
    """The same values where one of them is no number of JSON, such as NaN, +Inf or 1e999.

    `float` reads more than an exposition may hold: underscores, digits of other scripts, and control characters
    as blanks.
    """
    numbers = joined[len(_CLOSED) :].split(_NEXT)
    if len(numbers) != count or "_" in joined or not joined.isascii() or not joined.isprintable():
        return None
    try:
        return list(map(float, numbers))
    except ValueError:
        return None


def _countable(low: float, high: float, total: float) -> bool:
    """Whether none of several values is below 0, 2^63 and more, infinite or not a number, by their sum as well."""
    return low >= 0 and (total < COUNT_LIMIT or (high < COUNT_LIMIT and isfinite(total)))


def _unusual(line: str) -> bool:
    return "\\" in line or "\0" in line or not line.isascii() or len(line) > LINE_CHARACTERS


def _is_plain(line: str, shape: LineShape) -> bool:
    """Whether every odd piece is a label value: then the even ones hold all of the syntax."""
    pieces = line.split('"')
    plain = shape.length > 1 and len(pieces) == shape.length and pieces[-1].startswith("} ")
    return plain and not _unusual(line) and not line.startswith("{")
