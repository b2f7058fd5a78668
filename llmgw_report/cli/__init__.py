"""The command line: options in, files and one document out, one exit code."""

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

import click

from llmgw_report.cli.command import command
from llmgw_report.errors import ReportError

USAGE, INTERNAL, INTERRUPTED, TERMINATED = 2, 4, 130, 143
#: Set by a shell that completes a command line; click answers it.
COMPLETE = "_LLMGW_REPORT_COMPLETE"


def main(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; never raises, never exits.

    Click's own `standalone_mode` would make an interrupt exit 1, which here means "unhealthy".
    """
    signal.signal(signal.SIGTERM, _terminate)
    if COMPLETE in os.environ:
        from llmgw_report.cli import shells  # no run but one for a shell pays for it

        shells.install()
    try:
        code: object = command.main(
            list(arguments), prog_name="llmgw-report", complete_var=COMPLETE, standalone_mode=False
        )
    except click.ClickException as error:
        error.show()
        return _end(USAGE, "USAGE")
    except ReportError as error:
        _explain(error)
        return _end(error.exit_code, "USAGE" if error.exit_code == USAGE else "INTERNAL")
    except (KeyboardInterrupt, click.Abort):
        return _end(INTERRUPTED, "INTERRUPTED")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else _end(INTERNAL, "INTERNAL")
    except Exception as error:  # noqa: BLE001 - Python would exit 1 with a traceback, and 1 means "unhealthy"
        _own_fault(error, arguments)
        return _end(INTERNAL, "INTERNAL")
    return code if isinstance(code, int) else 0


def _terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(_end(TERMINATED, "TERMINATED"))


def _end(code: int, word: str) -> int:
    click.echo(f"llmgw-report: {word} exit={code}", err=True)
    return code


def _explain(error: ReportError) -> None:
    click.echo(f"Error: {error.message}", err=True)
    if error.hint:
        click.echo(f"Hint: {error.hint}", err=True)


def _own_fault(error: Exception, arguments: Sequence[str]) -> None:
    """One line; the traceback may hold data and is shown only on request."""
    if "--debug" in arguments:
        import traceback  # only a bug pays for it

        traceback.print_exception(error, file=sys.stderr)
    click.echo(f"Error: a bug of llmgw-report: {type(error).__name__}: {error}", err=True)
    click.echo("Hint: run again with --debug and report what it prints", err=True)
