"""One health report of an LLM gateway from its metrics and its log database."""

import atexit
import os
import sys

__version__ = "0.1.0"


def _end_without_verdict() -> None:
    """End the process with 4: `__main__` ends every run itself, unless it is damaged, and Python would with 0 or 1."""
    interrupted = getattr(sys, "last_type", None) is KeyboardInterrupt  # before `__main__` could catch it
    if interrupted or (
        not _IS_MODULE and "llmgw_report.cli" in sys.modules and f"{__name__}.__main__" not in sys.modules
    ):
        return
    said = f"Error: {__path__[0]}/__main__.py: this installation is damaged: not as it was installed"
    lines = (said, "Hint: install llmgw-report again", "llmgw-report: INTERNAL exit=4", "")
    try:
        os.write(2, "\n".join(lines).encode(errors="backslashreplace"))
    finally:
        os._exit(4)


#: With `python -m llmgw_report`, also written "-Bmllmgw_report"; another module's package may import this as well.
_IS_MODULE = sys.argv[:1] == ["-m"] and sys.orig_argv[-len(sys.argv)].endswith(__name__)
# The installed command imports `__main__`; a program of that name may call the command line by itself.
if _IS_MODULE or (sys.argv and os.path.basename(sys.argv[0]) == "llmgw-report"):  # noqa: PTH119 - without pathlib
    atexit.register(_end_without_verdict)
