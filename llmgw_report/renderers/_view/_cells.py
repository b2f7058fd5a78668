"""Cells and columns that several sections share."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeVar

from llmgw_report.messages import Sentence, join, say
from llmgw_report.model.finding import Health, InputStatus, Status
from llmgw_report.model.report import Input, Report
from llmgw_report.renderers._view.blocks import Cell, Code, Column, Paragraph, State, Time
from llmgw_report.units import ABSENT, count, moment

Witness = Literal["metrics", "database"]


def empty(report: Report, quantities: tuple[str, ...], witness: Witness, none: str) -> Paragraph:
    """Why there is nothing to show of `quantities`, in the words that the report uses for what is absent.

    A reason given for them comes first, then that `witness`, which alone could have told, was not read;
    only otherwise was it looked for and is not there, which is what `none` says.
    """
    given = (reason for name, reason in absences(report).items() if not set(quantities).isdisjoint(_parts(name)))
    reasons = tuple(dict.fromkeys(given)) or _unread(report, witness)
    return Paragraph(say("Not measured: {reasons}", reasons=join("; ", map(say, reasons))) if reasons else none)


def looked(rows: int | None, *, unknown: str, empty: str, none: str) -> str:
    """Nothing found, and among how many `rows`: of no rows at all it proves nothing."""
    if rows is None:
        return unknown
    return none if rows else empty


def absences(report: Report, *beginnings: str) -> dict[str, str]:
    """What is absent, with its reason; only what begins with one of `beginnings`, if there are any."""
    blind = [(spot.quantity, spot.reason) for spot in report.gateway.blind_spots]
    given = [(entry.quantity, entry.reason) for entry in report.absent]
    return {name: reason for name, reason in blind + given if not beginnings or name.startswith(beginnings)}


def _parts(name: str) -> list[str]:
    """`error patterns, slow requests and trend` is three quantities."""
    return re.split(", | and ", name)


def _unread(report: Report, witness: Witness) -> tuple[str, ...]:
    inputs = [source for source in report.inputs if source.kind == witness]
    if any(source.status == "ok" for source in inputs):
        return ()
    reasons = tuple(source.reason or _input(source) for source in inputs)
    return reasons or (say("no {witness} input was given", witness=say(witness)),)


def _input(source: Input) -> str:
    return say("the {witness} input was {status}", witness=say(source.kind), status=say(source.status))


def by_group(said_of: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """One sentence per thing said, from pairs of a group and what is said of it; "" is nothing.

    What is said of every group stands without their names.
    """
    groups: dict[str, list[str]] = {}
    for group, said in said_of:
        groups.setdefault(said, []).append(group)
    if len(groups) == 1:
        return tuple(Sentence(said) for said in groups if said)
    pairs = ((_names(names), said) for said, names in groups.items() if said)
    return tuple(Sentence(say("{names}: {said}", names=names, said=said), capital=False) for names, said in pairs)


def _names(names: list[str], most: int = 5) -> str:
    shown = join(", ", names[:most])
    return shown if len(names) <= most else say("{names} and {n} more", names=shown, n=len(names) - most)


#: So that a line of characters fits a terminal of 80 columns, indented.
MOST_CHARACTERS_TIME = 72
#: So that a picture still has columns, and the table beside it an end.
MOST_COLUMNS = 288

#: Seconds. A step that is none, or longer than thirty years, has no place on an axis.
_LONGEST = 1e9

_HEIGHTS = "▁▂▃▄▅▆▇█"


def steps(total: int, most: int) -> tuple[list[slice], int]:
    """Slices of neighbours, at most `most` of them, and how many values each holds.

    If they do not come out even, the first holds fewer: a short last one would look like traffic that fell.
    """
    width = -(-total // most) or 1
    short = total % width
    starts = [*([0] if short else []), *range(short, total, width)]
    return [slice(start, end) for start, end in zip(starts, [*starts[1:], total], strict=True)], width


def milliseconds(bucket_seconds: float | None) -> int:
    """The length of a step; 0 if nothing can be drawn in such steps."""
    return round(bucket_seconds * 1000) if bucket_seconds and 0 < bucket_seconds <= _LONGEST else 0


def fold(values: Sequence[int], most: int = MOST_CHARACTERS_TIME) -> tuple[tuple[int, ...], int]:
    """Sums of neighbours, at most `most` of them, and how many values each holds."""
    slices, width = steps(len(values), most)
    return tuple(sum(values[one]) for one in slices), width


def sparkline(values: Sequence[int]) -> str:
    """One character per value, its height a share of the largest; none at all is a dot, not a low bar."""
    top = max(values, default=0)
    return "".join(_height(value, top) for value in values)


def _height(value: int, top: int) -> str:
    return _HEIGHTS[-(-value * len(_HEIGHTS) // top) - 1] if value > 0 else "·"


Row = TypeVar("Row")
Cells = tuple[Cell, ...]

#: A table longer than this is cut, with a line that says so: the whole of it is in the JSON document.
MOST_ROWS = 50
#: Text from a log is cut after this many characters, with a mark that says how many are missing.
MOST_CHARACTERS = 240
#: A picture of more rows than this is no longer looked at; the table beside it goes on.
MOST_BARS = 20

_STATES: Mapping[Status | Health | InputStatus, State] = {
    "pass": State(say("PASS"), "good"),
    "ok": State(say("OK"), "good"),
    "warn": State(say("WARN"), "caution"),
    "degraded": State(say("DEGRADED"), "caution"),
    "fail": State(say("FAIL"), "bad"),
    "down": State(say("DOWN"), "bad"),
    "unavailable": State(say("UNAVAILABLE"), "bad"),
    "unknown": State(say("UNKNOWN"), "muted"),
    "skip": State(say("SKIP"), "muted"),
    "skipped": State(say("SKIPPED"), "muted"),
}


def state(word: Status | Health | InputStatus) -> State:
    """A word of the model with the tone it is said in."""
    return _STATES[word]


def left(*titles: str) -> tuple[Column, ...]:
    """Columns of text."""
    return tuple(Column(say(title)) for title in titles)


def right(*titles: str) -> tuple[Column, ...]:
    """Columns of figures."""
    return tuple(Column(say(title), "right", whole=True) for title in titles)


def whole(*titles: str) -> tuple[Column, ...]:
    """Columns of times and names: what breaks in two is hard to compare with the next row."""
    return tuple(Column(say(title), whole=True) for title in titles)


def said(text: str | None) -> str:
    """Text that may be absent."""
    return text or ABSENT


def code(text: str | None) -> Code | str:
    """Machine-written text that may be absent, cut to a length that a table can hold."""
    return Code(_clip(text)) if text else ABSENT


def time(value: str | None) -> Time | str:
    """An instant that may be absent."""
    said = moment(value)
    return said if value is None or said == value else Time(said, value)


def pairs(fields: Mapping[str, object]) -> str:
    """`name=value`, separated by commas."""
    return ", ".join(f"{name}={value}" for name, value in fields.items())


def cut(rows: Sequence[Row], what: str, limit: int = MOST_ROWS) -> tuple[Sequence[Row], tuple[str, ...]]:
    """The first `limit` rows, and a note if there are more."""
    if len(rows) <= limit:
        return rows, ()
    shown = {"shown": count(limit), "n": count(len(rows)), "what": say(what)}
    note = say("{shown} of {n} {what} shown; the JSON document has all.", **shown)
    return rows[:limit], (note,)


def without_empty(columns: tuple[Column, ...], rows: tuple[Cells, ...]) -> tuple[tuple[Column, ...], tuple[Cells, ...]]:
    """The columns and rows without the columns of text that say nothing in any row."""
    kept = [index for index in range(len(columns)) if any(row[index] != ABSENT for row in rows)]
    return tuple(columns[index] for index in kept), tuple(tuple(row[index] for index in kept) for row in rows)


def _clip(text: str) -> str:
    missing = len(text) - MOST_CHARACTERS
    if missing <= 0:
        return text
    return say("{text} … ({n} more characters)", text=text[:MOST_CHARACTERS], n=count(missing))
