"""The entry point of `llmgw-report` and of `python -m llmgw_report`."""

import gc
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from types import ModuleType
from typing import NoReturn

from llmgw_report.errors import MORE_MEMORY, lack_of_memory

_HERE = os.path.dirname(__file__)  # noqa: PTH120 - a start without pathlib is sooner
#: What libraries import and most runs never use: click inspect (with ast, dis and tokenize), urllib.parse ipaddress,
#: shutil every kind of compression, uuid platform, of which it asks the name of the system at once.
_LATE: Mapping[str, Mapping[str, object]] = {
    "inspect": {},
    "ipaddress": {},
    "bz2": {},
    "lzma": {},
    "platform": {"system": lambda: os.uname().sysname} if hasattr(os, "uname") else {},
}
#: msgspec asks for it first, and takes typing where it is not there.
_ABSENT = "typing_extensions"


def run() -> NoReturn:
    """Run the command as a process and end the process.

    Without garbage collection, and without tearing down every module: a run is a tenth of a second, and a
    fifth of it would go into freeing memory that the system is about to take back.
    """
    gc.disable()
    _occupy_standard_streams()
    try:
        _load_late()
        from llmgw_report.cli import main

        code = main(sys.argv[1:])
    except SystemExit:  # what answers a shell that completes a command line
        raise
    except BaseException as error:  # noqa: BLE001 - Python would exit 1, and 1 means "unhealthy"
        _not_run(error)
    for stream in (sys.stdout, sys.stderr):
        # The reader has gone, or the disk is full, which was reported. None: it was closed before the start.
        with suppress(OSError, AttributeError):
            stream.flush()
    os._exit(code)


class _Late(ModuleType):
    """Stands for a module until something of it is used that is not among the `known`.

    `importlib.util.LazyLoader` would do the same, but for Python 3.11: there the second `import` of a module loads it.
    """

    def __init__(self, name: str, known: Mapping[str, object]) -> None:
        super().__init__(name)
        vars(self).update(known)

    def __getattr__(self, name: str) -> object:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        module = import_module(self.__name__)
        vars(self).update(vars(module))
        return getattr(module, name)


def _load_late() -> None:
    """Have those modules loaded when something of them is used."""
    for name, known in _LATE.items():
        sys.modules.setdefault(name, _Late(name, known))
    if _ABSENT not in sys.modules:
        absent: dict[str, None] = {_ABSENT: None}  # how Python is given a module that is not found
        sys.modules.update(absent)  # type: ignore[arg-type]
        import msgspec  # noqa: F401

        del sys.modules[_ABSENT]


def _not_run(error: BaseException) -> NoReturn:
    """Report an interrupt, a lack of memory or a broken installation where the program could not do it itself."""
    word, code = ("INTERRUPTED", 130) if isinstance(error, KeyboardInterrupt) else ("INTERNAL", 4)
    said, hint = f"not started: {type(error).__name__}: {error}", ""
    if lacking := lack_of_memory(error):
        said, hint = lacking, MORE_MEMORY
    elif not os.path.isdir(_HERE):  # noqa: PTH112 - nothing is imported for it
        said = f"not started: {_HERE} is in an archive, and files beside the modules are read"
        hint = "install llmgw-report with pip, or unpack the archive and put the folder on PYTHONPATH"
    lines = (f"Error: {said}", *([f"Hint: {hint}"] if hint else []), f"llmgw-report: {word} exit={code}", "")
    with suppress(OSError):
        os.write(2, "\n".join(lines).encode(errors="backslashreplace"))
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
