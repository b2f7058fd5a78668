"""The measured part of the JSON document. Base units, the unit in the key; an absent figure is None.

Times are RFC 3339 in UTC with milliseconds, as text: the document is what programs read, and the
renderers read the document.
"""

from typing import Literal

from msgspec import Struct, field

from llmgw_report.model.budget import ErrorBudget
from llmgw_report.model.counters import Continuity, LiveRow
from llmgw_report.model.scrape import BadLine
from llmgw_report.model.status import Health
from llmgw_report.model.table import Value
from llmgw_report.model.tests import Results
from llmgw_report.model.traffic import Basis, Traffic

Trusted = Literal["yes", "no"]


class InstanceRow(Struct, frozen=True, kw_only=True):
    """One upstream instance. `by_status` keeps the gateway's own words for its outcomes."""

    provider: str
    instance: str
    health: Health
    requests: int | None
    success: int | None
    errors: int | None
    success_ratio: float | None
    by_status: dict[str, int]
    client_errors: int | None = None
    server_errors: int | None = None


class ProviderSessions(Struct, frozen=True, kw_only=True):
    provider: str
    sessions: int


class Sessions(Struct, frozen=True, kw_only=True):
    total: int | None
    rows: tuple[ProviderSessions, ...] = ()


class ErrorPattern(Struct, frozen=True, kw_only=True):
    """Log rows that say the same thing once ids, numbers and addresses are taken out of them.

    `per_bucket` counts them over time, in steps of the window's `bucket_seconds`; empty where no row told its bucket.
    """

    level: str
    pattern: str
    count: int
    providers: tuple[str, ...]
    first_seen: str
    last_seen: str
    instances: tuple[str, ...] = ()
    per_bucket: tuple[int, ...] = ()


class SlowRequest(Struct, frozen=True, kw_only=True):
    """A request over the slow limit. No child span recorded: `slowest_span` is None, not the request itself."""

    request_id: str
    time: str
    duration_seconds: float
    slowest_span: str | None
    slowest_span_ratio: float | None
    provider: str | None
    model: str | None
    slowest_span_seconds: float | None = None


class TrendPoint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Requests in the bucket that begins at `time`, and where rows tell it, how many of these failed.

    `error_rows` are log rows of level ERROR, of which a request may write none or several.
    """

    time: str
    requests: int
    errors: int | None = None
    error_rows: int | None = None


class Trend(Struct, frozen=True, kw_only=True):
    """Requests per bucket. `trusted` "no" comes with the reason; `source` says what was counted."""

    source: str
    bucket_seconds: float
    points: tuple[TrendPoint, ...]
    trusted: Trusted
    reason: str | None = None


class TokenEfficiency(Struct, frozen=True, kw_only=True):
    model: str
    input_tokens: int
    output_tokens: int
    output_input_ratio: float | None


class TableRows(Struct, frozen=True, kw_only=True):
    name: str
    rows: int
    first: str | None
    last: str | None
    future: int = 0
    untimed: int = 0


class LogRow(Struct, frozen=True, kw_only=True):
    time: str
    level: str
    message: str
    fields: dict[str, str]


class Gap(Struct, frozen=True, kw_only=True):
    since: str
    until: str
    seconds: float


class Snapshots(Struct, frozen=True, kw_only=True):
    """The gateway's own saved metrics: how regular they are, and whether their counters can be believed.

    `labelled` "no": a family was saved without its labels. `falls` counts falls of such a counter that
    no start of the process explains: the saved series changed, not the traffic. `example` shows one.
    """

    count: int
    spacing_seconds: float | None
    gaps: tuple[Gap, ...]
    labelled: Trusted
    falls: int
    example: str | None = None


class DatabaseSection(Struct, frozen=True, kw_only=True):
    tables: tuple[TableRows, ...]
    levels: dict[str, int]
    recent_logs: tuple[LogRow, ...]
    snapshots: Snapshots | None = None


class FamilyRow(Struct, frozen=True, kw_only=True):
    """One family of the scrape; `known` "yes" where the gateway's definition names it."""

    name: str
    type: str
    series: int
    known: Trusted


class MissingFamily(Struct, frozen=True, kw_only=True):
    name: str
    reason: str


class MetricsSection(Struct, frozen=True, kw_only=True):
    families: tuple[FamilyRow, ...]
    missing: tuple[MissingFamily, ...]
    samples: int
    bytes: int
    bad_line_count: int = 0
    bad_lines: tuple[BadLine, ...] = ()
    duplicates: int = 0


class Witness(Struct, frozen=True, kw_only=True):
    """One independent count of a quantity: who says it, how much, and over what time."""

    quantity: str
    source: str
    value: int
    basis: Basis
    since: str | None = None


class Coverage(Struct, frozen=True, kw_only=True):
    """How much of a quantity was observed at all: a p99 of 3 of 14 requests is a p99 of 3."""

    quantity: str
    observed: int | None
    of: int | None
    ratio: float | None
    note: str


class QueryTable(Struct, frozen=True, kw_only=True):
    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    elapsed_seconds: float
    truncated: Trusted = "no"


class QueryFailure(Struct, frozen=True, kw_only=True):
    name: str
    title: str
    reason: str


class WindowRows(Struct, frozen=True, kw_only=True):
    """Rows in the window that could have shown a fault: without any, "none found" proves nothing."""

    log_rows: int | None = None
    timed_requests: int | None = None


class Sections(Struct, frozen=True, kw_only=True):
    """All of it. A section that could not be measured is empty or None, and `absent` says why.

    `traffic` is of the scrape's lifetime where there is a scrape, `traffic_window` then of the window.
    `error_levels` and `slow_count` count everything in the window; the lists beside them are cut.
    `since_last_report`, `live` and `continuity` come of reading the counters a second time.
    """

    traffic: Traffic | None
    instances: tuple[InstanceRow, ...]
    sessions: Sessions
    errors: tuple[ErrorPattern, ...]
    slow_requests: tuple[SlowRequest, ...]
    trend: Trend | None
    token_efficiency: tuple[TokenEfficiency, ...]
    database: DatabaseSection | None
    metrics: MetricsSection | None
    witnesses: tuple[Witness, ...]
    coverage: tuple[Coverage, ...]
    queries: tuple[QueryTable, ...]
    failed_queries: tuple[QueryFailure, ...] = ()
    traffic_window: Traffic | None = None
    error_levels: dict[str, int] = field(default_factory=dict)
    slow_count: int | None = None
    window_rows: WindowRows = WindowRows()
    since_last_report: Traffic | None = None
    live: tuple[LiveRow, ...] = ()
    continuity: tuple[Continuity, ...] = ()
    error_budget: ErrorBudget | None = None
    tests: Results | None = None
