"""Templates as Python modules, for the wheel: to compile one from its source takes longer than to render it."""

from pathlib import Path

from llmgw_report.renderers import _jinja


def compile_templates(target: Path) -> None:
    """Write one module per template into `target`, which must not lie where this program looks for them already.

    It needs jinja2 and nothing else that is not part of Python, so that a build can call it.
    """
    # That there is a `finalize` at all is compiled in; which one is looked up when the template runs.
    _jinja.environment(_same).compile_templates(target, extensions=["css", "j2"], zip=None, ignore_errors=False)


def _same(value: object) -> object:
    return value
