"""The manual page and the completion scripts, out of the options: `python -m tools.manual` writes them again."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

import click

from llmgw_report import __version__
from llmgw_report.cli import COMPLETE
from llmgw_report.cli.abort import EXIT_CODES
from llmgw_report.cli.command import command
from llmgw_report.config.option import PREFIX, TOKEN_VARIABLE
from llmgw_report.config.options import OPTIONS
from tools.golden import EXAMPLES

DOCS = EXAMPLES.parent / "docs"
MANUAL = DOCS / "llmgw-report.1"
SHELLS = ("bash", "zsh", "fish")
ABOUT = """\
reads one Prometheus scrape of an LLM gateway and its SQLite log database, judges them by checks, and prints
one report. It reads only, keeps no state, asks nothing, and does not stay: its exit code gates a pipeline or a
cron job."""
FILES = {
    "./llmgw-report.toml": "The configuration, when --config names no other.",
    "$XDG_CONFIG_HOME/llmgw-report/llmgw-report.toml": "The user's configuration, when there is none of either.",
    "./config.toml": "The gateway's own configuration, which says where its metrics and its database are.",
}
VARIABLES = f"{PREFIX}<OPTION> is each option, below the command line and above the file. Several values are lines."
EXAMPLE = {
    "Beside a running gateway:": "llmgw-report",
    "In a pipeline, with documents to keep:": "llmgw-report -f github -o report.html -o report.xml",
    "From cron, which mails what is printed:": 'report=$(llmgw-report -q -f text) || echo "$report"',
    "What a check measures and what to do about it:": "llmgw-report --explain error-ratio",
}


def manual() -> str:
    """The page, in the macros of man(7)."""
    parts = [
        f'.TH LLMGW\\-REPORT 1 "" "llmgw\\-report {__version__}" "User Commands"',
        ".nh",
        ".ad l",
        ".SH NAME",
        "llmgw\\-report \\- one health report of an LLM gateway",
        ".SH SYNOPSIS",
        ".B llmgw\\-report\n[\\fIOPTION\\fR]...",
        ".SH DESCRIPTION",
        f".B llmgw\\-report\n{text(ABOUT)}",
        ".SH OPTIONS",
        *_options(),
        ".SH EXIT STATUS",
        *(_entry(f"\\fB{number}\\fR", said) for number, said in EXIT_CODES.items()),
        ".SH ENVIRONMENT",
        text(VARIABLES),
        _entry(f"\\fB{text(TOKEN_VARIABLE)}\\fR", "The token that is sent with the scrape."),
        ".SH FILES",
        *(_entry(f"\\fI{text(path)}\\fR", said) for path, said in FILES.items()),
        ".SH EXAMPLES",
        *(f"{text(said)}\n.PP\n.RS 4\n.nf\n{text(line)}\n.fi\n.RE\n.PP" for said, line in EXAMPLE.items()),
    ]
    return "\n".join(parts) + "\n"


def _options() -> Iterator[str]:
    """Each group with its options in the order of the help text; click adds `--help` at the end."""
    context = click.Context(command, **command.context_settings)
    groups = [*(option.group for option in OPTIONS), "Help"]
    for name, found in groupby(zip(groups, command.get_params(context), strict=True), key=itemgetter(0)):
        yield f".SS {name}"
        yield from (_option(context, parameter) for _, parameter in found)


def _option(context: click.Context, parameter: click.Parameter) -> str:
    assert isinstance(parameter, click.Option)
    names, said = parameter.get_help_record(context) or ("", "")
    found = re.fullmatch(r"((?:-\w, )?--[\w-]+(?: / --[\w-]+)?)(?: (.*))?", names)
    assert found, names
    flags, values = found.groups()
    head = f"\\fB{text(flags)}\\fR" + (f" \\fI{value(values)}\\fR" if values else "")
    return _entry(head, said)


def value(words: str) -> str:
    """What stands behind an option; a list of choices may break after each, or a long one is wider than a line."""
    return text(words).replace("|", "|\\:")


def _entry(head: str, said: str) -> str:
    return f".TP\n{head}\n{text(said)}"


def text(words: str) -> str:
    """Plain words as roff: hyphens that can be copied, lists that can wrap, no escapes, no line that is a macro."""
    plain = words.replace("`", "").replace("\\", "\\e").replace("-", "\\-").replace("|", "|\\:")
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line for line in plain.splitlines())


def completion(shell: str) -> str:
    """The script of one shell, as the command prints it for `eval`."""
    environment = {**os.environ, COMPLETE: f"{shell}_source"}
    done = subprocess.run(
        [sys.executable, "-m", "llmgw_report"], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def main() -> None:
    """Write all of them."""
    MANUAL.write_text(manual(), "utf-8")
    for shell in SHELLS:
        (DOCS / "completion" / f"llmgw-report.{shell}").write_text(completion(shell), "utf-8")


if __name__ == "__main__":
    main()
