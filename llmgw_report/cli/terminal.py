"""The one document on standard output, in colour where that is a terminal that shows it."""

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

import click

from llmgw_report.errors import ReportError

Colour = Callable[[str], str]


def show(document: str, environment: Mapping[str, str], colour: Colour | None = None) -> None:
    """The document; a reader that went away early has what it wanted."""
    text = colour(document) if colour and _is_coloured(environment) else document
    try:
        _write(text)
    except UnicodeEncodeError:  # a document is UTF-8 whatever the locale: every format says the same
        _write(text.encode())
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or the interpreter would complain once more at its end
    except OSError as error:
        message = f"standard output: {error.strerror or error}"
        raise ReportError(message, "the report was not printed whole; write a file with -o") from error


def _write(text: Any) -> None:  # noqa: ANN401 - text or bytes, which click tells apart
    # In colour: it would look through the whole document for codes to take out, and only ours are in it.
    click.echo(text, nl=False, color=True)


def _is_coloured(environment: Mapping[str, str]) -> bool:
    """NO_COLOR (no-color.org) over FORCE_COLOR (force-color.org) over what standard output is."""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return sys.stdout is not None and sys.stdout.isatty() and environment.get("TERM") != "dumb"
