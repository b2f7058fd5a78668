"""Every option of the command, one entry each.

An entry is the flag, the environment variable and the key of `llmgw-report.toml`, with its help, default, sample and
completion. What click offers, what the file may hold, `--show-config`, the commented example, the manual and the
completion of shells are all made from this table.
"""

from typing import Literal

from msgspec import Struct

from llmgw_report import messages, plugins
from llmgw_report.config import presets

PREFIX = "LLMGW_REPORT_"
#: A token is never an option: every user of a machine can read the arguments of its processes.
TOKEN_VARIABLE = f"{PREFIX}BEARER_TOKEN"

Group = Literal["Sources", "Window", "Report", "Gate", "Help"]
"""The heading under which the help text and the manual list an option."""

Kind = Literal[
    "text", "header", "file", "folder", "choice",
    "duration", "window", "instant", "ratio", "size", "count",
    "flag", "switch", "boolean", "page",
]  # fmt: skip
"""What a value is. `flag` has no value, `switch` is --x or --no-x, `page` prints something and ends."""

Completion = Literal["files", "folders", "checks", "gateways", "presets", "thresholds"]
"""What a shell offers as the value, where that is not a list of words."""


class Option(Struct, frozen=True, kw_only=True):
    """One option. `default`, `sample` and the file hold values as users write them, such as "1h".

    `table` is where the file has it, "" above the first table, None nowhere; `key` its name there if it differs.
    `needs` is another option without which this one means nothing, `instead` one that it takes the place of.
    `selects`: it says what to measure, and so contradicts judging a saved report.
    """

    name: str
    group: Group
    kind: Kind
    help: str
    short: str | None = None
    metavar: str | None = None
    default: str | int | None = None
    choices: tuple[str, ...] = ()
    maximum: int = 0
    repeatable: bool = False
    table: str | None = None
    key: str | None = None
    sample: str | None = None
    complete: Completion | None = None
    needs: str | None = None
    instead: str | None = None
    selects: bool = False

    @property
    def parameter(self) -> str:
        """The name as Python and click write it."""
        return self.name.replace("-", "_")

    @property
    def variable(self) -> str:
        """The environment variable of a setting."""
        return f"{PREFIX}{self.parameter.upper()}"

    @property
    def file_key(self) -> str:
        """The key inside its table."""
        return self.key or self.name

    @property
    def is_setting(self) -> bool:
        """Whether a variable may set it: one that is named like a page would turn every run into that page."""
        return self.group != "Help"

    @property
    def description(self) -> str:
        """The help with the default, if there is one."""
        return self.help if self.default is None else f"{self.help} Default: {self.default}."


SOURCES = (
    Option(
        name="url",
        group="Sources",
        kind="text",
        help="Metrics endpoint. Default: from the gateway's config.toml in the working directory, else http://127.0.0.1:8080/metrics.",
        table="sources",
        sample="http://127.0.0.1:8080/metrics",
        instead="metrics-file",
        selects=True,
    ),
    Option(
        name="metrics-file",
        group="Sources",
        kind="file",
        metavar="FILE|-",
        help="A saved scrape instead of --url.",
        table="sources",
        sample="metrics.prom",
        instead="url",
        selects=True,
    ),
    Option(name="metrics", group="Sources", kind="switch", help="Read the metrics or not. Default: read them."),
    Option(
        name="db-path",
        group="Sources",
        kind="file",
        help="SQLite log database. Default: from config.toml, else ./data/observability.db.",
        table="sources",
        sample="data/observability.db",
        selects=True,
    ),
    Option(
        name="db",
        group="Sources",
        kind="switch",
        help="Read the database or not. Default: read it.",
        instead="observability",
    ),
    Option(
        name="observability",
        group="Sources",
        kind="boolean",
        help="The same as --db or --no-db, under the name that the gateway's own tool uses.",
        instead="db",
    ),
    Option(
        name="gateway",
        group="Sources",
        kind="text",
        metavar="NAME|DIR",
        help="Gateway definition, by its name or its folder. Default: detected from families and tables.",
        table="sources",
        sample="llm-gateway",
        complete="gateways",
        selects=True,
    ),
    Option(
        name="query",
        group="Sources",
        kind="file",
        metavar="FILE.sql",
        help="Add a query of your own as a table, one SELECT per file. Repeatable.",
        repeatable=True,
        table="sources",
        key="queries",
        sample="my.sql",
        selects=True,
    ),
    Option(
        name="tests",
        group="Sources",
        kind="file",
        metavar="FILE.xml",
        help="Add test results, one JUnit document per file. Repeatable.",
        repeatable=True,
        table="sources",
        sample="junit.xml",
        selects=True,
    ),
    Option(
        name="header",
        group="Sources",
        kind="header",
        metavar="'N: V'|@FILE",
        help="Send this header with the scrape, or those in the lines of a file. Repeatable.",
        repeatable=True,
    ),
    Option(
        name="bearer-token-file",
        group="Sources",
        kind="file",
        help=f"Send the token in this file. Or set {TOKEN_VARIABLE}.",
    ),
    Option(name="ca-file", group="Sources", kind="file", help="Trust the certificates in this file."),
    Option(name="insecure", group="Sources", kind="flag", help="Do not verify the endpoint's certificate."),
    Option(name="client-cert", group="Sources", kind="file", help="Client certificate (PEM) for mutual TLS."),
    Option(
        name="client-key",
        group="Sources",
        kind="file",
        help="The certificate's key, if it is in a file of its own.",
        needs="client-cert",
    ),
    Option(
        name="interval",
        group="Sources",
        kind="duration",
        help="Scrape again after this time, for live rates. Default: one scrape.",
        selects=True,
    ),
    Option(
        name="timeout",
        group="Sources",
        kind="duration",
        help="Give up on the scrape after this time.",
        default="10s",
        table="sources",
    ),
    Option(
        name="max-scrape-bytes",
        group="Sources",
        kind="size",
        help="Reject a larger scrape, counted after decompression.",
        default="512MiB",
        table="sources",
    ),
)
WINDOW = (
    Option(
        name="at",
        group="Window",
        kind="instant",
        help="Report as of this instant, RFC 3339 or epoch seconds; later rows are ignored. Default: now.",
        selects=True,
    ),
    Option(
        name="window",
        group="Window",
        kind="window",
        help='Window of errors, slow requests and traffic from rows. "all" is reserved: accepted, and counts as 1h.',
        default="1h",
        table="window",
        selects=True,
    ),
    Option(
        name="trend-window",
        group="Window",
        kind="duration",
        help="Window of the request trend.",
        default="12h",
        table="window",
        selects=True,
    ),
    Option(
        name="bucket",
        group="Window",
        kind="duration",
        help="One point of the trend.",
        default="5m",
        table="window",
        selects=True,
    ),
    Option(
        name="slow",
        group="Window",
        kind="duration",
        help="A request that takes longer is slow.",
        default="5s",
        table="window",
        selects=True,
    ),
    Option(
        name="top",
        group="Window",
        kind="count",
        help="Rows of a top list, 1 to 1000.",
        default=5,
        maximum=1000,
        table="window",
        selects=True,
    ),
    Option(
        name="group-by",
        group="Window",
        kind="choice",
        choices=("api-key", "provider", "model", "all"),
        help="Groups of the traffic table.",
        default="provider",
        selects=True,
    ),
)
REPORT = (
    Option(
        name="format",
        group="Report",
        kind="choice",
        short="f",
        choices=plugins.modules("renderers"),
        help="What goes to standard output; text is coloured on a terminal unless NO_COLOR is set. Default: md.",
    ),
    Option(
        name="output",
        group="Report",
        kind="file",
        short="o",
        metavar="[FORMAT=]FILE",
        help="Also write this file, format from its extension. Repeatable.",
        repeatable=True,
    ),
    Option(
        name="environment",
        group="Report",
        kind="text",
        metavar="NAME",
        help="Name of the environment that the gateway serves, such as eu-prod.",
        table="",
        sample="eu-prod",
    ),
    Option(
        name="lang",
        group="Report",
        kind="choice",
        choices=messages.names(),
        help="Language of md, html and text. Default: that of the locale, else en.",
        table="",
        sample="zh-CN",
    ),
    Option(
        name="title",
        group="Report",
        kind="text",
        help="Title of md and html. Default: LLM gateway health report.",
        table="report",
        sample="Gateway of team A",
    ),
    Option(
        name="css",
        group="Report",
        kind="file",
        help="Add this style sheet to html, after its own.",
        table="report",
        sample="own.css",
    ),
    Option(
        name="template",
        group="Report",
        kind="file",
        metavar="FILE.j2",
        help="Render a format by a template of your own: NAME.html.j2, NAME.md.j2 or NAME.txt.j2. Repeatable.",
        repeatable=True,
        table="report",
        key="templates",
        sample="own.html.j2",
    ),
    Option(
        name="template-dir",
        group="Report",
        kind="folder",
        help="Take templates from here before the built-in ones of the same name.",
        table="report",
        sample="looks",
    ),
    Option(
        name="no-redact",
        group="Report",
        kind="flag",
        help="Show keys, tokens and e-mail addresses in text from outside as they are. For your own eyes.",
    ),
    Option(
        name="quiet",
        group="Report",
        kind="flag",
        short="q",
        help="Write nothing to standard error when the verdict is PASS.",
    ),
)
GATE = (
    Option(
        name="config",
        group="Gate",
        kind="file",
        help="Configuration. Default: ./llmgw-report.toml, else the user's own.",
    ),
    Option(name="no-config", group="Gate", kind="flag", help="Read no configuration file."),
    Option(
        name="preset",
        group="Gate",
        kind="text",
        metavar="NAME",
        help=f"Thresholds for a stage: {', '.join(presets.names())}.",
        table="",
        sample="production",
        complete="presets",
    ),
    Option(
        name="set",
        group="Gate",
        kind="text",
        metavar="CHECK.KEY=VALUE",
        help="Change one threshold, for example error-ratio.fail=2%. Repeatable.",
        repeatable=True,
        complete="thresholds",
    ),
    Option(
        name="fail-on",
        group="Gate",
        kind="choice",
        choices=("fail", "warn", "never"),
        help="Exit 1 from this status on; never: for CI steps that only report.",
        default="fail",
        table="",
    ),
    Option(
        name="idle",
        group="Gate",
        kind="choice",
        choices=("unknown", "pass", "fail"),
        help="Reserved: accepted, and no verdict depends on it yet.",
        default="unknown",
        table="",
    ),
    Option(
        name="exit-profile",
        group="Gate",
        kind="choice",
        choices=("standard", "nagios"),
        help="nagios: exit 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN and for every error.",
        default="standard",
    ),
    Option(
        name="baseline", group="Gate", kind="file", metavar="FILE.json", help="An earlier JSON report to compare with."
    ),
    Option(
        name="slo",
        group="Gate",
        kind="ratio",
        help="Ratio of good requests to keep, for example 99.5%.",
        table="slo",
        key="target",
        sample="99.5%",
    ),
    Option(
        name="slo-window",
        group="Gate",
        kind="duration",
        help="Over which --slo has to hold, a day or more.",
        default="30d",
        table="slo",
        key="window",
        needs="slo",
    ),
    Option(
        name="rejudge",
        group="Gate",
        kind="file",
        metavar="FILE.json",
        help="Evaluate a saved JSON report again with the thresholds given here; reads no source.",
    ),
)
HELP = (
    Option(name="list-checks", group="Help", kind="page", help="Print every check with its thresholds."),
    Option(
        name="explain",
        group="Help",
        kind="page",
        metavar="CHECK",
        help="Print what a check measures and what to do.",
        complete="checks",
    ),
    Option(name="list-gateways", group="Help", kind="page", help="Print every known gateway."),
    Option(name="schema", group="Help", kind="page", help="Print the JSON Schema of --format json."),
    Option(
        name="show-config",
        group="Help",
        kind="flag",
        help="Print every effective value and where it came from, and stop.",
    ),
    Option(name="demo", group="Help", kind="flag", help="Report on bundled data of an unhealthy gateway."),
    Option(name="debug", group="Help", kind="flag", help="Show the traceback of a bug."),
    Option(name="version", group="Help", kind="page", help="Show the version and exit."),
)

#: In the order of the help text.
OPTIONS = (*SOURCES, *WINDOW, *REPORT, *GATE, *HELP)
BY_NAME = {option.name: option for option in OPTIONS}
#: Those that the file may hold, by table and key.
BY_KEY = {(option.table, option.file_key): option for option in OPTIONS if option.table is not None}
#: Tables of the file that hold options, in its order.
TABLES = ("sources", "window", "report", "slo")
METAVARS: dict[Kind, str] = {
    "text": "TEXT",
    "file": "FILE",
    "folder": "DIR",
    "duration": "DURATION",
    "window": "DURATION|all",
    "instant": "TIME",
    "ratio": "RATIO",
    "size": "SIZE",
    "count": "N",
    "boolean": "BOOL",
}
