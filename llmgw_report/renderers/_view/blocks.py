"""What a report is made of once its columns and its numbers are settled; a format only decides how each looks.

`kind` names a block to the templates. Every string is data: a format escapes all of them.
"""

from typing import ClassVar, Literal

from msgspec import Struct

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


Cell = str | State | Code


class Column(Struct, frozen=True):
    """A column's heading, and the side its cells stand on: figures on the right. `whole` cells do not wrap."""

    title: str
    align: Align = "left"
    whole: bool = False


class Paragraph(Struct, frozen=True):
    """One sentence or more. `muted` is for what qualifies a figure rather than being one."""

    text: str
    muted: bool = False
    kind: ClassVar[str] = "paragraph"


class Facts(Struct, frozen=True):
    """Names and what they are, one per line."""

    rows: tuple[tuple[str, Cell], ...]
    kind: ClassVar[str] = "facts"


class Items(Struct, frozen=True):
    """Sentences, one per line, under a label."""

    label: str
    rows: tuple[str, ...]
    kind: ClassVar[str] = "items"


class Table(Struct, frozen=True):
    """At least one row, each as long as `columns`. `total` is the last row; `notes` qualify the figures."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None
    notes: tuple[str, ...] = ()
    kind: ClassVar[str] = "table"


class Spark(Struct, frozen=True):
    """A count per interval. `values` has one per bucket, `folded` one per character of a single line.

    `summary` says minimum, maximum and sum in words, `fold` what one character stands for.
    """

    caption: str
    values: tuple[int, ...]
    folded: tuple[int, ...]
    summary: str
    fold: str
    first: str
    last: str
    kind: ClassVar[str] = "spark"


class FindingBlock(Struct, frozen=True):
    """One finding in full; `judged` is what was compared with what, `derived` are the findings that follow from it."""

    state: State
    title: str
    check: str
    subject: str
    seen: str
    why: str
    do: str
    judged: str
    reason: str | None = None
    derived: tuple["FindingBlock", ...] = ()
    kind: ClassVar[str] = "finding"


Block = Paragraph | Facts | Items | Table | Spark | FindingBlock


class Section(Struct, frozen=True):
    """A heading with what stands under it."""

    title: str
    anchor: str
    blocks: tuple[Block, ...]


class Document(Struct, frozen=True):
    """The whole report: its verdict first, then `lead`, which has no title, then the sections in reading order."""

    title: str
    subject: str
    verdict: State
    reason: str
    lead: Section
    sections: tuple[Section, ...]
    footer: str
