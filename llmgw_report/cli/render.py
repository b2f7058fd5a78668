"""The report in every format that was asked for, each as one text for all the places it goes to."""

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn

from llmgw_report import installation, messages, plugins, renderers
from llmgw_report.cli import output
from llmgw_report.cli.machine import ThisMachine
from llmgw_report.config.settings import Settings, Templates
from llmgw_report.messages import Language
from llmgw_report.model.report import Report

#: A template of the user's own that takes longer has a loop that does not end.
TEMPLATE_TIMEOUT_SECONDS = 30.0
#: What a template of the user's own may take beside the report.
TEMPLATE_MEMORY_BYTES = 256 * 1024 * 1024
#: The kernel's count of the pages that this process has taken.
MEMORY_PAGES = Path("/proc/self/statm")


def documents(report: Report, formats: Iterable[str], chosen: Settings, machine: ThisMachine) -> dict[str, str]:
    """One text per format, each rendered once; InstallationError if what made them is damaged.

    No document can hold the time of its own writing: what is timed is loading the renderers.
    """
    from llmgw_report.pipeline.document import rendered_in  # `--help` does without

    began = machine.elapsed()
    language = messages.load(chosen.lang)
    rendering = {name: _renderer(name, chosen, language) for name in formats}
    for name in formats:
        plugins.load("renderers", name)
    report = rendered_in(report, machine.elapsed() - began, machine)
    texts = {name: render(report) for name, render in rendering.items()}
    installation.check()
    return texts


def check_templates(formats: Iterable[str], custom: Templates) -> None:
    """UsageError for a template of the user's own that is wrong, before anything is measured."""
    for name in formats:
        if renderers.has_template(name, custom):
            renderers.check_template(name, custom)


def colours(name: str, language: Language) -> Callable[[str], str] | None:
    """What colours a document of this format for a terminal; None if nothing does."""
    colour: Callable[..., str] | None = getattr(plugins.load("renderers", name), "colour", None)
    return partial(colour, language=language) if colour else None


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """TimeoutError inside what runs longer; none where the system has no timer, or only the main thread may set it."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def late(_number: int, _frame: FrameType | None) -> NoReturn:
        message = f"took longer than {seconds:g} s: does a loop of it never end?"
        raise TimeoutError(message)

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def memory(more: int) -> Iterator[None]:
    """MemoryError inside what takes so many bytes more than are taken now; none where the system does not tell."""
    try:
        import resource  # not on every system

        most = int(MEMORY_PAGES.read_text("ascii").split()[0]) * resource.getpagesize() + more
        before, hard = resource.getrlimit(resource.RLIMIT_AS)
    except (ImportError, OSError):
        yield
        return
    lower = min(limit for limit in (before, hard, most) if limit != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_AS, (lower, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, hard))


def _renderer(name: str, chosen: Settings, language: Language) -> Callable[[Report], str]:
    """A format's renderer, or the user's own template; with the language and the style sheet, where it takes them."""
    if renderers.has_template(name, chosen.templates):
        render = partial(renderers.render_template, name=name, custom=chosen.templates, language=language)
        return deadline(TEMPLATE_TIMEOUT_SECONDS)(memory(TEMPLATE_MEMORY_BYTES)(render))
    brief = True if chosen.brief else False if chosen.full else None
    looks = partial(renderers.render, css=chosen.templates.css, brief=brief, width=output.columns)
    return partial(looks, name=name, language=language)
