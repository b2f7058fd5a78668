"""One health report of an LLM gateway from its metrics and its log database."""

import atexit
import os
import sys

__version__ = "0.1.0"


def _end_without_verdict() -> None:
    """End the process with 4: `__main__` ends every run itself, unless it is damaged, and Python would with 0 or 1."""
    if getattr(sys, "last_type", None) is KeyboardInterrupt:  # before `__main__` could catch it
        return
    said = f"Error: {__path__[0]}/__main__.py: this installation is damaged: not as it was installed"
    lines = (said, "Hint: install llmgw-report again", "llmgw-report: INTERNAL exit=4", "")
    try:
        os.write(2, "\n".join(lines).encode(errors="backslashreplace"))
    finally:
        os._exit(4)


# As `python -m` has it while it looks for the module, and the installed command.
if sys.argv[0] == "-m" or os.path.basename(sys.argv[0]) == "llmgw-report":  # noqa: PTH119 - a start without pathlib
    atexit.register(_end_without_verdict)
