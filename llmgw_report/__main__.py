"""The entry point of `llmgw-report` and of `python -m llmgw_report`."""

import gc
import os
import sys
from contextlib import suppress
from typing import NoReturn


def run() -> NoReturn:
    """Run the command as a process and end the process.

    Without garbage collection, and without tearing down every module: a run is a tenth of a second, and a
    fifth of it would go into freeing memory that the system is about to take back.
    """
    gc.disable()
    _occupy_standard_streams()
    try:
        from llmgw_report.cli import main
    except BaseException as error:  # noqa: BLE001 - Python would exit 1, and 1 means "unhealthy"
        _not_started(error)
    code = main(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        # The reader has gone, or the disk is full, which was reported. None: it was closed before the start.
        with suppress(OSError, AttributeError):
            stream.flush()
    os._exit(code)


def _not_started(error: BaseException) -> NoReturn:
    """Report an interrupt, a lack of memory or a broken installation before the program could start."""
    word, code = ("INTERRUPTED", 130) if isinstance(error, KeyboardInterrupt) else ("INTERNAL", 4)
    line = f"Error: not started: {type(error).__name__}: {error}\nllmgw-report: {word} exit={code}\n"
    with suppress(OSError):
        os.write(2, line.encode(errors="backslashreplace"))
    os._exit(code)


def _occupy_standard_streams() -> None:
    """Open each closed standard stream on the null device: else a report or a database gets its number.

    Lowest first, so that every one is the number that is free.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


if __name__ == "__main__":
    run()
