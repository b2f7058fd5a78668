"""How a run ends that has no report: the last line on standard error and the exit code."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise

import click

from llmgw_report.cli.output import eprint, safe_line
from llmgw_report.config.option import Option
from llmgw_report.config.options import BY_NAME

CODES = {"USAGE": 2, "UNKNOWN": 3, "INTERNAL": 4, "HUNG UP": 129, "INTERRUPTED": 130, "TERMINATED": 143}
#: What each exit code says, for the help text and the documentation.
EXIT_CODES = {
    0: "the evidence for a pass is there, and no finding is at or above `--fail-on`",
    1: "at least one finding is at or above `--fail-on`",
    2: "the command line or the configuration is wrong; found before any slow work",
    3: "nothing is proven bad, and the evidence for a pass is missing",
    4: "the report could not be written, memory ran out, the installation is damaged, or a bug: one line, and a"
    " traceback only with `--debug`",
    CODES["HUNG UP"]: "hung up (SIGHUP)",
    CODES["INTERRUPTED"]: "interrupted (SIGINT)",
    CODES["TERMINATED"]: "terminated (SIGTERM)",
}


class FailedExit:
    """The end of a run without a report, in the code of the exit profile that was asked for.

    The arguments are read before click reads them: a call that it rejects has to end in the right code as well.
    """

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self.arguments = arguments
        self.environment = environment

    def end(self, word: str, message: str = "") -> int:
        """The last line on standard error; the exit code."""
        chosen = self._from_file() | {
            name: value
            for name in ("exit-profile", "format")
            if (value := _chosen(BY_NAME[name], self.arguments, self.environment))
        }
        code = CODES[word]
        if chosen.get("exit-profile") == "nagios":
            from llmgw_report.model.finding import NAGIOS_UNKNOWN  # no other end needs it

            code = NAGIOS_UNKNOWN
            if chosen.get("format") == "nagios":  # a monitoring system shows the first line of standard output
                with suppress(OSError):
                    click.echo(f"LLMGW UNKNOWN - {safe_line(message or word)}")
        eprint(f"llmgw-report: {word} exit={code}")
        return code

    def _from_file(self) -> dict[str, object]:
        """What the configuration file sets; nothing if it, or what reads it, is what is wrong."""
        from pathlib import Path

        from llmgw_report.config.config_path import find, user_folder  # only a run that has failed pays for it

        named = _chosen(BY_NAME["config"], self.arguments, self.environment) or None
        if "--no-config" in self.arguments or self.environment.get(BY_NAME["no-config"].variable):
            return {}
        with suppress(Exception):
            path = find(named, Path(), user_folder(self.environment))
            if path:
                from llmgw_report.config.load import read

                return dict(read(path).values)
        return {}


def _chosen(option: Option, arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """The value that click would take: the last one typed, else that of the environment."""
    *_, last = environment.get(option.variable, ""), *_typed(option, arguments)
    return last


def _typed(option: Option, arguments: Sequence[str]) -> Iterator[str]:
    """Every value of one option, as --name VALUE, --name=VALUE, -n VALUE and -nVALUE."""
    long, short = f"--{option.name}", f"-{option.short}" if option.short else None
    for word, after in pairwise([*arguments, ""]):
        if word in {long, short}:
            yield after
        elif word.startswith(f"{long}="):
            yield word.partition("=")[2]
        elif short and word.startswith(short):
            yield word.removeprefix(short)
