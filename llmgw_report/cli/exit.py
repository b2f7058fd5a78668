"""How a run ends that has no report: what is said, and the exit code."""

import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from types import FrameType
from typing import NoReturn

import click

from llmgw_report.cli.output import discreet, say
from llmgw_report.config.layers import PREFIX
from llmgw_report.model.finding import NAGIOS_UNKNOWN

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


CODES = {"USAGE": 2, "INTERNAL": 4, "HUNG UP": 129, "INTERRUPTED": 130, "TERMINATED": 143}


class Ending:
    """The end of one run; `nagios` once its words have asked for that exit profile.

    They are read before click reads them, because a call that it refuses has to end in the right code as well.
    """

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self.nagios = _chosen("--exit-profile", arguments, environment) == "nagios"
        self.plugin = self.nagios and "nagios" in {
            _chosen(option, arguments, environment) for option in ("--format", "-f")
        }

    def say(self, word: str, message: str = "") -> int:
        """The last line on standard error; the exit code."""
        code = NAGIOS_UNKNOWN if self.nagios else CODES[word]
        if self.plugin:  # a monitoring system shows the first line of standard output
            with suppress(OSError):
                click.echo(f"LLMGW UNKNOWN - {discreet(message or word)}")
        say(f"llmgw-report: {word} exit={code}")
        return code


def _chosen(option: str, arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """The value that click would take: the last one typed, else that of the environment."""
    *_, last = (
        environment.get(f"{PREFIX}{option.lstrip('-').replace('-', '_').upper()}", ""),
        *_typed(option, arguments),
    )
    return last


def _typed(option: str, arguments: Sequence[str]) -> Iterator[str]:
    for word, after in pairwise([*arguments, ""]):
        if word == option:
            yield after
        elif word.startswith(f"{option}="):
            yield word.partition("=")[2]
        elif not option.startswith("--") and word.startswith(option):
            yield word.removeprefix(option)
