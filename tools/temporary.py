"""A folder that lasts as long as a tool runs, however that ends."""

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import NoReturn


class Ended(SystemExit):
    """A signal asked the program to end. It does so with the exit code that a shell gives for that signal."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)


#: What ends a program whose terminal, job or machine goes away; each would end Python before it has removed anything.
ENDINGS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def handled(signals: Iterable[signal.Signals], handler: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    """Have these signals handled so, and as before afterwards."""
    before = {one: signal.signal(one, handler) for one in signals}
    try:
        yield
    finally:
        for one, its in before.items():
            signal.signal(one, its)


@contextmanager
def temporary(tool: str, where: str | None = None) -> Iterator[Path]:
    """A new folder for the tool of this name, in `where` or among the temporary files.

    Whatever asks the program to end, the folder is removed before it does.
    """
    with (
        handled(ENDINGS, _end),
        # After an interruption, what a program had started may still write into it.
        TemporaryDirectory(prefix=f"llmgw-report-{tool}-", dir=where, ignore_cleanup_errors=True) as folder,
    ):
        yield Path(folder).resolve()


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    raise Ended(number)
