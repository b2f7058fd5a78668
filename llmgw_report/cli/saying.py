"""What is said on standard error: whole lines, with no secret in them and nothing that a terminal obeys."""

from collections.abc import Sequence
from contextlib import suppress

import click

from llmgw_report.errors import ReportError
from llmgw_report.redaction import redact
from llmgw_report.renderers._visible import visible

#: Python's words where memory or the number of threads is limited.
NO_THREAD = "can't start new thread"


def say(line: str) -> None:
    """One line, even if a path or a message in it has line feeds: it could say a verdict of its own with them.

    Where nobody can read it, that changes no exit code.
    """
    with suppress(OSError):
        click.echo(discreet(line), err=True)


def discreet(line: str) -> str:
    """The line without secrets and without controls."""
    return visible(redact(line))


def wrong_call(error: click.ClickException) -> None:
    """What click found wrong with the command line."""
    context = getattr(error, "ctx", None)
    if context is not None:
        say(context.get_usage())
        say(f"Try '{context.command_path} --help' for help.")
    say(f"Error: {error.format_message()}")


def explain(error: ReportError) -> None:
    """What went wrong, and what to do."""
    say(f"Error: {error.message}")
    if error.hint:
        say(f"Hint: {error.hint}")


def own_fault(error: Exception, arguments: Sequence[str]) -> None:
    """One line; the traceback may hold data and is shown only on request, line by line as all else."""
    if "--debug" in arguments:
        import traceback  # only a bug pays for it

        for line in "".join(traceback.format_exception(error)).splitlines():
            say(line)
    if str(error) == NO_THREAD:
        out_of_memory(NO_THREAD)
        return
    say(f"Error: a bug of llmgw-report: {type(error).__name__}: {error}")
    say("Hint: run again with --debug and report what it prints")


def out_of_memory(what: str = "out of memory") -> None:
    """No bug: there was a limit."""
    say(f"Error: {what}")
    say("Hint: raise the memory limit of this run, or read less: a shorter --window, a smaller scrape")
