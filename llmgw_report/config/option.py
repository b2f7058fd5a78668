"""What an option is: its names on the command line, in the environment and in the file, and the kind of its value."""

from typing import Literal, NamedTuple

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


class Option(NamedTuple):
    """One option. `default`, `sample` and the file hold values as users write them, such as "1h".

    `table` is where the file has it, "" above the first table, None nowhere; `key` its name there if it differs.
    `needs` are other options without one of which this one means nothing, `instead` those that it takes the place of.
    `single`: the file may hold one value of a repeatable option without a list around it.
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
    single: bool = False
    table: str | None = None
    key: str | None = None
    sample: str | None = None
    complete: Completion | None = None
    needs: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
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
