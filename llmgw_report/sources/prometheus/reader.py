"""The fast path: one split per line, and a remembered shape for every kind of line.

A line without a backslash has its label values at the odd places of `line.split('"')`, and its syntax,
up to the value, in the even ones. So what the exact parser once found in a tuple of even pieces holds
for every line that has the same ones, whatever its label values are. Whatever is not that plain,
a backslash, a timestamp, an exemplar, other blanks, a quoted name, goes to the exact parser each time.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from math import inf, isfinite, isnan
from operator import itemgetter

from llmgw_report.errors import SourceError
from llmgw_report.messages import msg
from llmgw_report.model.scrape import COUNT_LIMIT, WRONG_COUNTER, BadLine, Cell, Interest, Labels, Scrape, Wanted
from llmgw_report.sources.prometheus.exposition import (
    LINE_CHARACTERS,
    families,
    family_type,
    is_count,
    sample,
    whole_lines,
)

#: Stands for every value of a label beyond the first 1,000: whoever may choose a model's name may choose a million.
OTHER = "(other)"
_LABEL_VALUES = 1_000
#: Labels whose values are never folded: they are bounds and quantiles, and no client chooses them.
_UNFOLDED_LABELS = frozenset({"le", "quantile"})
#: Names of metrics and of labels are the program's, not its clients': a gateway has not so many.
_MAX_NAMES = 50_000
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
#: Some editors and shells write it; it means something only at the very start.
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Samples = dict[str, dict[Labels, Cell]]
Pending = dict[str, dict[Labels, list[float]]]
Pieces = Sequence[str]
"""A line split at '"': syntax at the even places, label values at the odd ones."""


def parse(blocks: Iterable[bytes], interest: Interest, target: str) -> Scrape:
    """Sum the samples named by `interest` out of an exposition, in the classic or the OpenMetrics text format.

    `blocks` is the body in order, cut anywhere. A line that is not exposition text costs that line and
    is counted. A series that comes twice is dropped the second time, as long as it is one of `interest`
    and one of the first 100,000 or so of those: beyond them only a repetition of a remembered series is
    noticed, because remembering a million of them would take ten times the memory of everything else here.
    Of a label that is kept, the first 1,000 values are told apart, and the others are one more (`OTHER`).
    Series outside `interest` are counted, not compared. A label with an empty value is not the same as
    no label for this comparison. Raises SourceError where there are too many metric names to be one program's.
    """
    reader = Reader(interest)
    for number, lines in enumerate(whole_lines(reader.counted(blocks))):
        reader.read(lines if number else lines.removeprefix(_BYTE_ORDER_MARK))
        if reader.names > _MAX_NAMES:
            raise SourceError(
                f"{target}: more than {_MAX_NAMES:,} different metric names and label sets, reading stopped",
                msg("a gateway has a few hundred: check what answers at that address"),
            )
    return reader.scrape(target)


class LabelValues(set[str]):
    """The values kept of one label in all families: a value is folded in every family or in none."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self._limited = label not in _UNFOLDED_LABELS

    def folded(self, value: str) -> str:
        """The value itself, or `OTHER` once there are too many."""
        if self._limited and len(self) >= _LABEL_VALUES and value not in self:
            return OTHER
        self.add(value)
        return value


class ValueLists(dict[Hashable, list[float]]):
    """Picked label values -> the sample values found with them since they were last summed.

    `shared` holds the same lists by `Labels`: two shapes that differ only in labels nobody asked for,
    or in their order, fill one list. `present` has the values of each kept label of this shape, None for one
    that it does not have.
    """

    def __init__(self, present: Sequence[LabelValues | None], shared: dict[Labels, list[float]]) -> None:
        super().__init__()
        self._present = present
        self._shared = shared

    def __missing__(self, picked: Hashable) -> list[float]:
        values = picked if isinstance(picked, tuple) else (picked,)
        given = iter(values)
        labels = tuple("" if known is None else known.folded(next(given)) for known in self._present)
        found = self._shared.setdefault(labels, [])
        # What is folded is not remembered: there may be millions of it.
        if OTHER not in labels or OTHER in values:
            self[picked] = found
        return found


class LineShape:
    """One metric name with one set of label names, and the lines of it that wait to be taken.

    `labels` are in the order of the first such line, `length` is how many pieces such a line has, `series`
    counts the samples taken. For a name of interest `wanted` says which values are plausible, `values` is a
    mapping, `pick` takes its key out of the pieces, and `identity` takes all label values, whose hash is
    remembered in `seen`.
    """

    __slots__ = (
        "identity",
        "labels",
        "length",
        "name",
        "numbers",
        "pick",
        "rows",
        "seen",
        "series",
        "values",
        "wanted",
    )

    def __init__(self, name: str, labels: tuple[str, ...]) -> None:
        self.name = name
        self.labels = labels
        self.length = 2 * len(labels) + 1
        self.series = 0
        self.rows: list[list[str]] = []
        self.numbers: list[int] = []
        self.values: ValueLists | None = None
        self.wanted: Wanted | None = None
        self.identity = self.pick = _getter([])
        self.seen: set[int] = set()

    def collect(self, kept: Mapping[str, LabelValues], shared: dict[Labels, list[float]]) -> None:
        """From now on collect the values by the labels `kept`, into the lists of `shared`."""
        place = {label: 2 * index + 1 for index, label in enumerate(self.labels)}
        self.identity = _getter(list(place.values()))
        self.pick = _getter([place[label] for label in kept if label in place])
        self.values = ValueLists([kept[label] if label in place else None for label in kept], shared)

    def take(self, rows: Sequence[Pieces], values: Sequence[float], *, remember: bool) -> int:
        """Take samples; the number of them that were dropped because their series came before."""
        if self.values is None:
            self.series += len(rows)
            return 0
        identities = list(map(hash, map(self.identity, rows)))
        new = set(identities)
        if len(new) < len(rows) or not new.isdisjoint(self.seen):
            return self._take_first(rows, values, identities, remember=remember)
        if remember:
            self.seen |= new
        self.series += len(rows)
        for key, value in zip(map(self.pick, rows), values, strict=True):
            self.values[key].append(value)
        return 0

    def _take_first(
        self, rows: Sequence[Pieces], values: Sequence[float], identities: list[int], *, remember: bool
    ) -> int:
        firsts: dict[int, int] = {}
        for index, identity in enumerate(identities):
            if identity not in self.seen:
                firsts.setdefault(identity, index)
        kept = list(firsts.values())
        self.take([rows[index] for index in kept], [values[index] for index in kept], remember=remember)
        return len(rows) - len(kept)

    def waiting(self) -> tuple[list[list[str]], list[int]]:
        """The lines that wait, and their numbers; they wait no longer."""
        rows, numbers = self.rows, self.numbers
        self.rows, self.numbers = [], []
        return rows, numbers


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
        self._take(lines, careful=careful or "\\" in text or "\0" in text or len(text) > LINE_CHARACTERS)
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

    def _take(self, lines: list[str], *, careful: bool) -> None:
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
        values = _plain_values(shape, rows)
        if values is None or not self._plausible(shape, values):
            for number, row in zip(numbers, rows, strict=True):
                self._exactly(number, '"'.join(row))
        else:
            self._taken(shape, rows, values)

    def _plausible(self, shape: LineShape, values: list[float]) -> bool:
        """Whether all values can be right, alone and with those of the name before them; some may be NaN."""
        wanted = shape.wanted
        if not _countable(values) and is_count(shape.name, self._types):
            return False
        if wanted is None or wanted.high == inf:
            return True
        # NaN compares with nothing: where it comes first, the values are looked at one by one.
        plausible = wanted.low <= min(values) and max(values) < wanted.high
        return plausible and not (wanted.adds_up and self._totals.get(shape.name, 0.0) + sum(values) >= wanted.high)

    def _taken(self, shape: LineShape, rows: Sequence[Pieces], values: Sequence[float]) -> None:
        self._duplicates += shape.take(rows, values, remember=self._remembering)
        if shape.wanted and shape.wanted.adds_up:
            self._totals[shape.name] = self._totals.get(shape.name, 0.0) + sum(filter(isfinite, values))

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
        if not _countable([value]) and is_count(name, self._types):
            raise ValueError(WRONG_COUNTER)
        shape = self._shape(name, tuple(labels))
        if shape.wanted and not isnan(value) and not self._plausible(shape, [value]):
            alone = shape.wanted.low <= value < shape.wanted.high
            raise ValueError("with the series before it more than can be right" if alone else shape.wanted.implausible)
        # Of two samples of one series the earlier counts, and lines of this shape may still be waiting.
        self._flush(shape)
        spread = [""] * shape.length
        spread[1::2] = [labels[label] for label in shape.labels]
        self._taken(shape, [spread], [value])
        if time is not None and shape.wanted:
            # The classic format has milliseconds, OpenMetrics seconds: until 5138 one is below this, one above.
            milliseconds = time if time > _SECONDS_BELOW else time * 1000
            if _EARLIEST_MS < milliseconds < _LATEST_MS:
                self._newest = max(self._newest or 0.0, milliseconds)
        if shape.labels == tuple(labels) and _is_plain(line, shape) and len(self._by_syntax) < _MAX_SHAPES:
            self._by_syntax[tuple(line.split('"')[:-1:2])] = shape

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


def _plain_values(shape: LineShape, rows: Sequence[Pieces]) -> list[float] | None:
    """The values of lines that all have this shape to the end, or None where one of them may not.

    No tail holds a '"', so joined with one they can be looked at together, in C. `float` reads more than
    an exposition may hold: underscores, digits of other scripts, and control characters as blanks.
    """
    tails = '"'.join([row[-1] for row in rows])
    numbers = tails[2:].split('"} ')
    regular = tails.startswith("} ") and len(numbers) == len(rows) and set(map(len, rows)) == {shape.length}
    if not regular or "_" in tails or not tails.isascii() or not tails.isprintable():
        return None
    try:
        return list(map(float, numbers))
    except ValueError:
        return None


def _getter(places: list[int]) -> Callable[[Pieces], Hashable]:
    """`itemgetter` makes the tuple in C; with one place it gives the bare item, with none it refuses."""
    return itemgetter(*places) if places else lambda _: ()


def _countable(values: list[float]) -> bool:
    """Whether none is below 0, 2^63 and more, infinite or not a number, in a few calls of C."""
    return min(values) >= 0 and (sum(values) < COUNT_LIMIT or (max(values) < COUNT_LIMIT and isfinite(sum(values))))


def _unusual(line: str) -> bool:
    return "\\" in line or "\0" in line or not line.isascii() or len(line) > LINE_CHARACTERS


def _is_plain(line: str, shape: LineShape) -> bool:
    """Whether every odd piece is a label value: then the even ones hold all of the syntax."""
    pieces = line.split('"')
    plain = shape.length > 1 and len(pieces) == shape.length and pieces[-1].startswith("} ")
    return plain and not _unusual(line) and not line.startswith("{")
