"""Ends a run with an exception when a signal comes, or a moment later where an exception would do harm."""

import os
import signal
import sys
import time
from _thread import start_new_thread
from types import FrameType

#: Signal -> word. Not every system has all of them.
WORDS = {
    number: word
    for name, word in (("SIGHUP", "HUNG UP"), ("SIGINT", "INTERRUPTED"), ("SIGTERM", "TERMINATED"))
    if (number := getattr(signal, name, None)) is not None
}
#: In the name of a file whose code is not to be interrupted. An import would leave half a module, or a lock held for
#: which another thread waits for ever; and msgspec, which runs Python code to learn about types, crashes.
_HARMED = ("<frozen importlib", f"{os.sep}msgspec{os.sep}")
_MOMENT_SECONDS = 0.005
_caught: list[signal.Signals] = []


class Stopped(BaseException):
    """Raised when the signal `number` came; nothing on the way out takes it for an error. `word` says which it was."""

    def __init__(self, number: int) -> None:
        super().__init__(WORDS[signal.Signals(number)].lower())
        self.number = number
        self.word = WORDS[signal.Signals(number)]


def catch() -> None:
    """Install the signal handlers. A signal that the caller ignores stays ignored, as with `nohup`."""
    _caught[:] = [number for number in WORDS if signal.getsignal(number) is not signal.SIG_IGN]
    sys.unraisablehook = _unraisable
    _handle(_stop)


def _handle(handler: object) -> None:
    for number in _caught:
        signal.signal(number, handler)  # type: ignore[arg-type]


def _stop(number: int, frame: FrameType | None) -> None:
    if _is_harmed(frame) and _comes_again(number):
        return
    # A second signal would interrupt the cleaning up after the first.
    _handle(signal.SIG_IGN)
    raise Stopped(number)


def _is_harmed(frame: FrameType | None) -> bool:
    while frame is not None:
        if any(part in frame.f_code.co_filename for part in _HARMED):
            return True
        frame = frame.f_back
    return False


def _comes_again(number: int) -> bool:
    """Whether there is a thread that sends the signal again."""
    try:
        start_new_thread(_send, (number,))
    except RuntimeError:
        return False
    return True


def _send(number: int) -> None:
    time.sleep(_MOMENT_SECONDS)
    # To the process: raised in this thread it would not wake the main one from what it waits for.
    os.kill(os.getpid(), number)


def _unraisable(ignored: "sys.UnraisableHookArgs") -> None:
    """As Python does, but for an end that came where it ignores exceptions, as in the callback of a weak reference."""
    if isinstance(ignored.exc_value, Stopped):
        _handle(_stop)
        _comes_again(ignored.exc_value.number)
    else:
        sys.__unraisablehook__(ignored)
