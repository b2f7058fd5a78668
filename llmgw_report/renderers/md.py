"""GitHub's Markdown, for terminals, issues, pull requests and step summaries."""

import re
from typing import Any

from llmgw_report.messages import ENGLISH, Language
from llmgw_report.model.report import Report
from llmgw_report.renderers import _markdown, _templates
from llmgw_report.renderers._markdown import fitted, laid_out
from llmgw_report.renderers._view import document
from llmgw_report.renderers._view.blocks import Cell, Code, Document, State, TableBlock, Time, Trace, sparkline
from llmgw_report.units import abbreviated

EXTENSIONS: tuple[str, ...] = ("md", "markdown")

#: `_markdown` makes visible what it escapes; long texts are cut before, by the characters that the sources hold.
EXACT = True

#: GitHub drops a step summary of more than 1 MiB, and a step may write more into it than this.
MAX_BYTES = 1_000_000

finalize = _markdown.finalize


def render(report: Report, language: Language = ENGLISH, *, brief: bool = False) -> str:
    """The report as Markdown, ending in a newline; a `brief` one is what a comment or a mail needs."""
    template = _templates.environment(finalize).get_template("report.md.j2")
    shown = context(report, language, brief=brief)

    def text(doc: Document) -> str:
        return tidy(template.render({**shown, "doc": doc}))

    return fitted(shown["doc"], text, MAX_BYTES, language)


def context(report: Report, language: Language, _css: str = "", *, brief: bool = False) -> dict[str, Any]:
    """What the template shows and what it calls."""
    return {"doc": language.all(document(report, brief=brief)), "_": language.word, **_LOOKS}


def tidy(text: str) -> str:
    """Without the blank lines that a template leaves."""
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _cell(cell: Cell) -> _markdown.Markdown:
    if isinstance(cell, Code):
        return _markdown.code(cell.text)
    if isinstance(cell, State):
        return _markdown.Markdown(f"**{_markdown.escape(cell.word)}**")
    if isinstance(cell, Trace):
        return _markdown.Markdown(sparkline(cell.values))
    return _markdown.escape(cell.text if isinstance(cell, Time) else abbreviated(cell))


def _table(table: TableBlock) -> _markdown.Markdown:
    rows = [[_cell(cell) for cell in row] for row in table.rows]
    if table.total:
        rows.append([_bold(_cell(cell)) for cell in table.total])
    headings = [_markdown.escape(column.title) for column in table.columns]
    return _markdown.Markdown(laid_out(headings, [column.align for column in table.columns], rows))


def _bold(text: str) -> _markdown.Markdown:
    """The text in bold; "" stays as it is, because Markdown shows four stars for it."""
    return _markdown.Markdown(f"**{text}**" if text else "")


# Handed to the template, not registered as filters: those would have to be there when it is compiled.
_LOOKS = {
    "cell": _cell,
    "code": _markdown.code,
    "command": _markdown.command,
    "line": _markdown.line,
    "sparkline": sparkline,
    "table": _table,
}
