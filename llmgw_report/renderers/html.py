"""One page that needs nothing else: no script, no network, no font."""

import re
from base64 import b64encode
from functools import cache, partial

import msgspec
from markupsafe import Markup, escape

from llmgw_report.messages import ENGLISH, Language, plain
from llmgw_report.model.report import Report
from llmgw_report.printable import finalize, visible
from llmgw_report.renderers import _charts, _templates
from llmgw_report.renderers._view import document
from llmgw_report.renderers._view.blocks import Drawing, Heading, sparkline
from llmgw_report.units import abbreviated

EXTENSIONS: tuple[str, ...] = ("html", "htm")

#: It carries the JSON document as it is; `finalize` makes visible what the page itself shows.
EXACT = True

#: What stands between a figure and its unit.
_FIGURES = re.compile(r" (?<=\d )(?=(?:ns|µs|ms|s|min|h|d|B|[KMG]iB|×)(?!\w))")
#: Bytes of a JSON document that a page still carries. A page that is slow to open is not opened.
MAX_CARRIED_BYTES = 192 * 1024


def render(report: Report, language: Language = ENGLISH, css: str = "") -> str:
    """The report as one HTML file, ending in a newline; `css` is the user's own and comes after ours."""
    return _templates.environment(finalize).get_template("report.html.j2").render(context(report, language, css))


def context(report: Report, language: Language, css: str = "") -> dict[str, object]:
    """What the template shows and what it calls."""
    return {
        "doc": language.all(document(report)),
        "_": language.word,
        "language": language.name,
        "chart": partial(_chart, language),
        "legend": _legend,
        "sparkline": sparkline,
        "whole": _whole,
        "named": _named,
        "placed": _placed,
        "json": _carried(report),
        "css": Markup(css.replace("</", "<\\/")),  # noqa: S704 - in CSS the same, and no end of the element
    }


def _whole(text: str) -> Markup:
    """The text, in which no line ends between a figure and its unit."""
    escaped = str(escape(visible(text)))
    return Markup(_FIGURES.sub("&nbsp;", escaped))  # noqa: S704 - it has just been escaped


def _named(text: str) -> Markup:
    """The text of a cell, its long names cut; the whole of it shows where a pointer rests."""
    short = abbreviated(text)
    if short == text:
        return _whole(text)
    return Markup('<span title="{}">{}</span>').format(visible(text), _whole(short))


@cache  # every row has the same columns
def _placed(column: Heading) -> Markup:
    """The attributes of a cell by its column."""
    looks = f"{column.align} whole" if column.whole else column.align
    return Markup('class="{}" data-label="{}"').format(looks, visible(column.title))


def _chart(language: Language, drawing: Drawing, name: str) -> Markup:
    return Markup(_charts.draw(drawing, name, language.text))  # noqa: S704 - it escapes every text of its own


def _legend(drawing: Drawing) -> list[tuple[Markup, str]]:
    return [(Markup(picture), name) for picture, name in _charts.legend(drawing)]  # noqa: S704 - the same


def _carried(report: Report) -> str | None:
    """The document as the address of a link that saves it; None if it is too large for the page.

    Once, not beside a second copy in a script element: a program decodes the link as a browser does.
    """
    document = msgspec.json.encode(report, enc_hook=plain)
    if len(document) > MAX_CARRIED_BYTES:
        return None
    return f"data:application/json;base64,{b64encode(document).decode()}"
