"""The JSON document and, inside it, the part that was measured.

    Snapshot   what was seen, at one instant; checks are functions of this alone
    Report     the snapshot, what the checks say of it, and the exit code

Because a check reads nothing but the snapshot, and the snapshot is part of the document, a saved
document can be evaluated again.
"""

from typing import Literal

from msgspec import Struct

from llmgw_report.model.finding import ExitProfile, Finding, InputStatus, VerdictStatus
from llmgw_report.model.sections import Basis, Sections
from llmgw_report.model.target import TargetCounts, TargetRow

#: "llmgw-report/1": fields are only added. A field that changes its meaning makes it "/2".
SCHEMA = "llmgw-report/1"


Source = Literal["metrics", "database", "log", "history"]
"""What the inputs of a report hold."""

VerdictOfIdle = Literal["unknown", "pass", "fail"]
"""The verdict on a window without a request."""


class Tool(Struct, frozen=True, kw_only=True):
    name: str
    version: str


class BlindSpot(Struct, frozen=True, kw_only=True):
    """A quantity that this gateway never records, whatever happens: absent, not zero."""

    quantity: str
    reason: str


class GatewayInfo(Struct, frozen=True, kw_only=True):
    """Which product this is and how it was recognised; name "unknown" if it was not.

    `environment` is the operator's own name for this deployment, such as "eu-prod". `write_delay_seconds` is how late
    the gateway may write a row of its database. `settings` names, by outcome, the product's own settings for it.
    """

    name: str
    version: str | None
    detected_by: tuple[str, ...]
    title: str = ""
    blind_spots: tuple[BlindSpot, ...] = ()
    environment: str | None = None
    write_delay_seconds: float = 0.0
    settings: dict[str, str] = {}


class Window(Struct, frozen=True, kw_only=True):
    """Half-open: after `since`, up to and with `until`. `bucket_seconds` is one step of what is counted over time.

    `basis` "lifetime": there is nothing of the window but totals of a process that is older. `counted_seconds` is the
    time that the counters are of, where a run of a history was subtracted that is not as old as the window. `whole`
    "yes": the life of the process was asked for, and `seconds` is as much of it as the rows are of.
    """

    since: str
    until: str
    seconds: float
    trend_seconds: float
    slow_seconds: float
    bucket_seconds: float | None = None
    basis: Basis = "window"
    counted_seconds: float | None = None
    whole: Literal["yes", "no"] = "no"

    def seconds_of(self, source: str) -> float:
        """How long the time is that figures of a source are of; rows are of the window that was asked for."""
        return self.counted_seconds if self.counted_seconds and source == "metrics" else self.seconds


class Input(Struct, frozen=True, kw_only=True):
    """One source, whether it was read, and what that took. `named` "yes": the user asked for it, so it is required.

    `as_of` is the time that what it holds is of: that of a scrape's newest sample, else of the answer, or of the file's
    last change (with --at, the evaluation time); that of a database's newest row and of a history's newest run. `hint`
    is what to do about one that could not be read, or what would show more of one that was. `notes` are what else there
    is to know of it, in sentences.
    """

    kind: Literal["metrics", "database", "log", "history", "server"]
    target: str
    status: InputStatus
    reason: str | None
    elapsed_seconds: float
    as_of: str | None = None
    named: Literal["yes", "no"] = "no"
    hint: str | None = None
    origin: str = ""
    notes: tuple[str, ...] = ()

    @property
    def source(self) -> Source:
        """What it holds, whichever way that was read: metrics are those of a server too."""
        return "metrics" if self.kind == "server" else self.kind


class Absent(Struct, frozen=True, kw_only=True):
    quantity: str
    reason: str


class Timings(Struct, frozen=True, kw_only=True):
    """What the run took, up to its rendering: no document can hold the time of its own writing.

    `render_seconds` is for loading what renders, and part of the total.
    """

    scrape_seconds: float | None
    queries: dict[str, float]
    render_seconds: float
    total_seconds: float
    peak_rss_bytes: int
    database_read_seconds: float | None = None


class Verdict(Struct, frozen=True, kw_only=True):
    """Result of the whole report, in one sentence, since when, and the findings that decide it, one sentence each."""

    status: VerdictStatus
    headline: str
    since: str | None = None
    reasons: tuple[str, ...] = ()


class Exit(Struct, frozen=True, kw_only=True):
    """The exit code, the sentence that explains it, and what the codes mean: see `ExitProfile`."""

    code: int
    reason: str
    profile: ExitProfile = "standard"


class WaiverLine(Struct, frozen=True, kw_only=True):
    """One waiver of the configuration and what became of it.

    `state`: "active" waived something; "expiring" did, and ends within 14 days; "expired" no longer
    waives; "unused" matched no finding; "exceeded" matched one that is worse than its ceiling.
    """

    check: str
    subject: dict[str, str]
    reason: str
    expires: str
    days_left: int
    state: Literal["active", "expiring", "expired", "unused", "exceeded"]
    owner: str | None = None
    up_to: float | None = None
    matched: tuple[str, ...] = ()


class ExpectationResult(Struct, frozen=True, kw_only=True):
    """One expectation of the configuration, and the figure that was observed; `figure` is its path or query."""

    figure: str
    observed: float | str | None
    operator: Literal["at-least", "at-most", "equals"]
    threshold: float | str
    reason: str | None = None


class Baseline(Struct, frozen=True, kw_only=True):
    """An earlier document to compare with, or why it cannot be compared with."""

    target: str
    at: str
    gateway: str
    window_seconds: float
    sections: Sections | None
    problem: str | None = None


class Snapshot(Struct, frozen=True, kw_only=True):
    """Everything measured at one instant, with what was missing and why.

    `expectations` and `baseline` are what it is compared with; `waivers` is filled once the findings
    that can be waived are known, and the checks of category "gate" then read it. `targets` are the processes, of which
    there are to be `expected_targets`; `target_counts` are those of a saved report, which has the worst rows alone.
    `idle` is what a window without requests means; `whole` "yes": all of it counts, so that a failure that has ended
    is still one.
    """

    at: str
    gateway: GatewayInfo
    window: Window
    inputs: tuple[Input, ...]
    sections: Sections
    absent: tuple[Absent, ...]
    targets: tuple[TargetRow, ...] = ()
    expected_targets: int | None = None
    target_counts: TargetCounts | None = None
    expectations: tuple[ExpectationResult, ...] = ()
    waivers: tuple[WaiverLine, ...] = ()
    baseline: Baseline | None = None
    idle: VerdictOfIdle = "unknown"
    whole: Literal["yes", "no"] = "no"


class BaselineInfo(Struct, frozen=True, kw_only=True):
    """Which earlier document this one was compared with."""

    target: str
    at: str
    problem: str | None = None


class Setup(Struct, frozen=True, kw_only=True):
    """How the run was set up.

    `config_file` is None where there is none, and `loosened` are its keys that make the gate more lenient. `title` is
    the user's own. `redacted` "no": it may hold keys and tokens. `utc_offset_seconds` is how far the clocks of the
    machine that wrote it were ahead of UTC at the instant evaluated; every time in the document is UTC all the same.
    """

    config_file: str | None = None
    loosened: tuple[str, ...] = ()
    preset: str | None = None
    title: str | None = None
    redacted: Literal["yes", "no"] = "yes"
    utc_offset_seconds: int | None = None


class CounterValue(Struct, frozen=True, kw_only=True):
    """One counter of the scrape: a later run subtracts it from what it counts itself.

    Without a label it is of all its values. `quantity` is of the vocabulary; of a distribution there are its `-count`,
    its `-sum` and, by the label `le`, each `-bucket`, in base units. The label `outcome` says how requests ended,
    "unobserved" where nothing records it.
    """

    quantity: str
    labels: dict[str, str]
    value: float


class Report(Struct, frozen=True, kw_only=True):
    """The document. Field order is the order in the file. `counters` is empty where no scrape was read."""

    schema: str
    generated_at: str
    at: str
    tool: Tool
    gateway: GatewayInfo
    window: Window
    inputs: tuple[Input, ...]
    verdict: Verdict
    exit: Exit
    targets: tuple[TargetRow, ...] = ()
    sections: Sections
    findings: tuple[Finding, ...]
    timings: Timings
    absent: tuple[Absent, ...]
    counters: tuple[CounterValue, ...] = ()
    setup: Setup = Setup()
    expectations: tuple[ExpectationResult, ...] = ()
    waivers: tuple[WaiverLine, ...] = ()
    baseline: BaselineInfo | None = None
    target_counts: TargetCounts | None = None
