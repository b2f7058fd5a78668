"""How much work a function does, in lines of Python run: the same every time, on however busy a machine."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

Found = TypeVar("Found")


def lines_run(function: Callable[[], Found]) -> tuple[int, Found]:
    """Lines of Python that run while the function does, each as often as it runs; and what it returns."""
    count = 0

    def trace(_frame: FrameType, event: str, _argument: Any) -> Any:  # noqa: ANN401 - the hook's signature
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        found = function()
    finally:
        sys.settrace(before)
    return count, found
