"""Runs the command so many times in one process, or once with so many calls for each of one of its functions.

`again.py TIMES FUNCTION ARGUMENT...`. What the others take beyond the first is the work itself, without the start of
Python, the imports and what is kept in memory.
"""

import os
import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import NoReturn

from llmgw_report import __main__ as program

end = os._exit


def again(status: int) -> NoReturn:
    """A run ends its process itself; in place of that another one begins."""
    global left  # noqa: PLW0603 - there is one process
    left -= 1
    if left:
        program.run()
    end(status)


def repeating(function: Callable[..., object]) -> Callable[..., object]:
    """The function, which does so many times what it is called for once."""

    @wraps(function)
    def each(*given: object, **named: object) -> object:
        for _ in range(left - 1):
            function(*given, **named)
        return function(*given, **named)

    return each


left, place = int(sys.argv.pop(1)), sys.argv.pop(1)
if place == f"{program.__name__}.run":
    os._exit = again
else:
    module, _, name = place.rpartition(".")
    holder = import_module(module)
    setattr(holder, name, repeating(getattr(holder, name)))
program.run()
