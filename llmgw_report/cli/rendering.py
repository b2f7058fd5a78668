"""The report in every format that was asked for, each as one text for all the places it goes to."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from llmgw_report import languages, plugins
from llmgw_report.cli.deadline import deadline
from llmgw_report.cli.machine import ThisMachine
from llmgw_report.cli.memory import memory
from llmgw_report.config.look import Look
from llmgw_report.config.settings import Settings
from llmgw_report.languages import Language
from llmgw_report.model.report import Report

#: Seconds. A template of the user's own that takes longer has a loop that does not end.
LONGEST = 30.0
#: Bytes. What a template of the user's own may take beside the report.
LARGEST = 256 * 1024 * 1024


def documents(report: Report, formats: Iterable[str], chosen: Settings, machine: ThisMachine) -> dict[str, str]:
    """One text per format. Rendered twice: no document can hold the time of its own writing."""
    from llmgw_report.pipeline.report import rendered_in  # `--help` does without

    began = machine.elapsed()
    renderers = {name: _renderer(name, chosen) for name in formats}
    for render in renderers.values():
        render(report)
    report = rendered_in(report, machine.elapsed() - began, machine)
    return {name: render(report) for name, render in renderers.items()}


def check(formats: Iterable[str], look: Look) -> None:
    """UsageError for a template of the user's own that is wrong, before anything is measured."""
    for name in formats:
        if _is_custom(name, look):
            from llmgw_report.renderers import _custom  # most runs have no template of their own

            _custom.check(name, look)


def _renderer(name: str, chosen: Settings) -> Callable[[Report], str]:
    """A format's renderer, or the user's own template; in `lang` and with `css`, where it knows of them."""
    language = languages.load(chosen.lang)
    render: Callable[..., str]
    if _is_custom(name, chosen.look):
        from llmgw_report.renderers import _custom  # the same

        render = partial(_custom.render, name=name, look=chosen.look, language=language)
        return deadline(LONGEST)(memory(LARGEST)(render))
    render = plugins.load("renderers", name).render
    known: dict[str, Any] = {"language": language, "css": chosen.look.css}
    return partial(render, **{key: value for key, value in known.items() if key in render.__annotations__})


def _is_custom(name: str, look: Look) -> bool:
    if not look.templates and look.folder is None:
        return False
    from llmgw_report.renderers import _custom  # the same

    return _custom.wanted(name, look)


def colours(name: str, language: Language) -> Callable[[str], str] | None:
    """What colours a document of this format for a terminal; None if nothing does."""
    colour: Callable[..., str] | None = getattr(plugins.load("renderers", name), "colour", None)
    return partial(colour, language=language) if colour else None
