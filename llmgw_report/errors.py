"""The errors that the program expects, each with a message, a hint and an exit code.

    ReportError             a message, a hint, and the exit code it leads to
    ├── UsageError          2: the command line or the configuration is wrong
    ├── SourceError         3: the scrape or the database could not be read
    ├── QueryError          one query of a readable database failed
    └── InstallationError   4: a file of the program is missing or damaged

A `SourceError` and a `QueryError` never end a report: they become an input's reason or a
finding, and the report is written with what was left. The pages about a gateway's definition
have nothing without their source, and end with 3. A `UsageError` ends it before any work.

Of errors that nobody expects, those that a limit of the memory causes are told from bugs here, and those of a damaged
installation in `installation`.
"""

import errno
import os

#: What to do about a memory that is too small.
MORE_MEMORY = "raise the memory limit of this run, or read less: a shorter --window, a smaller scrape"
#: Where the program begins in a folder with a file of a module's name, Python finds that one: `python -m` does.
INSTALL_AGAIN = "install llmgw-report again; with python -m, look for a file of that name in the working directory too"
DAMAGED = "this installation is damaged"
#: Python's words where memory or the number of threads is limited.
_NO_THREAD = "can't start new thread"
#: Those of the loader, which reports to Python no number of an error: a library did not fit in.
_NOT_LOADED = ("failed to map segment from shared object", os.strerror(errno.ENOMEM))


class ReportError(Exception):
    """Base of the tree: `message` says what happened and where, `hint` what to do."""

    exit_code = 4

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(ReportError):
    """The command line, the environment or a configuration file is wrong."""

    exit_code = 2


class SourceError(ReportError):
    """A scrape or a database could not be read at all."""

    exit_code = 3


class QueryError(ReportError):
    """One query failed, ran past its deadline, or returned columns that its role does not know."""


class InstallationError(ReportError):
    """A file of the program is missing, or is not as it was installed."""

    def __init__(self, file: object, error: Exception) -> None:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        super().__init__(f"{file}: {DAMAGED}: {why}", "install llmgw-report again")


def lack_of_memory(error: BaseException) -> str:
    """What an error says about memory that ran out, or nothing. Few of them are a MemoryError."""
    if isinstance(error, MemoryError):
        return "out of memory"
    if isinstance(error, RuntimeError) and str(error) == _NO_THREAD:
        return _NO_THREAD
    not_loaded = isinstance(error, ImportError) and any(words in str(error) for words in _NOT_LOADED)
    if not_loaded or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return f"out of memory: {error}"
    return ""
