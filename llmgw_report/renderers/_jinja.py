"""The template environments, and the place that imports jinja2."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from llmgw_report import resources

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import BaseLoader, Environment
    from jinja2.sandbox import SandboxedEnvironment

#: Formats whose markup is escaped, and in which the result of a macro is known from data.
_MARKUP = ("html", "md")
#: Elements of a list or a text that is made by repetition, and the largest exponent.
_LONGEST, _HIGHEST = 1_000_000, 64


@cache  # a document is rendered twice, and a checkout compiles its templates
def environment(finalize: Callable[[object], object]) -> Environment:
    """The environment in which every expression of a template goes through `finalize` before it is text.

    HTML is escaped as well; an undefined name is an error.
    """
    # Imported here: it takes as long as everything else that JSON needs.
    from jinja2 import Environment, select_autoescape

    return Environment(
        loader=_loader(),
        finalize=finalize,
        # Markdown as well: only then is the result of a macro known from data, and `finalize` leaves nothing to escape.
        # It looks at the end of the name: plain "html" would leave "html.j2" unescaped.
        autoescape=select_autoescape(tuple(f"{name}.j2" for name in _MARKUP), default_for_string=False),
        **_options(),
    )


def sandbox(name: str, loader: BaseLoader, finalize: Callable[[object], object]) -> SandboxedEnvironment:
    """The same for templates of the user's own in one format: nothing of Python is reached, nothing grows endlessly."""
    from jinja2 import pass_context
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Sandbox(ImmutableSandboxedEnvironment):
        """Repetition and powers within bounds: one of them could fill the memory before a deadline comes."""

        intercepted_binops = frozenset({"*", "**"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401 - any values
            if operator == "**" and abs(right) > _HIGHEST:
                message = f"an exponent of more than {_HIGHEST}"
                raise OverflowError(message)
            if operator == "*" and _length(left) * _times(right) + _length(right) * _times(left) > _LONGEST:
                message = f"a repetition of more than {_LONGEST} elements"
                raise OverflowError(message)
            return super().call_binop(context, operator, left, right)

    # What has a context is not computed where it is compiled: no deadline is kept there, and its error would be lost.
    @pass_context
    def late(_context: object, value: object) -> object:
        return finalize(value)

    found = Sandbox(loader=loader, finalize=late, autoescape=name in _MARKUP, optimized=False, **_options())
    found.filters |= _figures()
    return found


def _figures() -> dict[str, Callable[..., object]]:
    """What a template of the user's own may call figures by."""
    from llmgw_report import units  # a build compiles our templates without it

    return {
        "seconds": units.seconds,
        "ratio": units.ratio,
        "number": units.count,
        "bytes": units.byte_size,
        "usd": units.usd,
        "moment": units.moment,
    }


def _options() -> dict[str, Any]:
    from jinja2 import StrictUndefined

    return {
        "undefined": StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "keep_trailing_newline": True,
    }


def _length(value: object) -> int:
    return len(value) if isinstance(value, (str, list, tuple)) else 0


def _times(value: object) -> int:
    return max(0, value) if isinstance(value, int) else 0


def _loader() -> BaseLoader:
    from jinja2 import FileSystemLoader, ModuleLoader

    compiled = resources.compiled_templates()
    return FileSystemLoader(resources.templates()) if compiled is None else ModuleLoader(compiled)
