"""Runs the command so many times in one process: `again.py TIMES ARGUMENT...`.

What the others take beyond the first is a run's own work, without the start of Python, the imports and what is kept
in memory.
"""

import os
import sys
from typing import NoReturn

from llmgw_report import __main__ as program

end = os._exit
left = int(sys.argv.pop(1))


def again(status: int) -> NoReturn:
    """A run ends its process itself; in place of that another one begins."""
    global left  # noqa: PLW0603 - there is one process
    left -= 1
    if left:
        program.run()
    end(status)


os._exit = again
program.run()
