"""Templates of the user's own, in a sandbox: they see the document, and neither files nor the program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import msgspec

from llmgw_report import plugins, resources
from llmgw_report.config.look import READERS, Look
from llmgw_report.errors import UsageError
from llmgw_report.model.message import plain
from llmgw_report.renderers import _jinja
from llmgw_report.renderers._visible import finalize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import BaseLoader, Template

    from llmgw_report.languages import Language
    from llmgw_report.model.report import Report

#: Characters. A template in a loop is stopped before it fills the memory.
MOST = 16 * 1024 * 1024
#: Under this name a template of ours is reached where one of the user's has taken its own.
OURS = "builtin"
TOO_LARGE = "takes too much memory: is a width, a list or a text of it without end?"
HINT = "docs/custom-looks.md says what a template may use"


def wanted(name: str, look: Look) -> bool:
    """Whether a template of the user's own has a part in a format."""
    return name in look.templates or (look.folder is not None and name in READERS and _entry(name, look) is not None)


def check(name: str, look: Look) -> None:
    """UsageError for a template that cannot be read or is wrong, before there is a report."""
    _template(name, look)


def render(report: Report, name: str, look: Look, language: Language) -> str:
    """The report by the user's template; UsageError says in which line that failed."""
    template = _template(name, look)
    document = msgspec.json.decode(msgspec.json.encode(report, enc_hook=plain))
    format_ = plugins.load("renderers", name)
    own = format_.context(report, language, look.css) if hasattr(format_, "context") else {}
    try:
        text = _bounded(template.generate({**own, "report": document}))
    except Exception as error:  # noqa: BLE001 - whatever goes wrong in a template is the template's
        _explain(error, name, look)
    text = format_.tidy(text) if hasattr(format_, "tidy") else text
    return text if text.endswith("\n") else f"{text}\n"


def _bounded(parts: Iterator[str]) -> str:
    found, size = [], 0
    for part in parts:
        size += len(part)
        if size > MOST:
            message = f"more than {MOST} characters: does a loop of it never end?"
            raise OverflowError(message)
        found.append(part)
    return "".join(found)


def _template(name: str, look: Look) -> Template:
    environment = _jinja.sandbox(
        name, _loader(name, look), getattr(plugins.load("renderers", name), "finalize", finalize)
    )
    try:
        return environment.get_template(_entry(name, look) or "")
    except Exception as error:  # noqa: BLE001 - the same
        _explain(error, name, look)


def _entry(name: str, look: Look) -> str | None:
    """The template that a format begins with: the user's file, else that of the folder or ours which it changes."""
    if name in look.templates:
        return str(Path(look.templates[name]).absolute())
    files = (f"report.{extension}.j2" for extension in plugins.load("renderers", name).EXTENSIONS)
    folders = (*([Path(look.folder)] if look.folder else []), resources.templates())
    return next((file for file in files if any((folder / file).is_file() for folder in folders)), None)


def _loader(name: str, look: Look) -> BaseLoader:
    """The user's file, then the user's folder, then ours; ours also by a name that no file of the user's takes."""
    from jinja2 import ChoiceLoader, FileSystemLoader, FunctionLoader, PrefixLoader

    ours = FileSystemLoader(resources.templates())
    file = _entry(name, look) if name in look.templates else None
    own = FunctionLoader(lambda asked: (Path(asked).read_text("utf-8"), asked, None) if asked == file else None)
    folder = [FileSystemLoader(look.folder)] if look.folder else []
    return ChoiceLoader([own, *folder, ours, PrefixLoader({OURS: ours})])


def _explain(error: Exception, name: str, look: Look) -> NoReturn:
    """Which template, which line, and what is wrong with it."""
    file, line = _position(error)
    place = f"{Path(file).name if Path(file).is_relative_to(resources.templates()) else file}" if file else ""
    said = TOO_LARGE if isinstance(error, MemoryError) else str(error) or type(error).__name__
    where = f"{place or _shown(name, look)}, line {line}" if line else place or _shown(name, look)
    message = f"template {where}: {said}"
    raise UsageError(message, HINT) from error


def _position(error: Exception) -> tuple[str, int | None]:
    """Of a syntax error where it says, else the last line of a template that ran."""
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


def _shown(name: str, look: Look) -> str:
    return look.templates.get(name) or str(_entry(name, look))
