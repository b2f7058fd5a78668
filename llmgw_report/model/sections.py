"""The measured part of the JSON document. Base units, the unit in the key; an absent figure is None.

Times are RFC 3339 in UTC with milliseconds, as text: the document is what programs read, and the
renderers read the document.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field, structs

from llmgw_report.messages import msg
from llmgw_report.model.contents import DatabaseSection, MetricsSection
from llmgw_report.model.continuity import Continuity, LiveRow
from llmgw_report.model.database import Value
from llmgw_report.model.finding import Health
from llmgw_report.model.history import History
from llmgw_report.model.outcomes import ErrorBudget, ErrorRatio, Exactness, Outcome, OutcomeCounts, Outcomes
from llmgw_report.model.quantities import (
    INTERVAL_FIELDS,
    OTHER_DURATIONS,
    OTHER_TOKENS,
    PERCENTILES,
    ROW_FIGURES,
    TOKEN_TYPES,
    with_fields,
)
from llmgw_report.model.resilience import Resilience
from llmgw_report.model.results import Results

GroupBy = Literal["api-key", "provider", "model", "all"]
Basis = Literal["lifetime", "window"]
Trusted = Literal["yes", "no"]

#: The group of requests for which the gateway did not record one.
UNRECORDED = msg("(not recorded)")


class Bucket(Struct, frozen=True, kw_only=True):
    """The histogram bucket that holds a percentile; `up_to_seconds` None is infinity."""

    above_seconds: float
    up_to_seconds: float | None


class BucketCount(Struct, frozen=True, kw_only=True):
    """Observations up to an upper limit, those of smaller buckets included; `up_to_seconds` None is infinity."""

    up_to_seconds: float | None
    count: int


class PercentileValue(Struct, frozen=True, kw_only=True):
    """One percentile of a distribution: its value, the bucket that it lies in, the ends of its 95 % interval."""

    seconds: float | None = None
    bucket: Bucket | None = None
    low_seconds: float | None = None
    high_seconds: float | None = None


@with_fields(
    {
        "": {f"{name}_seconds": float | None for name in PERCENTILES},
        "reason": {f"{name}_bucket": Bucket | None for name in PERCENTILES},
        "worst_of": dict.fromkeys(INTERVAL_FIELDS, float | None),
    }
)
class Latency(Struct, frozen=True, kw_only=True):
    """The distribution of a duration with its n, where it was read, and which requests are in it.

    Each percentile of the vocabulary has its fields, such as `p99_seconds`, which `percentiles` holds together.
    It is None, with `reason`, where n is too small for it or the source does not record it. From a histogram it
    is interpolated inside the bucket beside it. `worst_of` > 1: quantiles of that many summaries, of which the
    largest is shown, because quantiles cannot be averaged. From rows, `p99_low_seconds` and `p99_high_seconds`
    are the 95 % interval by order statistics, and `buckets` sketch the durations: ten per power of ten,
    those between two empty buckets left out.
    """

    mean_seconds: float | None = None
    count: int | None = None
    source: str = "none"
    population: str = ""
    reason: str | None = None
    worst_of: int | None = None
    buckets: tuple[BucketCount, ...] = ()

    @property
    def percentiles(self) -> dict[str, PercentileValue]:
        """Every percentile of the vocabulary by its name."""
        return {
            name: PercentileValue(
                seconds=getattr(self, f"{name}_seconds"),
                bucket=getattr(self, f"{name}_bucket"),
                low_seconds=getattr(self, f"{name}_low_seconds", None),
                high_seconds=getattr(self, f"{name}_high_seconds", None),
            )
            for name in PERCENTILES
        }

    @property
    def p99(self) -> PercentileValue:
        """The percentile that checks evaluate."""
        return self.percentiles["p99"]

    def with_percentiles(self, values: Mapping[str, PercentileValue]) -> "Latency":
        """The same distribution with these percentiles."""
        ends = ("seconds", "bucket", "low_seconds", "high_seconds")
        fields = {f"{name}_{end}": getattr(value, end) for name, value in values.items() for end in ends}
        return structs.replace(self, **{name: value for name, value in fields.items() if hasattr(self, name)})


@with_fields({"output": {one.key: int | None for one in OTHER_TOKENS}})
class Tokens(Struct, frozen=True, kw_only=True):
    """Tokens by type; None where nothing records that type."""

    input: int | None = None
    output: int | None = None

    @classmethod
    def of(cls, found: Mapping[str, int | None]) -> "Tokens":
        """Of token type -> tokens."""
        return cls(**{one.key: found.get(name) for name, one in TOKEN_TYPES.items()})

    @property
    def recorded(self) -> dict[str, int]:
        """Token type -> tokens, of those that are recorded."""
        found = {name: getattr(self, one.key) for name, one in TOKEN_TYPES.items()}
        return {name: value for name, value in found.items() if value is not None}


@with_fields(
    {
        "tokens": {one.field: float | None for one in ROW_FIGURES},
        "latency": {one.field: Latency | None for one in OTHER_DURATIONS},
    }
)
class TrafficRow(Struct, frozen=True, kw_only=True):
    """Traffic of one group. `outcomes` are those of its requests; None where none of them could be observed.

    `unobserved` requests have no outcome, and `error_ratio` is of those that have one. A quantity of the vocabulary
    that no section reads by its name has a field here, None where nothing records it.
    """

    group: str
    requests: int | None
    outcomes: OutcomeCounts | None = None
    unobserved: int | None = None
    error_ratio: ErrorRatio | None = None
    tokens: Tokens = Tokens()
    latency: Latency

    def with_outcomes(self, outcomes: OutcomeCounts | None, unobserved: int | None) -> "TrafficRow":
        """The same traffic with these outcomes."""
        return structs.replace(
            self, outcomes=outcomes, unobserved=unobserved, error_ratio=outcomes.error_ratio if outcomes else None
        )

    @property
    def durations(self) -> dict[str, Latency]:
        """Latency family -> its distribution; `latency` first, then those that are recorded."""
        found = {one.name: getattr(self, one.field) for one in OTHER_DURATIONS}
        return {"latency": self.latency, **{name: value for name, value in found.items() if value is not None}}

    @property
    def figures(self) -> dict[str, float]:
        """Field -> figure of the quantities that only some gateways count, of those that are recorded."""
        found = {one.field: getattr(self, one.field) for one in ROW_FIGURES}
        return {field: value for field, value in found.items() if value is not None}


class Totals(Struct, frozen=True, kw_only=True):
    """Traffic per group and in total. `basis` "lifetime" counts since `since`, if that is known.

    `exactness` is that of the groups; the total is counted.

    `input_includes_cached`: whether the input tokens hold those that were read from a cache; None where no gateway
    counts these.
    """

    group_by: GroupBy
    rows: tuple[TrafficRow, ...]
    total: TrafficRow
    source: str
    basis: Basis
    since: str | None = None
    input_includes_cached: Trusted | None = None
    exactness: Exactness = "exact"


class Traffic(Totals, frozen=True, kw_only=True):
    """Traffic of the window, and beside it the `lifetime` totals of the scrape where there are any.

    Where nothing counts the window these stand alone: `basis` is "lifetime", and `lifetime` None.
    """

    lifetime: Totals | None = None


class InstanceRow(Struct, frozen=True, kw_only=True):
    """One upstream instance, its attempts and how they ended. `by_status` keeps the gateway's own words.

    `health_note` is why the state is not known: never tried, or series that disagree. `recovery` is how a state that
    is down ends (see `MetricMapping`); an instance of the same `pool`, by default of its provider, can do its work.
    With --interval, `health` is the state at the last scrape, and `health_before` that at the first, if it was so long
    before that a state that is over would have ended. `last_success` is the time of the newest success of the window,
    None where no source has its time. `target` is the process whose state it is, where several do not agree.
    """

    provider: str
    instance: str
    health: Health
    attempts: int | None
    by_status: dict[str, int]
    source: Literal["metrics", "log rows"] = "metrics"
    outcomes: OutcomeCounts | None = None
    error_ratio: ErrorRatio | None = None
    health_note: str | None = None
    recovery: str | None = None
    pool: str | None = None
    health_before: Health | None = None
    target: str | None = None
    last_success: str | None = None

    @property
    def unanswered(self) -> int:
        """Its requests, if it is ok by the gateway's own flag and answered none of them; otherwise 0."""
        ended = self.outcomes
        return ended.base if self.health == "ok" and ended and not ended.success else 0


class ProviderSessions(Struct, frozen=True, kw_only=True):
    provider: str
    sessions: int


class Sessions(Struct, frozen=True, kw_only=True):
    total: int | None
    rows: tuple[ProviderSessions, ...] = ()


class ErrorPattern(Struct, frozen=True, kw_only=True):
    """Log rows with the same message once ids, numbers and addresses are replaced.

    `outcome` is that of the requests whose error it is; None for rows of a log, and where they ended differently.
    `began` is when its present run began, before the window if the log shows it: before that, it was absent for longer
    than at any time since. None where it may have begun before the window and nothing shows when.
    `provider_counts` and `instance_counts` are the rows of each name; empty where these are not counted.
    `per_bucket` counts them over time, in steps of the window's `bucket_seconds`; empty where that is not known.
    """

    level: str
    pattern: str
    outcome: Outcome | None = None
    count: int
    providers: tuple[str, ...]
    first_seen: str
    last_seen: str
    began: str | None = None
    instances: tuple[str, ...] = ()
    provider_counts: dict[str, int] = field(default_factory=dict)
    instance_counts: dict[str, int] = field(default_factory=dict)
    per_bucket: tuple[int, ...] = ()


class SlowRequest(Struct, frozen=True, kw_only=True):
    """A request that took longer than `[window] slow`; without a child span `slowest_span` is None."""

    request_id: str
    time: str
    duration_seconds: float
    slowest_span: str | None
    slowest_span_ratio: float | None
    provider: str | None
    model: str | None
    slowest_span_seconds: float | None = None


@with_fields({"mean_seconds": {f"{name}_seconds": float | None for name in PERCENTILES}})
class TrendPoint(Struct, frozen=True, kw_only=True):
    """Requests in the bucket that begins at `time`, and how many of these failed where rows record that.

    `error_rows` are log rows of level ERROR, of which a request may write none or several. `timed` requests have a
    recorded duration, `mean_seconds` on average. The percentiles are those of `Latency`, None where the bucket has too
    few durations for one.
    """

    time: str
    requests: int
    errors: int | None = None
    error_rows: int | None = None
    timed: int | None = None
    mean_seconds: float | None = None

    @property
    def percentiles(self) -> dict[str, float]:
        """Those of the vocabulary that the bucket has, by their names."""
        found = {name: getattr(self, f"{name}_seconds") for name in PERCENTILES}
        return {name: value for name, value in found.items() if value is not None}

    def with_latency(self, latency: Latency) -> "TrendPoint":
        """The same bucket with the percentiles of its durations."""
        found = {f"{name}_seconds": value.seconds for name, value in latency.percentiles.items()}
        return structs.replace(self, **found)


class Trend(Struct, frozen=True, kw_only=True):
    """Requests per bucket; `source` is what was counted, and `trusted` "no" comes with the reason.

    `latency_source` is what the percentiles of the points are interpolated in; None where they have none.
    """

    source: str
    bucket_seconds: float
    points: tuple[TrendPoint, ...]
    trusted: Trusted
    reason: str | None = None
    latency_source: str | None = None


class TokenEfficiency(Struct, frozen=True, kw_only=True):
    model: str
    input_tokens: int
    output_tokens: int
    output_input_ratio: float | None


class Count(Struct, frozen=True, kw_only=True):
    """One independent count of a quantity, by its source, over the time since `since`.

    `compared` is "no" where the product's own counting explains any difference from the other sources.
    """

    quantity: str
    source: str
    value: int
    basis: Basis
    since: str | None = None
    compared: Trusted = "yes"


class Coverage(Struct, frozen=True, kw_only=True):
    """Of how many requests a quantity was observed: a p99 of 3 of 14 requests is a p99 of 3.

    `of` are the requests that can have it, where the gateway counts those; where it does not, and never records the
    quantity for some kind of request, `attainable` is "no": a ratio below 1 is a fact about the product.
    """

    quantity: str
    observed: int | None
    of: int | None
    ratio: float | None
    note: str
    attainable: Trusted = "yes"


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


class RowsLeftOut(Struct, frozen=True, kw_only=True):
    """Rows of a query, or values of the rows that it sums up, that cannot be right; `reason` is that of the first."""

    name: str
    count: int
    reason: str


class WindowCounts(Struct, frozen=True, kw_only=True):
    """Everything in the window, where the lists of the sections hold the first few alone.

    `errors` are the patterns, `error_levels` their rows by level. Of the `log_rows` and the `timed_requests` each could
    have shown a fault: without any, "none found" proves nothing.
    """

    errors: int | None = None
    error_levels: dict[str, int] = field(default_factory=dict)
    slow_requests: int | None = None
    token_efficiency: int | None = None
    log_rows: int | None = None
    timed_requests: int | None = None


class Sections(Struct, frozen=True, kw_only=True):
    """Every section. One that could not be measured is empty or None, and `absent` of the report says why.

    `since_last_report`, `live` and `continuity` come from a second reading of the counters.
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
    counts: tuple[Count, ...]
    coverage: tuple[Coverage, ...]
    queries: tuple[QueryTable, ...]
    failed_queries: tuple[QueryFailure, ...] = ()
    rows_left_out: tuple[RowsLeftOut, ...] = ()
    window_counts: WindowCounts = WindowCounts()
    since_last_report: Totals | None = None
    live: tuple[LiveRow, ...] = ()
    continuity: tuple[Continuity, ...] = ()
    error_budget: ErrorBudget | None = None
    tests: Results | None = None
    outcomes: Outcomes | None = None
    lifetime_outcomes: Outcomes | None = None
    resilience: Resilience = Resilience()
    history: History | None = None

    @property
    def window_traffic(self) -> Totals | None:
        """Traffic of the window, where it is counted."""
        return self.traffic if self.traffic and self.traffic.basis == "window" else None

    @property
    def lifetime_traffic(self) -> Totals | None:
        """Totals of the scrape, where there is one."""
        return self.traffic.lifetime if self.traffic and self.traffic.basis == "window" else self.traffic

    def is_since_run(self, traffic: Totals) -> bool:
        """Whether this traffic was counted since an earlier run, which was never made just a window ago."""
        return self.history is not None and self.history.since is not None and traffic.since == self.history.since

    @property
    def most_traffic(self) -> Totals | None:
        """Totals of the scrape, else traffic of the window: whichever counts more requests."""
        return self.lifetime_traffic or self.traffic
