"""The command line: options in, files and one document out, one exit code."""

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

import click

from llmgw_report.cli.command import command
from llmgw_report.cli.ending import CODES, Ending, say
from llmgw_report.errors import ReportError

#: Set by a shell that completes a command line; click answers it.
COMPLETE = "_LLMGW_REPORT_COMPLETE"


def main(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; never raises, never exits.

    Click's own `standalone_mode` would make an interrupt exit 1, which here means "unhealthy".
    """
    ending = Ending(arguments, os.environ)
    signal.signal(signal.SIGTERM, ending.terminate)
    if COMPLETE in os.environ:
        from llmgw_report.cli import shells  # no run but one for a shell pays for it

        shells.install()
    try:
        code: object = command.main(
            list(arguments), prog_name="llmgw-report", complete_var=COMPLETE, standalone_mode=False
        )
    except click.ClickException as error:
        with suppress(OSError):  # as in `say`
            error.show()
        return ending.say("USAGE", error.format_message())
    except ReportError as error:
        _explain(error)
        return ending.say("USAGE" if error.exit_code == CODES["USAGE"] else "INTERNAL", error.message)
    except (KeyboardInterrupt, click.Abort):
        return ending.say("INTERRUPTED")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else ending.say("INTERNAL")
    except Exception as error:  # noqa: BLE001 - Python would exit 1 with a traceback, and 1 means "unhealthy"
        _own_fault(error, arguments)
        return ending.say("INTERNAL")
    return code if isinstance(code, int) else 0


def _explain(error: ReportError) -> None:
    say(f"Error: {error.message}")
    if error.hint:
        say(f"Hint: {error.hint}")


def _own_fault(error: Exception, arguments: Sequence[str]) -> None:
    """One line; the traceback may hold data and is shown only on request."""
    if "--debug" in arguments:
        import traceback  # only a bug pays for it

        traceback.print_exception(error, file=sys.stderr)
    say(f"Error: a bug of llmgw-report: {type(error).__name__}: {error}")
    say("Hint: run again with --debug and report what it prints")
