"""Pictures of figures as SVG that stands in a page: one module per kind of drawing, which has its name.

Every module has `draw(drawing, name, translate) -> Picture` and `legend(drawing)`; `translate` puts a figure into the
language of the page. Across, a picture is measured in per cent, so that it is as wide as its place and its text stays
as large as that of the page; down, in pixels. Colours are attributes, which hold where a policy takes all styles away;
the page's style sheet, where it may, replaces them by those of light, dark and print by class.
"""

from importlib import import_module
from types import ModuleType

from llmgw_report.renderers._charts import svg
from llmgw_report.renderers._view.blocks import Drawing


def draw(drawing: Drawing, name: str, translate: svg.Translate = str) -> str:
    """One `<svg>`, labelled by the elements `{name}-title` and `{name}-summary` of the page; `name` is its own id."""
    picture = _module(drawing).draw(drawing, name, translate)
    label = f"{name}-title {name}-summary"
    return svg.tag(
        "svg", picture.content, id=name, role="img", aria_labelledby=label, width="100%", height=picture.height
    )


def legend(drawing: Drawing) -> list[tuple[str, str]]:
    """Small pictures of what is drawn, each with its name; none if a single thing is drawn."""
    found: list[tuple[str, str]] = _module(drawing).legend(drawing)
    return found


def _module(drawing: Drawing) -> ModuleType:
    return import_module(f"{__name__}.{drawing.kind}")
