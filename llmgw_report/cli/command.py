"""The command as click reads it: its options, its help text, its exit codes."""

from textwrap import fill
from typing import Any

import click

from llmgw_report.cli.abort import EXIT_CODES
from llmgw_report.cli.arguments import Command, options
from llmgw_report.config.option import PREFIX

EXIT_CODE_LINES = "\n".join(
    fill(text.replace("`", ""), width=76, initial_indent=f"{code:>5}  ", subsequent_indent=" " * 7)
    for code, text in EXIT_CODES.items()
)
HELP = f"""One health report of an LLM gateway, from one metrics scrape and its SQLite log database.

\b
Exit codes:
{EXIT_CODE_LINES}

Every setting has an environment variable LLMGW_REPORT_<OPTION>, and a key in
the configuration file.
"""


@click.command(
    cls=Command,
    help=HELP,
    context_settings={
        "auto_envvar_prefix": PREFIX.rstrip("_"),
        "max_content_width": 100,
        "help_option_names": ["-h", "--help"],
    },
)
@options
@click.pass_context
def command(context: click.Context, /, **typed: Any) -> int:  # noqa: ANN401 - options of many types
    """One run; returns the exit code."""
    from llmgw_report.cli.reporting import report  # `--help` does without

    return report(context, typed)
