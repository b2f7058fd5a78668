"""GitHub's Markdown, for terminals, issues and step summaries."""

import re
from collections.abc import Sequence

from llmgw_report.languages import ENGLISH, Language
from llmgw_report.model.report import Report
from llmgw_report.renderers import _jinja, _markdown
from llmgw_report.renderers._view import document
from llmgw_report.renderers._view.blocks import Cell, Code, Column, State, Table

EXTENSIONS: tuple[str, ...] = ("md", "markdown")

_BARS = "▁▂▃▄▅▆▇█"


def render(report: Report, language: Language = ENGLISH) -> str:
    """The report as Markdown, ending in a newline."""
    template = _jinja.environment(_markdown.finalize).get_template("report.md.j2")
    text = template.render(doc=language.all(document(report)), _=language.word, **_LOOKS)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def sparkline(values: Sequence[int]) -> _markdown.Markdown:
    """One character per value, its height a share of the largest; none at all is a dot, not a low bar."""
    top = max(values, default=0)
    return _markdown.Markdown("".join(_bar(value, top) for value in values))


def _bar(value: int, top: int) -> str:
    return _BARS[-(-value * len(_BARS) // top) - 1] if value > 0 else "·"


def _cell(cell: Cell) -> _markdown.Markdown:
    if isinstance(cell, Code):
        return _markdown.code(cell.text)
    if isinstance(cell, State):
        return _markdown.Markdown(f"**{_markdown.escape(cell.word)}**")
    return _markdown.escape(cell)


def _table(table: Table) -> _markdown.Markdown:
    # Imported here: no other format lays out a table as text, and it asks the metadata of all packages.
    from tabulate import tabulate

    rows = [[_cell(cell) for cell in row] for row in table.rows]
    if table.total:
        rows.append([_markdown.Markdown(f"**{_cell(cell)}**") for cell in table.total])
    text = tabulate(
        rows,
        headers=[_header(column) for column in table.columns],
        tablefmt="pipe",
        colalign=[column.align for column in table.columns],
        # It would round figures that are settled, and drop the zeros that they end in.
        disable_numparse=True,
    )
    return _markdown.Markdown(text)


def _header(column: Column) -> str:
    return _markdown.escape(column.title)


# Handed to the template, not registered as filters: those would have to be there when it is compiled.
_LOOKS = {"cell": _cell, "code": _markdown.code, "line": _markdown.line, "sparkline": sparkline, "table": _table}
