"""The command line: options in, files and one document out, one exit code."""

import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from llmgw_report.cli import output
from llmgw_report.cli.abort import CODES, FailedExit
from llmgw_report.cli.command import command
from llmgw_report.errors import InstallationError, ReportError
from llmgw_report.signals import Stopped, catch

#: Set by a shell that completes a command line; click answers it.
COMPLETE = "_LLMGW_REPORT_COMPLETE"
_CALLED: dict[str, Any] = {"prog_name": "llmgw-report", "complete_var": COMPLETE, "standalone_mode": False}


def main(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; never raises, never exits.

    Click's own `standalone_mode` would make an interrupt exit 1, which here means "unhealthy".
    """
    failed = FailedExit(arguments, os.environ)
    try:
        catch()
        return _ended(arguments, failed)
    # Also one that comes while an error is reported.
    except Stopped as stopped:
        if temporary := sys.modules.get("llmgw_report.sources.temporary"):  # not imported by a run that copies nothing
            temporary.remove_folders()
        return failed.end(stopped.word)


def _ended(arguments: Sequence[str], failed: FailedExit) -> int:
    """The exit code of a run that no signal stops."""
    try:
        return _run(arguments)
    except Exception as error:  # noqa: BLE001 - as in `__main__`
        return _failed(error, arguments, failed)


def _failed(error: Exception, arguments: Sequence[str], failed: FailedExit) -> int:
    """Say what went wrong; the exit code. A file that is missing may be why the call seems to be wrong."""
    from llmgw_report import installation  # a page without an error does without

    known: Exception | None = error
    if not installation.IS_WHOLE or not isinstance(error, (click.ClickException, ReportError)):
        output.show_traceback(error, arguments)
        known = installation.no_bug(error)
    elif not isinstance(error, InstallationError):
        known = installation.damaged() or error
    if isinstance(known, ReportError):
        output.explain(known)
        return failed.end(next(word for word, code in CODES.items() if code == known.exit_code), known.message)
    if isinstance(known, click.ClickException):
        wrong = output.with_variable(known)
        output.wrong_call(wrong)
        return failed.end("USAGE", wrong.format_message())
    output.own_fault(error)
    return failed.end("INTERNAL")


def _run(arguments: Sequence[str]) -> int:
    if COMPLETE in os.environ:
        from llmgw_report.cli import shells  # no run but one for a shell pays for it

        shells.install()
    try:
        code: object = command.main(list(arguments), **_CALLED)
    except SystemExit as answered:
        # So click ends what it says to a shell. From anything else it would pass for a verdict.
        if COMPLETE not in os.environ:
            raise
        code = answered.code
    if isinstance(code, int):
        return code
    message = f"the command returned {code!r}"  # as a file does that has lost its last lines
    raise TypeError(message)
