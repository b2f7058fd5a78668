"""Being told to stop: the run unwinds, so that no file stays half written, and ends with the signal's exit code."""

import signal
from types import FrameType
from typing import NoReturn

#: Not every system has all of them.
WORDS = {
    number: word
    for name, word in (("SIGHUP", "HUNG UP"), ("SIGINT", "INTERRUPTED"), ("SIGTERM", "TERMINATED"))
    if (number := getattr(signal, name, None)) is not None
}


class Stopped(BaseException):
    """Raised where the signal came; nothing on the way out takes it for an error. `word` says which it was."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


def catch() -> None:
    """From here on. What the caller ignores stays ignored: `nohup` and the background jobs of a script."""
    for number in WORDS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    # A second signal would interrupt the cleaning up after the first.
    for one in WORDS:
        signal.signal(one, signal.SIG_IGN)
    raise Stopped(WORDS[signal.Signals(number)])
