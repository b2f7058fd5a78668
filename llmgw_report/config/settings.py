"""The settings of a run: what every place that sets something comes to, in base units."""

from datetime import date
from typing import Literal

from msgspec import Struct, field

from llmgw_report.config import values
from llmgw_report.config.matchers import Matcher
from llmgw_report.config.slo import Slo
from llmgw_report.messages import Message
from llmgw_report.model.finding import ExitProfile, Threshold
from llmgw_report.model.sections import GroupBy
from llmgw_report.redaction.urls import shown_url


class MetricsTarget(Struct, frozen=True, kw_only=True):
    """One scrape: exactly one of `url` and `file` ("-" is standard input) is set.

    `named` tells a source the user asked for, which is required, from a default that may be missing;
    `origin` says where the choice came from, for the report's head. `withheld` are the credentials that are not sent
    because the address is from a file that was merely found in the working directory. `passed_over`: why the file that
    could have named another one was not used.
    """

    url: str | None = None
    file: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    bearer_token: str | None = None
    ca_file: str | None = None
    insecure: bool = False
    client_cert: str | None = None
    client_key: str | None = None
    timeout_seconds: float = values.default("timeout")
    max_bytes: int = values.default("max-scrape-bytes")
    named: bool = False
    origin: str = "default"
    withheld: tuple[str, ...] = ()
    passed_over: Message | None = None

    @property
    def shown(self) -> str | None:
        """The file, or the URL without credentials, query and fragment: how every message names the source."""
        return self.file if self.url is None else shown_url(self.url)


class ServerTarget(MetricsTarget, frozen=True, kw_only=True):
    """A Prometheus-compatible server: `url` is the part of its address before /api/v1.

    `match` are the label matchers of the gateway, and each value of `label` is one process.
    """

    match: tuple[Matcher, ...]
    label: str = values.default("target-label")

    @property
    def shown(self) -> str | None:
        """The address without credentials, query and fragment, and the matchers."""
        return f"{super().shown} {{{self.selector}}}"

    @property
    def selector(self) -> str:
        """The matchers as a server reads them."""
        return ",".join(one.written() for one in self.match)


class DatabaseTarget(Struct, frozen=True, kw_only=True):
    """One SQLite file, opened for reading only, with the log files of the same gateway.

    `files` are all of them where each process of a gateway writes its own, `path` the first; else it is empty.
    Of a PostgreSQL database `url` is the connection URL, with its password if it has one, from the `url_file`, and
    `path` is what of it may be shown; `url_found`: a file that was merely found in the working directory names it.
    `passed_over` is as in `MetricsTarget`.
    """

    path: str
    files: tuple[str, ...] = ()
    url: str | None = None
    url_file: str | None = None
    url_found: bool = False
    logs: tuple[str, ...] = ()
    timeout_seconds: float = values.default("db-timeout")
    named: bool = False
    origin: str = "default"
    passed_over: Message | None = None


#: Formats that people read. What a program reads stays what its page says, whoever wrote it.
READERS = ("html", "md", "text")


class Templates(Struct, frozen=True, kw_only=True):
    """The user's own: `css` is the text of `css_file`, `files` render a format each, `folder` holds templates."""

    css: str = ""
    css_file: str | None = None
    files: dict[str, str] = field(default_factory=dict)
    folder: str | None = None

    def inputs(self) -> tuple[str | None, ...]:
        """What is read and never written."""
        return self.css_file, *self.files.values()


Comparison = Literal["at-least", "at-most", "equals"]


class Step(Struct, frozen=True, kw_only=True):
    """One name of a path, and the cells of the row to pick where it is a list of rows."""

    name: str
    row: dict[str, str]


class Expectation(Struct, frozen=True, kw_only=True):
    """One expectation: `steps` lead to a figure in the sections; without them `query` and `column` do.

    `figure` is how it was written. No `column`: the first one.
    """

    figure: str
    comparison: Comparison
    limit: float | str
    steps: tuple[Step, ...] = ()
    query: str = ""
    column: str | None = None


class Waiver(Struct, frozen=True, kw_only=True):
    """Findings of `check` whose subject fits every glob do not count up to and with the day `expires`."""

    check: str
    subject: dict[str, str]
    reason: str
    expires: date
    up_to: float | None = None
    owner: str | None = None


FailOn = Literal["fail", "warn", "never"]


Idle = Literal["unknown", "pass", "fail"]
"""The verdict on a window without a request."""


#: So many points has a trend at most.
MAX_BUCKETS = 10_000


class WindowSettings(Struct, frozen=True, kw_only=True):
    """Seconds, and how many rows a top list has.

    `lifetime`: --window all, of which `window` is the part for rows; `process_age`: only of a process that is younger.
    """

    window: float = values.default("window")
    trend_window: float = values.default("trend-window")
    bucket: float = values.default("bucket")
    slow: float = values.default("slow")
    top: int = values.default("top")
    lifetime: bool = False
    process_age: float | None = None


class Settings(Struct, frozen=True, kw_only=True):
    """Everything a run needs to know before it reads anything; a source that is None was switched off."""

    metrics: MetricsTarget | None
    database: DatabaseTarget | None
    gateway: str | None = None
    queries: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    at_ms: int | None = None
    window: WindowSettings = WindowSettings()
    group_by: GroupBy = "provider"
    fail_on: FailOn = "fail"
    exit_profile: ExitProfile = "standard"
    thresholds: dict[str, Threshold] = field(default_factory=dict)
    config_file: str | None = None
    loosened: tuple[str, ...] = ()
    slo: Slo | None = None
    expect_targets: int | None = None
    interval: float | None = None
    baseline: str | None = None
    history: str | None = None
    preset: str | None = None
    expectations: tuple[Expectation, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    lang: str = "en"
    title: str | None = None
    templates: Templates = Templates()
    no_redact: bool = False
    idle: Idle = "unknown"
    environment: str | None = None
    format: str | None = None
    quiet: bool = False
    brief: bool = False
    full: bool = False

    def files(self) -> tuple[str | None, ...]:
        """What is read and never written. Not an earlier report: this one may take its place."""
        scrape = self.metrics.file if self.metrics else None
        database = self.database
        databases: tuple[str | None, ...] = ()
        if database:
            databases = (database.url_file,) if database.url_file else database.files or (database.path,)
        measured = (scrape, *databases, self.history)
        return *measured, self.config_file, *self.queries, *self.tests, *self.templates.inputs()
