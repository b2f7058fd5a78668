"""One file is one format: `md.py` is `--format md`. Modules that begin with an underscore are shared between formats.

Every format module has `render(report) -> str` and `EXTENSIONS`, the file extensions it answers to. A format for people
also takes `language`, a page `css`, one that can be short `brief`, and one for terminals `width`; a format for
programs is in English, whoever asks for it.

A format is safe by default: it gets a report whose every text is printable. A module that encodes every text itself and
needs it as the sources hold it, as JSON does, says so with `EXACT = True`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmgw_report import plugins
from llmgw_report.messages import ENGLISH, Language, Message, map_leaves
from llmgw_report.printable import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmgw_report.config.settings import Templates
    from llmgw_report.model.report import Report


def render(  # noqa: PLR0913 - as many as all formats together take
    report: Report,
    name: str,
    language: Language = ENGLISH,
    css: str = "",
    *,
    brief: bool | None = None,
    width: Callable[[], int] | None = None,
) -> str:
    """The report in the format of that name, in `language`, with the style sheet `css`, and `brief`, where it can be.

    None leaves the length, or the width of the lines, to the format. For most of them nobody looks how wide one may be.
    """
    module = plugins.load("renderers", name)
    taken = module.render.__annotations__
    wide = width() if width and "width" in taken else None
    known = {"language": language, "css": css, "brief": brief, "width": wide}
    options = {option: value for option, value in known.items() if option in taken and value is not None}
    text: str = module.render(report if getattr(module, "EXACT", False) else _printable(report), **options)
    return text


def has_template(name: str, custom: Templates) -> bool:
    """Whether a template of the user's own has a part in a format."""
    if not custom.files and custom.folder is None:
        return False
    from llmgw_report.renderers import _templates  # most runs have no template of their own

    return _templates.wanted(name, custom)


def check_template(name: str, custom: Templates) -> None:
    """UsageError for a template of the user's own that cannot be read or is wrong."""
    from llmgw_report.renderers import _templates  # the same

    _templates.check(name, custom)


def render_template(report: Report, name: str, custom: Templates, language: Language) -> str:
    """The report by the user's template, whose every expression is made safe; UsageError says which line failed."""
    from llmgw_report.renderers import _templates  # the same

    return _templates.render(report, name, custom, language)


def _printable(report: Report) -> Report:
    """The same report with every text in it made visible, keys of tables included; messages can still be translated."""
    safe: Report = map_leaves(report, _visible)
    return safe


def _visible(leaf: object) -> object:
    if isinstance(leaf, Message):
        return leaf if leaf.isprintable() else leaf.map(visible)
    return visible(leaf) if isinstance(leaf, str) else leaf
