"""The one template environment, and the only place that imports jinja2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmgw_report import resources

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import BaseLoader, Environment


def environment(finalize: Callable[[object], object]) -> Environment:
    """The environment in which every expression of a template goes through `finalize` before it is text.

    HTML is escaped as well; an undefined name is an error.
    """
    # Imported here: it takes as long as everything else that JSON needs.
    from jinja2 import Environment, StrictUndefined, select_autoescape

    return Environment(
        loader=_loader(),
        finalize=finalize,
        undefined=StrictUndefined,
        # Markdown as well: only then is the result of a macro known from data, and `finalize` leaves nothing to escape.
        # It looks at the end of the name: plain "html" would leave "html.j2" unescaped.
        autoescape=select_autoescape(("html.j2", "md.j2"), default_for_string=False),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _loader() -> BaseLoader:
    from jinja2 import FileSystemLoader, ModuleLoader

    compiled = resources.compiled_templates()
    return FileSystemLoader(resources.templates()) if compiled is None else ModuleLoader(compiled)
