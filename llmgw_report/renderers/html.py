"""One page that needs nothing else: no script, no network, no font."""

from collections.abc import Sequence

from llmgw_report.languages import ENGLISH, Language
from llmgw_report.model.report import Report
from llmgw_report.renderers import _jinja
from llmgw_report.renderers._view import document
from llmgw_report.renderers._visible import visible

EXTENSIONS: tuple[str, ...] = ("html", "htm")

#: Units of the drawing: how wide one bar is with its gap, how wide without, and how high the highest.
STEP, BAR, HEIGHT = 5, 4, 60


def render(report: Report, language: Language = ENGLISH) -> str:
    """The report as one HTML file, ending in a newline."""
    template = _jinja.environment(_finalize).get_template("report.html.j2")
    shown = language.all(document(report))
    return template.render(
        doc=shown, language=language.name, _=language.word, bars=bars, chart_step=STEP, chart_height=HEIGHT
    )


def bars(values: Sequence[int]) -> str:
    """The values as bars, in the language of an SVG path: one path is a tenth of the size of as many rectangles."""
    top = max(values, default=0)
    return "".join(_bar(index * STEP, value / top) for index, value in enumerate(values) if value > 0)


def _bar(left: int, share: float) -> str:
    # A single request among thousands is still a line that can be seen.
    height = max(share * HEIGHT, 1)
    return f"M{left} {HEIGHT}v-{height:.3g}h{BAR}V{HEIGHT}z"


def _finalize(value: object) -> object:
    """Show control characters in data; what is markup already, such as a macro's result, stays."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
