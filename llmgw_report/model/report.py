"""The JSON document and, inside it, the part that was measured.

    Snapshot   what was seen, at one instant; checks are functions of this alone
    Report     the snapshot, what the checks say of it, and the exit code

Because a check reads nothing but the snapshot, and the snapshot is part of the document, a saved
document can be judged again.
"""

from typing import Literal

from msgspec import Struct

from llmgw_report.model.finding import Finding
from llmgw_report.model.sections import Sections
from llmgw_report.model.status import InputStatus, Verdict

#: "llmgw-report/1": fields are only added. A field that changes its meaning makes it "/2".
SCHEMA = "llmgw-report/1"


class Tool(Struct, frozen=True, kw_only=True):
    name: str
    version: str


class BlindSpot(Struct, frozen=True, kw_only=True):
    """A quantity that this gateway never records, whatever happens: absent, not zero."""

    quantity: str
    reason: str


class GatewayInfo(Struct, frozen=True, kw_only=True):
    """Which product this is and how it was recognised; name "unknown" if it was not."""

    name: str
    version: str | None
    detected_by: tuple[str, ...]
    title: str = ""
    blind_spots: tuple[BlindSpot, ...] = ()


class Window(Struct, frozen=True, kw_only=True):
    """Half-open: after `since`, up to and with `until`."""

    since: str
    until: str
    seconds: float
    trend_seconds: float
    slow_seconds: float


class Input(Struct, frozen=True, kw_only=True):
    """One source, whether it was read, and what that took. `named` "yes": the user asked for it, so it is required."""

    kind: Literal["metrics", "database"]
    target: str
    status: InputStatus
    reason: str | None
    elapsed_seconds: float
    named: Literal["yes", "no"] = "no"
    hint: str | None = None
    origin: str = ""


class Absent(Struct, frozen=True, kw_only=True):
    quantity: str
    reason: str


class Timings(Struct, frozen=True, kw_only=True):
    scrape_seconds: float | None
    queries: dict[str, float]
    render_seconds: float
    total_seconds: float
    peak_rss_bytes: int
    database_read_seconds: float | None = None


class Exit(Struct, frozen=True, kw_only=True):
    """The exit code and the sentence that explains it."""

    code: int
    reason: str


class Snapshot(Struct, frozen=True, kw_only=True):
    """Everything measured at one instant, with what was missing and why."""

    at: str
    gateway: GatewayInfo
    window: Window
    inputs: tuple[Input, ...]
    sections: Sections
    absent: tuple[Absent, ...]


class Conclusion(Struct, frozen=True, kw_only=True):
    """The last section: what works, what to improve, and the overall state, each as sentences."""

    state: str
    works: tuple[str, ...]
    improve: tuple[str, ...]


class Report(Struct, frozen=True, kw_only=True):
    """The document. Field order is the order in the file."""

    schema: str
    generated_at: str
    at: str
    tool: Tool
    gateway: GatewayInfo
    window: Window
    inputs: tuple[Input, ...]
    status: Verdict
    exit: Exit
    sections: Sections
    findings: tuple[Finding, ...]
    conclusion: Conclusion
    timings: Timings
    absent: tuple[Absent, ...]
    config_file: str | None = None
