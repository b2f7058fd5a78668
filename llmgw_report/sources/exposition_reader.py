r"""The fast path: one split per line, and a plan per shape of line.

A line without a backslash has its label values at the odd places of `line.split('"')`, and its syntax,
up to the value, in the even ones. So what the exact parser once said about a tuple of even pieces is
true of every line that has the same ones, whatever its label values are. Whatever is not that plain,
a backslash, a timestamp, an exemplar, other blanks, a quoted name, goes to the exact parser each time.
"""

from math import isfinite

from llmgw_report.model.scrape import BadLine, Interest, Scrape
from llmgw_report.sources.exposition_blocks import LONGEST_LINE
from llmgw_report.sources.exposition_cells import Pending, Samples, fold
from llmgw_report.sources.exposition_families import families, is_count
from llmgw_report.sources.exposition_line import family_type, sample
from llmgw_report.sources.exposition_plan import Plan, plain_values, waiting
from llmgw_report.sources.exposition_values import LabelValues

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
