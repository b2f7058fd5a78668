"""Cells and columns that several sections share."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from llmgw_report.model.message import say
from llmgw_report.model.status import Health, InputStatus, Status
from llmgw_report.renderers._view.blocks import Cell, Code, Column, State, Time
from llmgw_report.units import ABSENT, count, moment

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
