"""The entry point of `llmgw-report` and of `python -m llmgw_report`.

Modules that Python has not loaded by itself are imported where a failure of it is reported: a damaged installation, or
a file in the working directory with the name of a module. Python would exit 1, and 1 means "unhealthy".
"""

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_HERE = os.path.dirname(__file__)  # noqa: PTH120 - a start without pathlib is sooner


def run() -> "NoReturn":
    """Run the command as a process and end the process.

    Without garbage collection, and without tearing down every module: a run is a tenth of a second, and a
    fifth of it would go into freeing memory that the system is about to take back.
    """
    gc.disable()
    try:
        _occupy_standard_streams()
        from contextlib import suppress

        from llmgw_report.late import load_late
        from llmgw_report.signals import catch

        catch(run.__code__)
        load_late()
        from llmgw_report.cli import main

        code = main(sys.argv[1:])
    except SystemExit:  # what answers a shell that completes a command line
        raise
    except BaseException as error:  # noqa: BLE001 - Python would exit 1
        _not_run(error)
    for stream in (sys.stdout, sys.stderr):
        # The reader has gone, or the disk is full, which was reported. None: it was closed before the start.
        with suppress(OSError, AttributeError):
            stream.flush()
    os._exit(code)


def _not_run(error: BaseException) -> "NoReturn":
    """Report an interrupt, a lack of memory or a broken installation where the program could not do it itself."""
    try:
        word, code, said, hint = _reason(error)
    except BaseException:  # noqa: BLE001 - what it needs may be what is broken
        word, code, said, hint = "INTERNAL", 4, _said(error), ""
    explained = [f"{name}: {text}" for name, text in (("Error", said), ("Hint", hint)) if text]
    lines = (*explained, f"llmgw-report: {word} exit={code}", "")
    try:
        os.write(2, "\n".join(lines).encode(errors="backslashreplace"))
    finally:
        os._exit(code)


def _reason(error: BaseException) -> tuple[str, int, str, str]:
    """The word, the exit code, the message and the hint of what ended the run."""
    from signal import SIGINT

    from llmgw_report.errors import MORE_MEMORY, lack_of_memory
    from llmgw_report.signals import Stopped

    if isinstance(error, KeyboardInterrupt):
        error = Stopped(SIGINT)
    if isinstance(error, Stopped):
        return error.word, 128 + error.number, "", ""
    if lacking := lack_of_memory(error):
        return "INTERNAL", 4, lacking, MORE_MEMORY
    if not os.path.isdir(_HERE):  # noqa: PTH112 - nothing is imported for it
        said = f"not started: {_HERE} is in an archive, and files beside the modules are read"
        hint = "install llmgw-report with pip, or unpack the archive and put the folder on PYTHONPATH"
        return "INTERNAL", 4, said, hint
    return "INTERNAL", 4, _said(error), ""


def _said(error: BaseException) -> str:
    return f"not started: {type(error).__name__}: {error}"


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
