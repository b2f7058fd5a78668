r"""The fast path: one split per line, and a plan per shape of line.

A line without a backslash has its label values at the odd places of `line.split('"')`, and its syntax,
up to the value, in the even ones. So what the exact parser once said about a tuple of even pieces is
true of every line that has the same ones, whatever its label values are. Whatever is not that plain,
a backslash, a timestamp, an exemplar, other blanks, a quoted name, goes to the exact parser each time.
"""

from collections.abc import Sequence

from llmgw_report.model.scrape import BadLine, Interest, Scrape
from llmgw_report.sources.exposition_cells import Pending, Samples, fold
from llmgw_report.sources.exposition_families import families
from llmgw_report.sources.exposition_line import family_type, sample
from llmgw_report.sources.exposition_plan import Plan

#: Series of interest that are remembered in order to notice a second one: about 8 MiB of hashes.
_REMEMBERED = 100_000
#: Values that wait to be summed at one go.
_PENDING = 16_384
#: Shapes with a plan. A scrape has tens; the bound is for one that was made to have millions.
_SHAPES = 10_000
_BAD_LINES = 10
_BAD_TEXT = 200
_PLAIN_NUMBER = "0123456789.+-eE"
_SPECIAL = frozenset(("NaN", "+Inf", "-Inf"))


class Reader:
    """Takes whole lines, in order, and gives the `Scrape` of all of them at the end."""

    def __init__(self, interest: Interest) -> None:
        self._interest = interest
        self._samples: Samples = {name: {} for name in interest}
        self._pending: Pending = {name: {} for name in interest}
        self._types: dict[str, str] = {}
        self._plans: dict[tuple[str, Sequence[str]], Plan] = {}
        self._by_syntax: dict[tuple[str, ...], Plan] = {}
        self._seen: dict[tuple[str, frozenset[str]], set[int]] = {}
        self._bad: list[BadLine] = []
        self._bad_count = self._duplicates = self._waiting = 0
        self._line = 1
        self._remembering = True

    def read(self, block: bytes) -> None:
        """Take a block of whole lines; only the last block may end without a line end."""
        try:
            text, careful = block.decode(), False
        except UnicodeDecodeError:
            text, careful = block.decode(errors="surrogateescape"), True
        lines = text.split("\n")
        self._take(lines, careful=careful or "\\" in text or "\0" in text)
        self._line += len(lines) - 1
        self._waiting += len(lines)
        if self._waiting >= max(_PENDING, sum(map(len, self._samples.values()))):
            self._fold()

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
        self._remembering = sum(map(len, self._seen.values())) < _REMEMBERED

    def _take(self, lines: list[str], *, careful: bool) -> None:
        plan_of = self._by_syntax.get
        for number, line in enumerate(lines, self._line):
            pieces = line.split('"')
            plan = plan_of(tuple(pieces[:-1:2]))
            tail = pieces[-1]
            digits = tail[2:]
            if (
                plan is None
                or len(pieces) != plan.length
                or tail[:2] != "} "
                or (digits.strip(_PLAIN_NUMBER) and digits not in _SPECIAL)
                or (careful and _unusual(line))
            ):
                self._exactly(number, line, pieces)
                continue
            try:
                value = float(digits)
            except ValueError:
                self._refuse(number, line, "not a number")
                continue
            if plan.collected is None:
                plan.series += 1
            else:
                self._collect(plan, pieces, value)

    def _collect(self, plan: Plan, pieces: Sequence[str], value: float) -> None:
        identity = hash(plan.identity(pieces))
        if identity in plan.seen:
            self._duplicates += 1
            return
        if self._remembering:
            plan.seen.add(identity)
        plan.series += 1
        plan.collected[plan.pick(pieces)].append(value)

    def _exactly(self, number: int, line: str, pieces: list[str]) -> None:
        start = line.lstrip(" \t\r")[:1]
        if not start:
            return
        try:
            if start == "#":
                self._declare(line)
            else:
                self._sample(line, pieces)
        except ValueError as problem:
            self._refuse(number, line, str(problem))

    def _declare(self, line: str) -> None:
        declared = family_type(line)
        if declared and self._types.setdefault(*declared) != declared[1]:
            raise ValueError("a second TYPE line says otherwise")

    def _sample(self, line: str, pieces: list[str]) -> None:
        name, labels, value = sample(line)
        plan = self._plan(name, tuple(labels))
        if _is_plain(line, pieces, plan) and len(self._by_syntax) < _SHAPES:
            self._by_syntax[tuple(pieces[:-1:2])] = plan
        if plan.collected is None:
            plan.series += 1
        else:
            spread = [""] * plan.length
            spread[1::2] = labels.values()
            self._collect(plan, spread, value)

    def _plan(self, name: str, labels: tuple[str, ...]) -> Plan:
        plan = self._plans.get((name, labels))
        if plan is None:
            plan = self._plans[name, labels] = Plan(name, labels)
            if name in self._interest:
                # The same labels in another order are the same series.
                seen = self._seen.setdefault((name, frozenset(labels)), set())
                plan.collect(labels, self._interest[name], self._pending[name], seen)
        return plan

    def _refuse(self, number: int, line: str, reason: str) -> None:
        self._bad_count += 1
        if len(self._bad) < _BAD_LINES:
            # A surrogate stands for a byte that is not UTF-8, and cannot be written anywhere.
            text = line[:_BAD_TEXT].rstrip("\r").encode(errors="surrogateescape").decode(errors="replace")
            self._bad.append(BadLine(line=number, reason=reason, text=text))


def _unusual(line: str) -> bool:
    return "\\" in line or "\0" in line or not line.isascii()


def _is_plain(line: str, pieces: list[str], plan: Plan) -> bool:
    """Whether every odd piece is a label value: then the even ones say all there is to know of the syntax."""
    plain = plan.length > 1 and len(pieces) == plan.length and pieces[-1].startswith("} ")
    return plain and "\\" not in line and not line.startswith("{")
