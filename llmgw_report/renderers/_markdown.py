"""Data as Markdown: it can neither break a table nor become markup, a link or a mention, and still reads well raw.

What matters to GitHub's dialect is escaped, and only that: the underscore in `claude_sonnet` stays, `_this_` does
not. Bare addresses, mentions and numbers of issues become code, because no escape stops them: GitHub looks for them
in the finished page.
"""

import re
from collections.abc import Callable, Sequence

from msgspec import structs

from llmgw_report.messages import Language, msg
from llmgw_report.printable import visible
from llmgw_report.renderers._view.blocks import Align, Block, Document, Paragraph

#: Cells are padded to the longest of a column, but no further: one long name would double a table of figures.
MAX_PADDED_COLUMNS = 20


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

    An own layout, because importing tabulate takes longer.

    >>> print(laid_out(["Name", "数"], ["left", "right"], [["a", "1,000"]]))
    | Name |    数 |
    |:-----|------:|
    | a    | 1,000 |
    """
    cells = [[cell.strip() for cell in row] for row in rows]
    columns = zip(*cells, strict=True) if cells else ((),) * len(headings)
    widths = [
        max([_width(heading), *(min(_width(cell), MAX_PADDED_COLUMNS) for cell in column)])
        for heading, column in zip(headings, columns, strict=True)
    ]
    rule = "|".join(_rule(size, align) for size, align in zip(widths, aligns, strict=True))
    head, *body = (_line(row, widths, aligns) for row in (headings, *cells))
    return "\n".join((head, f"|{rule}|", *body))


def _line(row: Sequence[str], widths: Sequence[int], aligns: Sequence[Align]) -> str:
    padded = (_padded(cell, size, align) for cell, size, align in zip(row, widths, aligns, strict=True))
    return f"| {' | '.join(padded)} |"


def _padded(cell: str, size: int, align: Align) -> str:
    space = " " * max(0, size - _width(cell))
    return f"{space}{cell}" if align == "right" else f"{cell}{space}"


def _rule(size: int, align: Align) -> str:
    return f"{'-' * (size + 1)}:" if align == "right" else f":{'-' * (size + 1)}"


def fitted(document: Document, render: Callable[[Document], str], limit_bytes: int, language: Language) -> str:
    """The text of the whole document, or of the most of it that is not larger.

    What is left out are whole tables and lists, the largest first, then problems, the least first: half of one would
    read as all of it.
    """
    text = render(document)
    parts = (document.findings, *document.sections)
    places = [(number, index) for number, one in enumerate(parts) for index in range(len(one.blocks))]

    def order(place: tuple[int, int]) -> tuple[bool, int]:
        number, index = place
        return number == 0, -index if number == 0 else -len(repr(parts[number].blocks[index]))

    shorter = list(parts)
    for number, index in sorted(places, key=order):
        if len(text.encode()) <= limit_bytes:
            break
        blocks = list(shorter[number].blocks)
        blocks[index] = Paragraph(language.text(_left_out(blocks[index])))
        shorter[number] = structs.replace(shorter[number], blocks=tuple(blocks))
        text = render(structs.replace(document, findings=shorter[0], sections=tuple(shorter[1:])))
    return text


def _left_out(block: Block) -> str:
    names = (getattr(block, name, "") for name in ("caption", "label", "check"))
    return msg(
        "Left out, because a larger page is rejected where it is shown: {name}. The JSON document has it.",
        name=next(filter(None, names), msg("a paragraph")),
    )


class Markdown(str):
    """Text that is Markdown already."""

    __slots__ = ()

    def __html__(self) -> str:
        """Itself: a template escapes nothing that has this."""
        return self


# Words and what is between them. A pipe is no part of a word: even inside code it ends the cell in some parsers.
_PIECE = r"[^\s|]+|[\s|]+"
# In each of these two a character of a set is first, for which a search looks much faster than for what is around it.
_LINKED = re.compile(
    r"[/:.@#-](?:(?<=/)(?=/\w)|(?<=:)(?=//)|(?<=www\.)|(?<=@)(?=\w)|(?<=mailto:)|(?<=xmpp:)"
    r"|(?<=#)(?<!&#)(?=\d)|(?<=\bgh-)(?=\d))",
    re.IGNORECASE,
)
_SPECIAL = re.compile(
    r"""
    [\\*`<|\[~$_&\#] (?:
      (?<=\\)(?=[!-/:-@\[-`{-~]|\s|\Z)             # a backslash only before what it would take the meaning from
    | (?<=[*`<|\[~$])                               # emphasis, code, HTML, cells, links, strike-through, formulas
    | (?<=_)(?:(?<![^\W_]_)|(?![^\W_]))             # underscores anywhere but inside a word
    | (?<=&)(?=\#?\w+;)                             # entities
    | (?<=\#)(?<![^\s|]\#)(?=\#*(?:[\s|]|\Z))      # hashes alone begin a heading or end it
    )""",
    re.VERBOSE,
)
_BLOCK = re.compile(r"(?:\d{1,9}(?=[.)](?:\s|\Z)))?(?P<marker>[.)>](?=\s|\Z)|>|[-+](?=[\s-]|\Z)|=+\Z)")


def escape(text: str) -> Markdown:
    """`text` inside a line: a cell, a heading, the rest of a list item."""
    shown = visible(text)
    if not _LINKED.search(shown):  # as most texts
        return Markdown(_SPECIAL.sub(r"\\\g<0>", shown))
    return Markdown("".join(map(_piece, re.findall(_PIECE, shown))))


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


def command(text: str) -> Markdown:
    """`text` as a code span that stands in no table: to paste it, nothing in it may be escaped."""
    return _span(visible(text).strip())


def finalize(value: object) -> object:
    """Escape what a template puts out, unless it is Markdown already, as the result of a macro is."""
    return escape(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _piece(text: str) -> str:
    """A word, as code if some parser would link it; brackets and punctuation around an address are no part of it."""
    if not _LINKED.search(text):
        return _SPECIAL.sub(r"\\\g<0>", text)
    opened = "(" if text.startswith("(") else ""
    word = text[len(opened) :].rstrip(f".,:;{')' if opened else ''}")
    return f"{opened}{_span(word)}{text[len(opened) + len(word) :]}"


def _span(text: str) -> Markdown:
    """A code span whose fence is longer than any run of backticks inside."""
    longest = max(map(len, re.findall("`+", text))) if "`" in text else 0
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return Markdown(f"{fence}{pad}{text}{pad}{fence}")
