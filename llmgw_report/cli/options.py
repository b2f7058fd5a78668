"""Every option, in the order of the help text. Declarations only: defaults are filled in later.

No option has a default here, so that "not given" can be told from "given as the default": the command
line goes over the environment, that over the file, and that over the defaults.
"""

from collections.abc import Callable
from typing import Any

import click

from llmgw_report import __version__, messages, plugins
from llmgw_report.cli import completion, pages
from llmgw_report.config import load

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class Lines(click.ParamType[str]):
    """Text; several of them in one environment variable are lines, since a header holds blanks."""

    name = "text"
    envvar_list_splitter = "\n"


LINES = Lines()
FORMATS = plugins.modules("renderers")

SOURCES: tuple[Decorator, ...] = (
    click.option(
        "--url",
        help="Metrics endpoint. Default: from the gateway's config.toml in the working directory, else http://127.0.0.1:8080/metrics.",
    ),
    click.option(
        "--metrics-file", metavar="FILE|-", shell_complete=completion.files, help="A saved scrape instead of --url."
    ),
    click.option("--metrics", type=bool, metavar="BOOL", help="Read the metrics or not."),
    click.option("--no-metrics", is_flag=True, help="The same as --metrics=false."),
    click.option(
        "--db-path",
        metavar="FILE",
        shell_complete=completion.files,
        help="SQLite log database. Default: from config.toml, else ./data/observability.db.",
    ),
    click.option("--observability", type=bool, metavar="BOOL", help="Read the database or not."),
    click.option("--no-observability", is_flag=True, help="The same as --observability=false."),
    click.option(
        "--gateway",
        metavar="NAME|DIR",
        shell_complete=completion.gateways,
        help="Gateway definition. Default: detected from families and tables.",
    ),
    click.option(
        "--query",
        metavar="FILE.sql",
        type=LINES,
        multiple=True,
        shell_complete=completion.files,
        help="Add a query of your own as a table. Repeatable.",
    ),
    click.option(
        "--tests",
        metavar="FILE.xml",
        type=LINES,
        multiple=True,
        shell_complete=completion.files,
        help="Add the results of tests, a JUnit document. Repeatable.",
    ),
    click.option(
        "--header",
        metavar="'N: V'|@FILE",
        type=LINES,
        multiple=True,
        help="Send this header with the scrape, or those in the lines of a file. Repeatable.",
    ),
    click.option(
        "--bearer-token-file",
        metavar="FILE",
        shell_complete=completion.files,
        help="Send the token in this file. Or set LLMGW_REPORT_BEARER_TOKEN.",
    ),
    click.option(
        "--ca-file", metavar="FILE", shell_complete=completion.files, help="Trust the certificates in this file."
    ),
    click.option("--insecure", is_flag=True, help="Do not verify the endpoint's certificate."),
    click.option("--client-cert", metavar="FILE", help="Show this certificate to the endpoint; PEM."),
    click.option("--client-key", metavar="FILE", help="Its key, if that is in a file of its own."),
    click.option(
        "--interval", metavar="SECONDS", help="Scrape again after this time, for live rates. Default: one scrape."
    ),
    click.option("--timeout", metavar="SECONDS", help="Give up on the scrape after this time. Default: 10."),
    click.option(
        "--max-scrape-bytes",
        metavar="SIZE",
        help="Refuse a scrape that is larger, counted after decompression. Default: 512MiB.",
    ),
)
WINDOW: tuple[Decorator, ...] = (
    click.option(
        "--at",
        metavar="TIME",
        help="Judge as of this instant, RFC 3339 or epoch seconds; rows after it do not exist. Default: now.",
    ),
    click.option(
        "--window", metavar="TIME", help="Window of errors, slow requests and traffic from rows. Default: 1h."
    ),
    click.option("--trend-window", metavar="TIME", help="Window of the request trend. Default: 12h."),
    click.option("--bucket", metavar="TIME", help="One point of the trend. Default: 5m."),
    click.option("--slow", metavar="TIME", help="A request that takes longer is slow. Default: 5s."),
    click.option("--top", type=click.IntRange(1, 1000), help="Rows of a top list. Default: 5."),
    click.option(
        "--group-by",
        type=click.Choice(["api-key", "provider", "model", "all"]),
        help="Groups of the traffic table. Default: provider.",
    ),
)
REPORT: tuple[Decorator, ...] = (
    click.option(
        "-f",
        "--format",
        type=click.Choice(FORMATS),
        help="What goes to standard output; text is coloured on a terminal unless NO_COLOR is set. Default: md.",
    ),
    click.option(
        "-o",
        "--output",
        metavar="[FORMAT=]FILE",
        type=LINES,
        multiple=True,
        shell_complete=completion.files,
        help="Also write this file, format from its extension. Repeatable.",
    ),
    click.option(
        "--lang",
        type=click.Choice(messages.names()),
        help="Language of md, html and text. Default: that of the locale, else en.",
    ),
    click.option("--title", metavar="TEXT", help="Title of md and html. Default: LLM gateway health report."),
    click.option(
        "--css", metavar="FILE", shell_complete=completion.files, help="Add this style sheet to html, after its own."
    ),
    click.option(
        "--template",
        metavar="FILE.j2",
        type=LINES,
        multiple=True,
        shell_complete=completion.files,
        help="Render a format by a template of your own: NAME.html.j2, NAME.md.j2 or NAME.txt.j2. Repeatable.",
    ),
    click.option(
        "--template-dir",
        metavar="DIR",
        shell_complete=completion.folders,
        help="Take templates from here before the built-in ones of the same name.",
    ),
    click.option(
        "--no-redact",
        is_flag=True,
        help="Show keys, tokens and e-mail addresses in text from outside as they are. For your own eyes.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="Say nothing on standard error when the verdict is PASS."),
)
GATE: tuple[Decorator, ...] = (
    click.option(
        "--config",
        metavar="FILE",
        shell_complete=completion.files,
        help="Configuration. Default: ./llmgw-report.toml, else the user's own.",
    ),
    click.option("--no-config", is_flag=True, help="Read no configuration file."),
    click.option(
        "--preset",
        metavar="NAME",
        shell_complete=completion.stages,
        help=f"Bounds for a stage: {', '.join(load.names())}.",
    ),
    click.option(
        "--set",
        metavar="CHECK.KEY=VALUE",
        type=LINES,
        multiple=True,
        shell_complete=completion.bounds,
        help="Change one bound, for example error-ratio.fail=0.02. Repeatable.",
    ),
    click.option(
        "--fail-on",
        type=click.Choice(["fail", "warn", "never"]),
        help="Exit 1 from this status on; never: for CI steps that only report. Default: fail.",
    ),
    click.option(
        "--exit-profile",
        type=click.Choice(["standard", "nagios"]),
        help="nagios: exit 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN and for every error. Default: standard.",
    ),
    click.option(
        "--baseline",
        metavar="FILE.json",
        shell_complete=completion.files,
        help="An earlier JSON report to compare with.",
    ),
    click.option("--slo", metavar="SHARE", help="Share of good requests to keep, for example 99.5%."),
    click.option("--slo-window", metavar="TIME", help="Over which --slo has to hold. Default: 30d."),
    click.option(
        "--verify",
        metavar="FILE.json",
        shell_complete=completion.files,
        help="Judge a saved JSON report again, by the bounds given here; reads no source.",
    ),
)
HELP: tuple[Decorator, ...] = (
    click.option(
        "--list-checks",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        allow_from_autoenv=False,  # a variable that is named like it would turn every run into a page
        callback=pages.callback(pages.checks),
        help="Print every check with its bounds.",
    ),
    click.option(
        "--explain",
        metavar="CHECK",
        is_eager=True,
        expose_value=False,
        allow_from_autoenv=False,
        callback=pages.explain,
        shell_complete=completion.checks,
        help="Print what a check measures and what to do.",
    ),
    click.option(
        "--list-gateways",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        allow_from_autoenv=False,
        callback=pages.callback(pages.gateways),
        help="Print every gateway that is known.",
    ),
    click.option(
        "--schema",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        allow_from_autoenv=False,
        callback=pages.callback(pages.schema),
        help="Print the JSON Schema of --format json.",
    ),
    click.option(
        "--show-config", is_flag=True, help="Print every effective value and where it came from, and judge nothing."
    ),
    click.option("--demo", is_flag=True, help="Report on bundled data of an unhealthy gateway."),
    click.option("--debug", is_flag=True, help="Show the traceback of a bug."),
    click.version_option(__version__, prog_name="llmgw-report", allow_from_autoenv=False),
)


def options(function: Callable[..., Any]) -> Callable[..., Any]:
    """All of them on one function; the last decorator applied is the first in the help text."""
    for decorator in reversed((*SOURCES, *WINDOW, *REPORT, *GATE, *HELP)):
        function = decorator(function)
    return function
