"""The template environments, and the place that imports jinja2."""

from __future__ import annotations

from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from llmgw_report import installation, plugins, resources
from llmgw_report.config.settings import READERS, Templates
from llmgw_report.errors import InstallationError, UsageError, lack_of_memory
from llmgw_report.messages import plain
from llmgw_report.printable import finalize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableMapping

    from jinja2 import BaseLoader, Environment, Template
    from jinja2.sandbox import SandboxedEnvironment

    from llmgw_report.messages import Language
    from llmgw_report.model.report import Report


#: Formats whose markup is escaped, and in which the result of a macro is known from data.
_MARKUP = ("html", "md")
#: How the names of templates end.
_EXTENSIONS = ("css", "j2")
#: Elements of a list or a text that is made by repetition, and the largest exponent.
_MAX_ELEMENTS, _MAX_EXPONENT = 1_000_000, 64


@cache  # a checkout compiles its templates
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
    """The sandbox for the user's templates of one format: without access to Python, with limits on size."""
    from jinja2 import pass_context
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Sandbox(ImmutableSandboxedEnvironment):
        """Repetition and powers within bounds: one of them could fill the memory before a deadline comes."""

        intercepted_binops = frozenset({"*", "**"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401 - any values
            if operator == "**" and abs(right) > _MAX_EXPONENT:
                message = f"an exponent of more than {_MAX_EXPONENT}"
                raise OverflowError(message)
            if operator == "*" and _length(left) * _times(right) + _length(right) * _times(left) > _MAX_ELEMENTS:
                message = f"a repetition of more than {_MAX_ELEMENTS} elements"
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
    """The functions that a user's template may format figures with."""
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
    """Our templates: as Python modules where a wheel has them, else as they are written."""
    from jinja2 import BaseLoader, FileSystemLoader

    compiled = resources.compiled()
    if compiled is None:
        return FileSystemLoader(resources.templates())

    class Compiled(BaseLoader):
        """Loads modules that are named after their templates: jinja2's own are named by a hash, and need OpenSSL."""

        def load(
            self,
            environment: Environment,
            name: str,
            globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - jinja2's
        ) -> Template:
            made = ModuleType(_module(name))
            made.__file__ = f"{compiled}/{made.__name__}.py"
            installation.check_folder(f"{installation.COMPILED}/{made.__name__}.py")
            try:
                SourceFileLoader(made.__name__, made.__file__).exec_module(made)
                return environment.template_class.from_module_dict(environment, vars(made), globals or {})
            except Exception as error:
                if lack_of_memory(error):
                    raise
                raise InstallationError(made.__file__, error) from error

    return Compiled()


def _module(template: str) -> str:
    """The name of the module that a template is compiled to."""
    return template.replace(".", "_")


#: Characters. A template in a loop is stopped before it fills the memory.
MAX_DOCUMENT_CHARACTERS = 16 * 1024 * 1024
#: Under this name a template of ours is reached where one of the user's has taken its own.
BUILTIN_PREFIX = "builtin"
TOO_LARGE = "takes too much memory: is a width, a list or a text of it without end?"
HINT = "docs/custom-looks.md says what a template may use"


def wanted(name: str, custom: Templates) -> bool:
    """Whether a template of the user's own has a part in a format."""
    return name in custom.files or (custom.folder is not None and name in READERS and _entry(name, custom) is not None)


def check(name: str, custom: Templates) -> None:
    """UsageError for a template that cannot be read or is wrong, before there is a report."""
    _template(name, custom)


def render(report: Report, name: str, custom: Templates, language: Language) -> str:
    """The report by the user's template; UsageError says in which line that failed."""
    template = _template(name, custom)
    document = msgspec.json.decode(msgspec.json.encode(report, enc_hook=plain))
    format_ = plugins.load("renderers", name)
    own = format_.context(report, language, custom.css) if hasattr(format_, "context") else {}
    try:
        text = _bounded(template.generate({**own, "report": document}))
    except Exception as error:  # noqa: BLE001 - whatever goes wrong in a template is the template's
        _explain(error, name, custom)
    text = format_.tidy(text) if hasattr(format_, "tidy") else text
    return text if text.endswith("\n") else f"{text}\n"


def _bounded(parts: Iterator[str]) -> str:
    found, size = [], 0
    for part in parts:
        size += len(part)
        if size > MAX_DOCUMENT_CHARACTERS:
            message = f"more than {MAX_DOCUMENT_CHARACTERS} characters: does a loop of it never end?"
            raise OverflowError(message)
        found.append(part)
    return "".join(found)


def _template(name: str, custom: Templates) -> Template:
    environment = sandbox(
        name, _user_loader(name, custom), getattr(plugins.load("renderers", name), "finalize", finalize)
    )
    try:
        return environment.get_template(_entry(name, custom) or "")
    except Exception as error:  # noqa: BLE001 - the same
        _explain(error, name, custom)


def _entry(name: str, custom: Templates) -> str | None:
    """The template that a format begins with: the user's file, else that of the folder or ours which it changes."""
    if name in custom.files:
        return str(Path(custom.files[name]).absolute())
    files = (f"report.{extension}.j2" for extension in plugins.load("renderers", name).EXTENSIONS)
    folders = (*([Path(custom.folder)] if custom.folder else []), resources.templates())
    return next((file for file in files if any((folder / file).is_file() for folder in folders)), None)


def _user_loader(name: str, custom: Templates) -> BaseLoader:
    """The user's file, then the user's folder, then ours; ours also by a name that no file of the user's takes."""
    from jinja2 import ChoiceLoader, FileSystemLoader, FunctionLoader, PrefixLoader

    ours = FileSystemLoader(resources.templates())
    file = _entry(name, custom) if name in custom.files else None
    own = FunctionLoader(lambda asked: (Path(asked).read_text("utf-8"), asked, None) if asked == file else None)
    folder = [FileSystemLoader(custom.folder)] if custom.folder else []
    return ChoiceLoader([own, *folder, ours, PrefixLoader({BUILTIN_PREFIX: ours})])


def _explain(error: Exception, name: str, custom: Templates) -> NoReturn:
    """Which template, which line, and what is wrong with it."""
    file, line = _position(error)
    place = f"{Path(file).name if Path(file).is_relative_to(resources.templates()) else file}" if file else ""
    problem = TOO_LARGE if isinstance(error, MemoryError) else str(error) or type(error).__name__
    where = f"{place or _shown(name, custom)}, line {line}" if line else place or _shown(name, custom)
    message = f"template {where}: {problem}"
    raise UsageError(message, HINT) from error


def _position(error: Exception) -> tuple[str, int | None]:
    """The line of the error: where a syntax error is, else the last line of a template that ran."""
    line = getattr(error, "lineno", None)
    if isinstance(line, int):
        return str(getattr(error, "filename", None) or getattr(error, "name", "") or ""), line
    found: tuple[str, int | None] = "", None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith(".j2"):
            found = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
    return found


def _shown(name: str, custom: Templates) -> str:
    return custom.files.get(name) or str(_entry(name, custom))


def compile_templates(target: Path) -> None:
    """Write one module per template into `target`, which must not lie where this program looks for them already.

    A build calls it: whatever is imported on the way must stand in `build-system.requires` of pyproject.toml.
    """
    # That there is a `finalize` at all is compiled in; which one is looked up when the template runs.
    from jinja2 import ModuleLoader

    ours = environment(_unchanged)
    ours.compile_templates(target, extensions=_EXTENSIONS, zip=None, ignore_errors=False)
    for name in ours.list_templates(_EXTENSIONS):
        (target / ModuleLoader.get_module_filename(name)).rename(target / f"{_module(name)}.py")


def _unchanged(value: object) -> object:
    return value
