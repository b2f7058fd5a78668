"""One file is one format: `md.py` is `--format md`. Modules that begin with an underscore are shared between formats.

Every format module has `render(report) -> str` and `EXTENSIONS`, the file extensions it answers to. A format for people
also takes `language`, a page `css`; a format for programs is in English, whoever asks for it.

A format is safe by default: it gets a report whose every text is printable. A module that encodes every text itself and
needs it as the sources hold it, as JSON does, says so with `EXACT = True`.
"""

from llmgw_report import plugins
from llmgw_report.messages import ENGLISH, Language, Message, map_leaves
from llmgw_report.model.report import Report
from llmgw_report.printable import visible


def render(report: Report, name: str, language: Language = ENGLISH, css: str = "") -> str:
    """The report in the format of that name, in `language` and with the style sheet `css` where it knows of them."""
    module = plugins.load("renderers", name)
    known = {"language": language, "css": css}
    options = {option: value for option, value in known.items() if option in module.render.__annotations__}
    text: str = module.render(report if getattr(module, "EXACT", False) else _printable(report), **options)
    return text


def _printable(report: Report) -> Report:
    """The same report with every text in it made visible, keys of tables included; messages can still be translated."""
    safe: Report = map_leaves(report, _visible)
    return safe


def _visible(leaf: object) -> object:
    if isinstance(leaf, Message):
        return leaf if leaf.isprintable() else leaf.map(visible)
    return visible(leaf) if isinstance(leaf, str) else leaf
