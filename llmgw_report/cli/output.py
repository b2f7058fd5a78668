"""Standard output and standard error."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import click

from llmgw_report.config.options import BY_NAME
from llmgw_report.errors import ReportError
from llmgw_report.printable import visible

Colour = Callable[[str], str]
#: Columns of what is not printed on a terminal.
WIDTH = 100
NOT_WHOLE = "the report was not printed whole; write a file with -o"
PAGE_NOT_WHOLE = "free some space, or print it somewhere else"


def show(document: str, environment: Mapping[str, str], colour: Colour | None = None, hint: str = NOT_WHOLE) -> None:
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
        raise ReportError(message, hint) from error


def columns() -> int:
    """How wide a line may be: as COLUMNS or the terminal has it, else `WIDTH`."""
    from shutil import get_terminal_size  # it brings every kind of compression

    return get_terminal_size((WIDTH, 0)).columns


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


def eprint(line: str) -> None:
    """One line on standard error, without secrets and controls: with a line feed, a path could forge a verdict.

    That nobody can read it changes no exit code.
    """
    with suppress(OSError):
        click.echo(safe_line(line), err=True)


def safe_line(line: str) -> str:
    """The line without secrets and without controls."""
    from llmgw_report.redaction import redact  # `--help` does without

    return visible(redact(line))


def with_variable(error: click.ClickException) -> click.ClickException:
    """The error with the environment variable that holds the value: click names the option, which nobody typed."""
    if not isinstance(error, click.BadParameter) or error.ctx is None or error.param is None:
        return error
    message = error.message.replace("Recognized values: , ", "Recognized values: ")  # click lists "" as well
    name = error.param.name or ""
    from_variable = error.ctx.get_parameter_source(name) is click.core.ParameterSource.ENVIRONMENT
    hint = BY_NAME[name.replace("_", "-")].variable if from_variable else error.param_hint
    return click.BadParameter(message, error.ctx, error.param, hint)


def wrong_call(error: click.ClickException) -> None:
    """What click found wrong with the command line."""
    context = getattr(error, "ctx", None)
    if context is not None:
        eprint(context.get_usage())
        eprint(f"Try '{context.command_path} --help' for help.")
    eprint(f"Error: {error.format_message()}")


def explain(error: ReportError) -> None:
    """What went wrong, and what to do."""
    eprint(f"Error: {error.message}")
    if error.hint:
        eprint(f"Hint: {error.hint}")


def show_traceback(error: Exception, arguments: Sequence[str]) -> None:
    """It may hold data, and is shown only on request, line by line as all else."""
    if "--debug" in arguments:
        import traceback  # only a bug pays for it

        for line in "".join(traceback.format_exception(error)).splitlines():
            eprint(line)


def own_fault(error: Exception) -> None:
    """One line."""
    eprint(f"Error: a bug of llmgw-report: {type(error).__name__}: {error}")
    eprint("Hint: run again with --debug and report what it prints")
