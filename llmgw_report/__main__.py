"""`llmgw-report` and `python -m llmgw_report`."""

import gc
import os
import sys
from contextlib import suppress
from typing import NoReturn


def run() -> NoReturn:
    """The command as a process.

    Without a collector, and leaving without tearing down every module: a run is a tenth of a second, and
    a fifth of it would go into freeing memory that the system is about to take back.
    """
    gc.disable()
    _occupy()
    try:
        from llmgw_report.cli import main
    except KeyboardInterrupt:  # Python's own handler, until ours is there
        os._exit(130)
    code = main(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        # Whoever read us has gone, or the disk is full, which has been said. None: it was closed before we began.
        with suppress(OSError, AttributeError):
            stream.flush()
    os._exit(code)


def _occupy() -> None:
    """Give each closed standard stream a descriptor to nowhere: else a report or a database gets its number.

    Lowest first, so that every one is the number that is free.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


if __name__ == "__main__":
    run()
