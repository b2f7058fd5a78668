"""The fast path: one split per line, and a plan per shape of line.

A line without a backslash has its label values at the odd places of `line.split('"')`, and its syntax,
up to the value, in the even ones. So what the exact parser once said about a tuple of even pieces is
true of every line that has the same ones, whatever its label values are. Whatever is not that plain,
a backslash, a timestamp, an exemplar, other blanks, a quoted name, goes to the exact parser each time.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from math import isfinite
from operator import itemgetter

from llmgw_report.errors import SourceError
from llmgw_report.model.scrape import BadLine, Cell, Interest, Labels, Scrape
from llmgw_report.sources.prometheus.exposition import (
    LONGEST_LINE,
    families,
    family_type,
    is_count,
    sample,
    whole_lines,
)

Samples = dict[str, dict[Labels, Cell]]
Pending = dict[str, dict[Labels, list[float]]]


def fold(pending: Pending, samples: Samples) -> None:
    """Move every pending value into its cell of `samples`; the lists are emptied and stay where they are."""
    for name, by_labels in pending.items():
        cells = samples[name]
        for labels, values in by_labels.items():
            if values:
                _add(cells.get(labels) or cells.setdefault(labels, Cell()), values)
                values.clear()


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


#: In the place of every value beyond the first `MOST`: whoever may choose a model's name may choose a million.
OTHER = "(other)"
MOST = 1_000
#: Their values are bounds and shares, which cannot be folded, and which no client chooses.
WHOLE = frozenset({"le", "quantile"})


class LabelValues(set[str]):
    """Those that are kept, of one label in all families: a value is folded in every family or in none."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self._bounded = label not in WHOLE

    def shown(self, value: str) -> str:
        """The value itself, or what stands for it and others."""
        if self._bounded and len(self) >= MOST and value not in self:
            return OTHER
        self.add(value)
        return value


Pieces = Sequence[str]
"""A line split at '"': syntax at the even places, label values at the odd ones."""


class Collected(dict[Hashable, list[float]]):
    """Picked label values -> the values seen with them since they were last summed.

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
        labels = tuple("" if known is None else known.shown(next(given)) for known in self._present)
        found = self._shared.setdefault(labels, [])
        # What is folded is not remembered: there may be millions of it.
        if OTHER not in labels or OTHER in values:
            self[picked] = found
        return found


class Plan:
    """One metric name with one set of label names, and the lines of it that wait to be taken.

    `labels` are in the order first seen, `length` is how many pieces such a line has, `series` counts
    the samples taken. For a name of interest `collected` is a mapping, `pick` takes its key out of the
    pieces, and `identity` takes all label values, whose hash is remembered in `seen`.
    """

    __slots__ = ("collected", "identity", "labels", "length", "name", "numbers", "pick", "rows", "seen", "series")

    def __init__(self, name: str, labels: tuple[str, ...]) -> None:
        self.name = name
        self.labels = labels
        self.length = 2 * len(labels) + 1
        self.series = 0
        self.rows: list[list[str]] = []
        self.numbers: list[int] = []
        self.collected: Collected | None = None
        self.identity = self.pick = _getter([])
        self.seen: set[int] = set()

    def collect(self, kept: Mapping[str, LabelValues], shared: dict[Labels, list[float]]) -> None:
        """From now on collect the values by the labels `kept`, into the lists of `shared`."""
        place = {label: 2 * index + 1 for index, label in enumerate(self.labels)}
        self.identity = _getter(list(place.values()))
        self.pick = _getter([place[label] for label in kept if label in place])
        self.collected = Collected([kept[label] if label in place else None for label in kept], shared)

    def take(self, rows: Sequence[Pieces], values: Sequence[float], *, remember: bool) -> int:
        """Take samples; the number of them that were dropped because their series came before."""
        if self.collected is None:
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
            self.collected[key].append(value)
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


def waiting(plan: Plan) -> tuple[list[list[str]], list[int]]:
    """The lines that wait, and their numbers; they wait no longer."""
    rows, numbers = plan.rows, plan.numbers
    plan.rows, plan.numbers = [], []
    return rows, numbers


def plain_values(plan: Plan, rows: Sequence[Pieces]) -> list[float] | None:
    """The values of lines that all have the shape of `plan` to the end, or None where one of them may not.

    No tail holds a '"', so joined with one they can be looked at together, in C. `float` reads more than
    an exposition may hold: underscores, digits of other scripts, and control characters as blanks.
    """
    tails = '"'.join([row[-1] for row in rows])
    numbers = tails[2:].split('"} ')
    regular = tails.startswith("} ") and len(numbers) == len(rows) and set(map(len, rows)) == {plan.length}
    if not regular or "_" in tails or not tails.isascii() or not tails.isprintable():
        return None
    try:
        return list(map(float, numbers))
    except ValueError:
        return None


def _getter(places: list[int]) -> Callable[[Pieces], Hashable]:
    """`itemgetter` makes the tuple in C; with one place it gives the bare item, with none it refuses."""
    return itemgetter(*places) if places else _nothing


def _nothing(_: Pieces) -> Hashable:
    return ()


#: Series of interest that are remembered in order to notice a second one: about 8 MiB of hashes.
_REMEMBERED = 100_000
#: Values that wait to be summed at one go.
_PENDING = 16_384
#: Shapes with a plan. A scrape has tens; the bound is for one that was made to have millions.
_SHAPES = 10_000
_BAD_LINES = 10
_BAD_TEXT = 200


class Reader:
    """Takes whole lines, in order, and gives the `Scrape` of all of them at the end."""

    def __init__(self, interest: Interest) -> None:
        self._interest = interest
        self._samples: Samples = {name: {} for name in interest}
        self._pending: Pending = {name: {} for name in interest}
        self._types: dict[str, str] = {}
        self._plans: dict[tuple[str, frozenset[str]], Plan] = {}
        self._by_syntax: dict[tuple[str, ...], Plan] = {}
        self._values_of: dict[str, LabelValues] = {}
        self._bad: list[BadLine] = []
        self._bad_count = self._duplicates = self._waiting = 0
        self._line = 1
        self._remembering = self._room = True

    def read(self, block: bytes) -> None:
        """Take a block of whole lines; only the last block may end without a line end."""
        try:
            text, careful = block.decode(), False
        except UnicodeDecodeError:
            text, careful = block.decode(errors="surrogateescape"), True
        lines = text.split("\n")
        unended = lines.pop()
        self._take(lines, careful=careful or "\\" in text or "\0" in text or len(text) > LONGEST_LINE)
        self._line += len(lines)
        self._last(unended)
        # Lines that waited are found bad after later ones that did not.
        self._bad = sorted(self._bad, key=lambda bad: bad.line)[:_BAD_LINES]
        self._room = len(self._bad) < _BAD_LINES
        self._waiting += len(lines)
        if self._waiting >= max(_PENDING, sum(map(len, self._samples.values()))):
            self._fold()

    @property
    def shapes(self) -> int:
        """How many names with label sets, and TYPE lines, there were so far: each takes memory of its own."""
        return len(self._plans) + len(self._types)

    def scrape(self, target: str, size: int) -> Scrape:
        """Everything read so far; `size` is its length in bytes."""
        self._fold()
        series: dict[str, int] = {}
        for plan in self._plans.values():
            series[plan.name] = series.get(plan.name, 0) + plan.series
        return Scrape(
            target=target,
            families=families(self._types, {name: count for name, count in series.items() if count}),
            samples=self._samples,
            bad_lines=tuple(self._bad),
            bad_line_count=self._bad_count,
            duplicates=self._duplicates,
            sample_count=sum(series.values()),
            bytes=size,
        )

    def _fold(self) -> None:
        fold(self._pending, self._samples)
        self._waiting = 0
        self._remembering = sum(len(plan.seen) for plan in self._plans.values()) < _REMEMBERED

    def _take(self, lines: list[str], *, careful: bool) -> None:
        plan_of = self._by_syntax.get
        for number, line in enumerate(lines, self._line):
            pieces = line.split('"')
            plan = plan_of(tuple(pieces[:-1:2]))
            if plan is None or (careful and _unusual(line)):
                self._exactly(number, line)
            else:
                plan.rows.append(pieces)
                plan.numbers.append(number)
        for plan in self._by_syntax.values():
            self._flush(plan)

    def _flush(self, plan: Plan) -> None:
        if not plan.rows:
            return
        rows, numbers = waiting(plan)
        values = plain_values(plan, rows)
        if values is None or (not _countable(values) and is_count(plan.name, self._types)):
            for number, row in zip(numbers, rows, strict=True):
                self._exactly(number, '"'.join(row))
        else:
            self._duplicates += plan.take(rows, values, remember=self._remembering)

    def _last(self, line: str) -> None:
        """What comes after the last line end: the number of a sample that is cut short reads like another number."""
        if line.lstrip(" \t\r")[:1] in {"", "#"}:
            self._exactly(self._line, line)
        else:
            self._refuse(self._line, line, "has no line end: cut short?")

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
            self._refuse(number, line, str(problem))

    def _declare(self, line: str) -> None:
        declared = family_type(line)
        if declared and self._types.setdefault(*declared) != declared[1]:
            raise ValueError("a second TYPE line says otherwise")

    def _sample(self, line: str) -> None:
        name, labels, value = sample(line)
        if not _countable([value]) and is_count(name, self._types):
            raise ValueError("a counter below 0, infinite or not a number")
        plan = self._plan(name, tuple(labels))
        # Of two samples of one series the earlier counts, and lines of this plan may still be waiting.
        self._flush(plan)
        spread = [""] * plan.length
        spread[1::2] = [labels[label] for label in plan.labels]
        self._duplicates += plan.take([spread], [value], remember=self._remembering)
        if plan.labels == tuple(labels) and _is_plain(line, plan) and len(self._by_syntax) < _SHAPES:
            self._by_syntax[tuple(line.split('"')[:-1:2])] = plan

    def _plan(self, name: str, labels: tuple[str, ...]) -> Plan:
        # The same labels in another order are the same series.
        key = (name, frozenset(labels))
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = Plan(name, labels)
            if name in self._interest:
                plan.collect({label: self._values(label) for label in self._interest[name]}, self._pending[name])
        return plan

    def _values(self, label: str) -> LabelValues:
        return self._values_of.setdefault(label, LabelValues(label))

    def _refuse(self, number: int, line: str, reason: str) -> None:
        self._bad_count += 1
        if self._room:
            # A surrogate stands for a byte that is not UTF-8, and cannot be written anywhere.
            text = line[:_BAD_TEXT].rstrip("\r").encode(errors="surrogateescape").decode(errors="replace")
            self._bad.append(BadLine(line=number, reason=reason, text=text))


def _countable(values: list[float]) -> bool:
    """Whether none is below 0, infinite or not a number; said in C."""
    return min(values) >= 0 and isfinite(sum(values))


def _unusual(line: str) -> bool:
    return "\\" in line or "\0" in line or not line.isascii() or len(line) > LONGEST_LINE


def _is_plain(line: str, plan: Plan) -> bool:
    """Whether every odd piece is a label value: then the even ones say all there is to know of the syntax."""
    pieces = line.split('"')
    plain = plan.length > 1 and len(pieces) == plan.length and pieces[-1].startswith("} ")
    return plain and not _unusual(line) and not line.startswith("{")


#: The byte order mark that some editors and shells write; only ever meant at the very start.
_MARK = b"\xef\xbb\xbf"
#: Names of metrics and of labels are the program's, not its clients': a million of them is no gateway.
_SHAPES_exposition = 50_000


def parse(blocks: Iterable[bytes], interest: Interest, target: str) -> Scrape:
    """Sum the samples named by `interest` out of an exposition, in the classic or the OpenMetrics text format.

    `blocks` is the body in order, cut anywhere. A line that is not exposition text costs that line and
    is counted. A series that comes twice is dropped the second time, as long as it is one of `interest`
    and one of the first 100,000 or so of those: beyond them only a repetition of a remembered series is
    seen, because remembering a million of them would take ten times the memory of everything else here.
    Of a label that is kept the first 1,000 values are told apart, and the others are one more (`OTHER`).
    Series outside `interest` are counted, not compared. A label with an empty value is not the same as
    no label for this comparison. Raises SourceError where there are too many metric names to be one program's.
    """
    reader, size = Reader(interest), _Size()
    for number, lines in enumerate(whole_lines(size.of(blocks))):
        reader.read(lines if number else lines.removeprefix(_MARK))
        if reader.shapes > _SHAPES_exposition:
            message = (
                f"{target}: more than {_SHAPES_exposition:,} different metric names and label sets, reading stopped"
            )
            raise SourceError(message, "a gateway has some hundreds: check what answers there")
    return reader.scrape(target, size.total)


class _Size:
    """How much there was, of lines too long to be kept as well."""

    total = 0

    def of(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """The same blocks, counted as they pass."""
        for block in blocks:
            self.total += len(block)
            yield block
