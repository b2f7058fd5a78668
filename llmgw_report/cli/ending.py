"""How a run ends that has no report: what is said, and the exit code."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise

import click

from llmgw_report.cli.saying import discreet, say
from llmgw_report.config.layers import PREFIX
from llmgw_report.model.status import NAGIOS_UNKNOWN

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
