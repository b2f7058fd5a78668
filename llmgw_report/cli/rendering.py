"""The report in every format that was asked for, each rendered once for all the places it goes to."""

from collections.abc import Callable, Iterable
from functools import partial

from llmgw_report import plugins
from llmgw_report.cli.machine import ThisMachine
from llmgw_report.languages import Language
from llmgw_report.model.report import Report


def documents(report: Report, formats: Iterable[str], language: Language, machine: ThisMachine) -> dict[str, str]:
    """One text per format. Rendered twice: no document can hold the time of its own writing."""
    from llmgw_report.pipeline.report import rendered_in  # `--help` does without

    began = machine.elapsed()
    renderers = {name: _renderer(name, language) for name in formats}
    for render in renderers.values():
        render(report)
    report = rendered_in(report, machine.elapsed() - began, machine)
    return {name: render(report) for name, render in renderers.items()}


def _renderer(name: str, language: Language) -> Callable[[Report], str]:
    """A format's renderer, which speaks `language` if it speaks any but English."""
    render: Callable[..., str] = plugins.load("renderers", name).render
    return partial(render, language=language) if "language" in render.__annotations__ else render


def colours(name: str, language: Language) -> Callable[[str], str] | None:
    """What colours a document of this format for a terminal; None if nothing does."""
    colour: Callable[..., str] | None = getattr(plugins.load("renderers", name), "colour", None)
    return partial(colour, language=language) if colour else None
