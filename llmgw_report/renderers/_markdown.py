"""Data as Markdown: it can neither break a table nor become markup, a link or a mention, and still reads well raw.

What matters to GitHub's dialect is escaped, and only that: the underscore in `claude_sonnet` stays, `_this_` does
not. Bare addresses, mentions and numbers of issues become code, because no escape stops them: GitHub looks for them
in the finished page.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from msgspec import structs

from llmgw_report.messages import Language, say
from llmgw_report.printable import visible
from llmgw_report.renderers._view.blocks import Align, Block, Document, Paragraph

#: A heading has this much room to spare.
SPARE = 2


def _width(text: str) -> int:
    """Columns of a terminal that `text` takes: an ideograph takes two.

    >>> _width("FAIL"), _width("失败")
    (4, 4)
    """
    if text.isascii():
        return len(text)
    from unicodedata import east_asian_width  # most reports have no such text

    return sum(2 if east_asian_width(char) in {"W", "F"} else 1 for char in text)


def laid_out(headings: Sequence[str], aligns: Sequence[Align], rows: Sequence[Sequence[str]]) -> str:
    """The lines of the table, without a line end after the last; every cell is Markdown already.

    >>> print(laid_out(["Name", "数"], ["left", "right"], [["a", "1,000"]]))
    | Name   |    数 |
    |:-------|------:|
    | a      | 1,000 |
    """
    cells = [[cell.strip() for cell in row] for row in rows]
    columns = zip(*cells, strict=True) if cells else ((),) * len(headings)
    widths = [
        max([_width(heading) + SPARE, *map(_width, column)]) for heading, column in zip(headings, columns, strict=True)
    ]
    rule = "|".join(_rule(size, align) for size, align in zip(widths, aligns, strict=True))
    head, *body = (_line(row, widths, aligns) for row in (headings, *cells))
    return "\n".join((head, f"|{rule}|", *body))


def _line(row: Sequence[str], widths: Sequence[int], aligns: Sequence[Align]) -> str:
    padded = (_padded(cell, size, align) for cell, size, align in zip(row, widths, aligns, strict=True))
    return f"| {' | '.join(padded)} |"


def _padded(cell: str, size: int, align: Align) -> str:
    space = " " * (size - _width(cell))
    return f"{space}{cell}" if align == "right" else f"{cell}{space}"


def _rule(size: int, align: Align) -> str:
    return f"{'-' * (size + 1)}:" if align == "right" else f":{'-' * (size + 1)}"


Place = tuple[int, int]
"""Number of a section, and of a block in it."""

#: What stands in the place of a block, and a little more.
SENTENCE_BYTES = 300

Render = Callable[[Document], str]


def fitted(document: Document, render: Render, most_bytes: int, language: Language) -> str:
    """The text of the whole document, or of the most of it that is not larger.

    What is left out are whole tables, lists and findings: half of one would read as all of it.
    """
    text = render(document)
    excess = len(text.encode()) - most_bytes
    if excess <= 0:
        return text
    sizes = sorted(((_size(document, place, render), place) for place in _places(document)), reverse=True)
    for size, place in sizes:
        document = _without(document, place, language)
        excess -= size - SENTENCE_BYTES
        if excess <= 0:  # perhaps: each was measured alone, and only the whole can tell
            text = render(document)
            excess = len(text.encode()) - most_bytes
            if excess <= 0:
                break
    return text


def _places(document: Document) -> Iterator[Place]:
    for number, section in enumerate(document.sections):
        yield from ((number, index) for index in range(len(section.blocks)))


def _size(document: Document, place: Place, render: Render) -> int:
    """Bytes of one block, with its section's title."""
    section = document.sections[place[0]]
    alone = structs.replace(section, blocks=(section.blocks[place[1]],))
    empty = structs.replace(document, sections=())
    return len(render(structs.replace(empty, sections=(alone,))).encode()) - len(render(empty).encode())


def _without(document: Document, place: Place, language: Language) -> Document:
    number, index = place
    section = document.sections[number]
    said = Paragraph(language.text(_left_out(section.blocks[index])))
    shorter = structs.replace(section, blocks=(*section.blocks[:index], said, *section.blocks[index + 1 :]))
    sections = (*document.sections[:number], shorter, *document.sections[number + 1 :])
    return structs.replace(document, sections=sections)


def _left_out(block: Block) -> str:
    names = (getattr(block, name, "") for name in ("caption", "label", "title"))
    return say(
        "Left out, because a larger page is refused where it is shown: {name}. The JSON document has it.",
        name=next(filter(None, names), say("a paragraph")),
    )


class Markdown(str):
    """Text that is Markdown already."""

    __slots__ = ()

    def __html__(self) -> str:
        """Itself: a template escapes nothing that has this."""
        return self


# Words and what is between them. A pipe is no part of a word: even inside code it ends the cell in some parsers.
_PIECE = re.compile(r"[^\s|]+|[\s|]+")
_LINKED = re.compile(r"//\w|://|www\.|@\w|mailto:|xmpp:|(?<![\w&])#\d|\w#\d|\bgh-\d", re.IGNORECASE)
_SPECIAL = re.compile(
    r"""
      \\(?=[!-/:-@\[-`{-~]|\Z)          # a backslash only before what it would take the meaning from
    | [*`<|\[~$]                        # emphasis, code, HTML, cells, links and images, strike-through, formulas
    | (?<![^\W_])_ | _(?![^\W_])        # underscores anywhere but inside a word
    | &(?=\#?\w+;)                      # entities
    | \A\#(?=\#*\Z)                     # hashes alone begin a heading or end it
    """,
    re.VERBOSE,
)
_BLOCK = re.compile(r"(?:\d{1,9}(?=[.)](?:\s|\Z)))?(?P<marker>[.)>](?=\s|\Z)|>|[-+](?=[\s-]|\Z)|=+\Z)")


def escape(text: str) -> Markdown:
    """`text` inside a line: a cell, a heading, the rest of a list item."""
    return Markdown("".join(map(_piece, _PIECE.findall(visible(text)))))


def line(text: str) -> Markdown:
    """`text` where a line begins: it does not start a heading, a list, a quotation or a rule either."""
    escaped = escape(text.strip())
    found = _BLOCK.match(escaped)
    if found is None:
        return escaped
    at = found.start("marker")
    return Markdown(f"{escaped[:at]}\\{escaped[at:]}")


def code(text: str) -> Markdown:
    """`text` as a code span, or escaped where a code span cannot hold it in every parser."""
    shown = visible(text).strip()
    return escape(text) if not shown or "|" in shown or "`" in shown else _span(shown)


def finalize(value: object) -> object:
    """Escape what a template puts out, unless it is Markdown already, as the result of a macro is."""
    return escape(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _piece(text: str) -> str:
    return _span(text) if _LINKED.search(text) else _SPECIAL.sub(r"\\\g<0>", text)


def _span(text: str) -> Markdown:
    """A code span whose fence is longer than any run of backticks inside."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return Markdown(f"{fence}{pad}{text}{pad}{fence}")
