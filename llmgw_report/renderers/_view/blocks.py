"""What a report is made of once its columns and its numbers are settled; a format only decides how each looks.

`kind` names a block to the templates. Every string is data: a format escapes all of them.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from msgspec import Struct, structs

#: Of what failed, and of what nobody knows whether it did.
Hue = Literal["main", "bad", "unknown"]
Dashes = Literal["solid", "dashed", "dotted"]


class Series(Struct, frozen=True):
    """One value per bucket, under a name for the legend."""

    name: str
    values: tuple[int | None, ...]
    hue: Hue = "main"


class Panel(Struct, frozen=True):
    """Series on top of one another, the first at the bottom; `label` is the axis of values with its unit."""

    label: str
    series: tuple[Series, ...]


class Curve(Struct, frozen=True):
    """One duration in seconds per bucket, None where it is not known."""

    name: str
    values: tuple[float | None, ...]
    dashes: Dashes = "solid"


class Curves(Struct, frozen=True):
    """Curves that share a scale; `note` is what to know of all of them."""

    label: str
    series: tuple[Curve, ...]
    note: str = ""


class Gap(Struct, frozen=True):
    """From one bucket up to another, both counted from 0: a stretch that nothing is known of."""

    since: float
    until: float


class Columns(Struct, frozen=True):
    """Panels above one axis of time, which begins at `since_ms` since the epoch; all are equally long."""

    panels: tuple[Panel | Curves, ...]
    since_ms: int
    bucket_ms: int
    axis: str
    gaps: tuple[Gap, ...] = ()
    gap_label: str = ""
    kind: ClassVar[str] = "columns"


class HeatRow(Struct, frozen=True):
    label: str
    counts: tuple[int, ...]


class Heat(Struct, frozen=True):
    """How many fall between two bounds: the darker, the more of the row. As many `bounds`, all upper, as counts."""

    rows: tuple[HeatRow, ...]
    bounds: tuple[str, ...]
    axis: str
    kind: ClassVar[str] = "heat"


class StripRow(Struct, frozen=True):
    """A level for each step: 0 is none, None a step in which nothing happened. `figure` stands beside the label."""

    label: str
    figure: str
    levels: tuple[int | None, ...]


class Strips(Struct, frozen=True):
    """Rows of cells above one axis of time: the fuller and redder a cell, the higher its level.

    `names` are those of the levels, from 0 on; `nothing` is that of an empty step.
    """

    rows: tuple[StripRow, ...]
    since_ms: int
    step_ms: int
    names: tuple[str, ...]
    nothing: str
    axis: str
    kind: ClassVar[str] = "strips"


Drawing = Columns | Heat | Strips


Tone = Literal["good", "caution", "bad", "muted"]
Align = Literal["left", "right"]


class State(Struct, frozen=True):
    """How something is: the word says it, the tone only repeats it."""

    word: str
    tone: Tone
    kind: ClassVar[str] = "state"


class Code(Struct, frozen=True):
    """Text that a machine wrote: an id, a path, a log message."""

    text: str
    kind: ClassVar[str] = "code"


class Time(Struct, frozen=True):
    """An instant: `text` is how it reads, `iso` what a program reads."""

    text: str
    iso: str
    kind: ClassVar[str] = "time"


class Trace(Struct, frozen=True):
    """Counts over time that fit a cell."""

    values: tuple[int, ...]
    kind: ClassVar[str] = "trace"


Cell = str | State | Code | Time | Trace


class Heading(Struct, frozen=True):
    """The head of a column, and the side its cells stand on: figures on the right. `whole` cells do not wrap."""

    title: str
    align: Align = "left"
    whole: bool = False


class Paragraph(Struct, frozen=True):
    """One sentence or more. `muted` is for what qualifies a figure rather than being one.

    `absent` is why there is nothing to show, where the sentence says that.
    """

    text: str
    muted: bool = False
    absent: str = ""
    kind: ClassVar[str] = "paragraph"


class FactsBlock(Struct, frozen=True):
    """Names and what they are, one per line."""

    rows: tuple[tuple[str, Cell], ...]
    kind: ClassVar[str] = "facts"


class Items(Struct, frozen=True):
    """Sentences, one per line, under a label."""

    label: str
    rows: tuple[str, ...]
    kind: ClassVar[str] = "items"


class TableBlock(Struct, frozen=True):
    """At least one row, each as long as `columns`. `total` is the last row; `notes` qualify the figures."""

    caption: str
    columns: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None
    notes: tuple[str, ...] = ()
    kind: ClassVar[str] = "table"

    def without_traces(self) -> "TableBlock":
        """The same figures without small pictures of them, for where a large one stands."""
        kept = [
            place
            for place in range(len(self.columns))
            if not any(isinstance(cells[place], Trace) for cells in self.rows)
        ]
        return structs.replace(
            self,
            columns=tuple(self.columns[place] for place in kept),
            rows=tuple(tuple(cells[place] for place in kept) for cells in self.rows),
            total=self.total and tuple(self.total[place] for place in kept),
        )


_HEIGHTS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[int]) -> str:
    """One character per value, as high as its part of the largest; 0 is a dot, not a low bar."""
    top = max(values, default=0)
    return "".join(_HEIGHTS[-(-value * len(_HEIGHTS) // top) - 1] if value > 0 else "·" for value in values)


class Spark(Struct, frozen=True):
    """A line of characters, one per value; `note` says what one of them stands for."""

    label: str
    values: tuple[int, ...]
    note: str


class Chart(Struct, frozen=True):
    """Figures as a picture, and the table of the same figures.

    `summary` says in words what the picture shows, and `point` what it shows beyond that: whoever sees it needs no
    words for it. `sparks` is the picture of a format that has only characters;
    where there is none, such a format shows the table, or nothing of what is worth a picture alone.
    """

    caption: str
    drawing: Drawing
    summary: str
    table: TableBlock
    sparks: tuple[Spark, ...] = ()
    picture_only: bool = False
    point: str = ""
    kind: ClassVar[str] = "chart"


class FindingBlock(Struct, frozen=True):
    """One finding in full: `problem` is its sentence, with since when, and `more` what qualifies that.

    `measured` is the figure with its threshold, `evidence` what shows it again or `elsewhere` where that stands,
    `derived` the first findings that follow of `followers`, `left` how many more, `theirs` where their evidence stands.
    """

    state: State
    problem: str
    check: str
    subject: str
    more: str
    why: str
    do: str
    measured: str
    reason: str | None = None
    evidence: str | None = None
    elsewhere: str = ""
    derived: tuple["FindingBlock", ...] = ()
    followers: str = ""
    left: str = ""
    theirs: str = ""
    kind: ClassVar[str] = "finding"


Block = Paragraph | FactsBlock | Items | TableBlock | Chart | FindingBlock


class Section(Struct, frozen=True):
    """A heading with what stands under it. `evidence`: read by those who doubt the rest, so it may be folded away."""

    title: str
    anchor: str
    blocks: tuple[Block, ...]
    evidence: bool = False


class Figure(Struct, frozen=True):
    """One key figure: what it is, how much, and what qualifies it."""

    label: str
    value: str
    note: str
    tone: Tone = "muted"


class FigureRow(Struct, frozen=True):
    """Key figures of one time; `label` says which."""

    label: str
    figures: tuple[Figure, ...]


class Document(Struct, frozen=True):
    """The whole report: its verdict first, then what is wrong, then the sections in reading order.

    `headline` is the verdict in one sentence, `subject` which gateway it is of and where, `lines` the instant with the
    window, and the tally of the checks. A `brief` document has the sections alone that the problems need.
    """

    title: str
    headline: str
    subject: str
    verdict: State
    lines: tuple[str, ...]
    figures: tuple[FigureRow, ...]
    findings: Section
    sections: tuple[Section, ...]
    footer: str
    brief: bool = False
