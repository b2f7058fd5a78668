r"""Data as Markdown: it can neither break a table nor become markup, a link or a mention, and still reads well raw.

What matters to GitHub's dialect is escaped, and only that: the underscore in `claude_sonnet` stays, `_this_` does
not. Bare addresses, mentions and numbers of issues become code, because no escape stops them: GitHub looks for them
in the finished page.
"""

import re

from llmgw_report.renderers._visible import visible


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
