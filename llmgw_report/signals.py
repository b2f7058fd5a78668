"""Ends a run with an exception when a signal comes, or a moment later where an exception would do harm."""

import os
import signal
import sys
import time
from _thread import start_new_thread
from types import CodeType, FrameType

#: Signal -> word. Not every system has all of them.
WORDS = {
    number: word
    for name, word in (("SIGHUP", "HUNG UP"), ("SIGINT", "INTERRUPTED"), ("SIGTERM", "TERMINATED"))
    if (number := getattr(signal, name, None)) is not None
}
#: Where the code comes from that is not to be interrupted. An import would leave half a module, or a lock held that
#: another thread waits for, for ever; and msgspec, which runs Python code to learn about types, crashes.
_IMPORTS, _DECODER = "<frozen importlib", "msgspec"
_MOMENT_SECONDS = 0.005
_caught: list[signal.Signals] = []
_entry: list[CodeType] = []


class Stopped(BaseException):
    """Raised when the signal `number` came; nothing on the way out takes it for an error. `word` says which it was."""

    def __init__(self, number: int) -> None:
        self.number, self.word = number, WORDS[signal.Signals(number)]
        super().__init__(self.word.lower())


def catch(entry: CodeType | None = None) -> None:
    """Install the signal handlers. A signal that the caller ignores stays ignored, as with `nohup`.

    `entry` is where the run begins: an import that it is itself a part of is the caller's.
    """
    if entry:
        _entry[:] = [entry]
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
    _handle(_ignore)
    raise Stopped(number)


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Not `SIG_IGN`: of a signal that came just before, Python would then print that it is ignored."""


def _is_harmed(frame: FrameType | None) -> bool:
    decoder = sys.modules.get(_DECODER)
    folder = os.path.dirname(getattr(decoder, "__file__", None) or "?") + os.sep  # noqa: PTH120 - pathlib may be half there
    while frame is not None and frame.f_code not in _entry:
        if frame.f_code.co_filename.startswith((_IMPORTS, folder)):
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
