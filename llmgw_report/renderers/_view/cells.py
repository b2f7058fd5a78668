"""Tables, cells and absences that several sections share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from msgspec import Struct

from llmgw_report.messages import Sentence, join, msg
from llmgw_report.model.finding import Health, InputStatus, Status
from llmgw_report.model.report import Input, Report, Source
from llmgw_report.renderers._view.blocks import Align, Cell, Code, Heading, Paragraph, State, TableBlock, Time
from llmgw_report.units import ABSENT, clock, count, few, moment

Row = TypeVar("Row")

#: A table longer than this is cut, with a line that says so: the whole of it is in the JSON document.
MAX_TABLE_ROWS = 50
#: Groups that a remark names.
_MOST_GROUPS = 5
#: Text from a log is cut after this many characters, with a mark that says how many are missing.
MAX_TEXT_CHARACTERS = 240
#: A picture of more rows than this is not looked at any more; the table beside it goes on.
MAX_PICTURE_ROWS = 20
#: So that a picture still has columns, and the table beside it an end.
MAX_PICTURE_BUCKETS = 288
#: So that a line of characters fits a terminal of 80 columns, indented.
SPARK_CHARACTERS = 72
#: A step that is none, or longer than thirty years, has no place on an axis.
_MAX_STEP_SECONDS = 1e9


class Column(Struct, Generic[Row], frozen=True):
    """A column of a table: its heading, and what stands under it for each row."""

    title: str
    cell: Callable[[Row], Cell]
    align: Align = "left"
    whole: bool = False


def column(title: str, cell: Callable[[Row], Cell]) -> Column[Row]:
    """A column of text; its title is our own and can be translated, unlike that of a bare `Column`."""
    return Column(msg(title), cell)


def number(title: str, cell: Callable[[Row], Cell]) -> Column[Row]:
    """A column of figures."""
    return Column(msg(title), cell, "right", whole=True)


def whole(title: str, cell: Callable[[Row], Cell]) -> Column[Row]:
    """A column of times or names: what breaks in two is hard to compare with the next row."""
    return Column(msg(title), cell, whole=True)


def table(  # noqa: PLR0913 - a table has as many parts, and most tables need four
    caption: str,
    rows: Sequence[Row],
    columns: Sequence[Column[Row]],
    noun: str = "",
    *,
    limit: int = MAX_TABLE_ROWS,
    of: int | None = None,
    total: Row | None = None,
    notes: Iterable[str] = (),
    sparse: bool = False,
) -> TableBlock:
    """The table of at least one row, cut after `limit` rows where a `noun` says what they are.

    `of`: how many rows there would be if the report held all of them. `sparse`: without the columns of text that say
    nothing in any row.
    """
    shown, cut_notes = cut(rows, noun, limit, of) if noun else (rows, ())
    cells = [tuple(column.cell(row) for column in columns) for row in shown]
    kept = [index for index in range(len(columns)) if not sparse or any(row[index] != ABSENT for row in cells)]
    return TableBlock(
        caption,
        tuple(Heading(columns[index].title, columns[index].align, columns[index].whole) for index in kept),
        tuple(tuple(row[index] for index in kept) for row in cells),
        None if total is None else tuple(columns[index].cell(total) for index in kept),
        (*cut_notes, *notes),
    )


def cut(
    rows: Sequence[Row], noun: str, limit: int = MAX_TABLE_ROWS, of: int | None = None
) -> tuple[Sequence[Row], tuple[str, ...]]:
    """The first `limit` rows, and a note if there are more, here or only where the report took them from."""
    shown = {"shown": count(min(limit, len(rows))), "what": msg(noun)}
    if of is not None and of > len(rows):
        return rows[:limit], (msg("{shown} of {n} {what} shown.", **shown, n=count(of)),)
    if len(rows) <= limit:
        return rows, ()
    return rows[:limit], (msg("{shown} of {n} {what} shown; the JSON document has all.", **shown, n=count(len(rows))),)


def not_measured(report: Report, quantities: tuple[str, ...], source: Source, none: str) -> Paragraph:
    """Why there is nothing to show of `quantities`, in the words that the report uses for what is absent.

    A reason given for them comes first, then that `source`, which alone records them, was not read; `none` is said
    only where it was read and holds none.
    """
    given = (reason for name, reason in absences(report).items() if not set(quantities).isdisjoint(_parts(name)))
    reasons = tuple(dict.fromkeys(given)) or _unread(report, source)
    if not reasons:
        return Paragraph(none)
    why = join("; ", map(msg, reasons))
    return Paragraph(msg("Not measured: {reasons}", reasons=why), absent=why)


def none_found(rows: int | None, *, unknown: str, empty: str, none: str) -> str:
    """The text for a search that found nothing among `rows`: of no rows at all it proves nothing."""
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
    return [part for parts in name.split(", ") for part in parts.split(" and ")]


def _unread(report: Report, kind: Source) -> tuple[str, ...]:
    inputs = [source for source in report.inputs if source.source == kind]
    if any(source.status == "ok" for source in inputs):
        return ()
    reasons = tuple(source.reason or _state_of(source) for source in inputs)
    return reasons or (msg("no {source} input was given", source=msg(kind)),)


def _state_of(source: Input) -> str:
    return msg("the {source} input was {status}", source=msg(source.kind), status=msg(source.status))


def by_group(remarks: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """One sentence per remark, from pairs of a group and a remark on it; "" is none.

    A remark on every group stands without their names.
    """
    groups: dict[str, list[str]] = {}
    for group, remark in remarks:
        groups.setdefault(remark, []).append(group)
    if len(groups) == 1:
        return tuple(Sentence(remark) for remark in groups if remark)
    pairs = ((few(names, _MOST_GROUPS), remark) for remark, names in groups.items() if remark)
    return tuple(Sentence(msg("{names}: {said}", names=names, said=remark), capital=False) for names, remark in pairs)


def steps(total: int, limit: int) -> tuple[list[slice], int]:
    """Slices of neighbours, at most `limit` of them, and how many values each holds.

    If they do not come out even, the first holds fewer: a short last one would look like traffic that fell.
    """
    width = -(-total // limit) or 1
    short = total % width
    starts = [*([0] if short else []), *range(short, total, width)]
    return [slice(start, end) for start, end in zip(starts, [*starts[1:], total], strict=True)], width


def milliseconds(bucket_seconds: float | None) -> int:
    """The length of a step; 0 if nothing can be drawn in such steps."""
    return round(bucket_seconds * 1000) if bucket_seconds and 0 < bucket_seconds <= _MAX_STEP_SECONDS else 0


def fold(values: Sequence[int], limit: int = SPARK_CHARACTERS) -> tuple[tuple[int, ...], int]:
    """Sums of neighbours, at most `limit` of them, and how many values each holds."""
    slices, width = steps(len(values), limit)
    return tuple(sum(values[neighbours]) for neighbours in slices), width


_STATES: Mapping[Status | Health | InputStatus, State] = {
    "pass": State(msg("PASS"), "good"),
    "ok": State(msg("OK"), "good"),
    "warn": State(msg("WARN"), "caution"),
    "degraded": State(msg("DEGRADED"), "caution"),
    "fail": State(msg("FAIL"), "bad"),
    "down": State(msg("DOWN"), "bad"),
    "unavailable": State(msg("UNAVAILABLE"), "bad"),
    "unknown": State(msg("UNKNOWN"), "muted"),
    "skip": State(msg("SKIP"), "muted"),
    "info": State(msg("INFO"), "muted"),
    "skipped": State(msg("SKIPPED"), "muted"),
}


def state(word: Status | Health | InputStatus) -> State:
    """A word of the model with its tone."""
    return _STATES[word]


def optional(text: str | None) -> str:
    """Text that may be absent."""
    return text or ABSENT


def code(text: str | None) -> Code | str:
    """Machine-written text that may be absent, cut to a length that a table can hold."""
    if not text:
        return ABSENT
    missing = len(text) - MAX_TEXT_CHARACTERS
    if missing <= 0:
        return Code(text)
    return Code(msg("{text} … ({n} more characters)", text=text[:MAX_TEXT_CHARACTERS], n=count(missing)))


def time(value: str | None) -> Time | str:
    """An instant that may be absent."""
    text = moment(value)
    return text if value is None or text == value else Time(text, value)


def short_time(value: str | None, report: Report) -> Time | str:
    """An instant in a table whose caption has the zone and the day."""
    text = clock(value, report.at)
    return text if value is None or text == value else Time(text, value)


def zone(report: Report) -> str:
    """The zone of short times, and the day of those without a date."""
    return msg("UTC, {day}", day=report.at[:10])


def pairs(fields: Mapping[str, object]) -> str:
    """`name=value`, separated by commas."""
    return ", ".join(f"{name}={value}" for name, value in fields.items())
