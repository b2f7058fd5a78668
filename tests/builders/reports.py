"""Reports made by hand, each field with a harmless default."""

from msgspec.structs import replace

from llmgw_report.model.contents import (
    DatabaseSection,
    FamilyRow,
    LogRow,
    MetricsSection,
    MissingFamily,
    SamplingGap,
    SavedMetrics,
    TableRows,
)
from llmgw_report.model.finding import Finding
from llmgw_report.model.outcomes import OutcomeCounts
from llmgw_report.model.report import (
    SCHEMA,
    Absent,
    BlindSpot,
    Exit,
    GatewayInfo,
    Input,
    Report,
    Setup,
    Timings,
    Tool,
    Verdict,
    Window,
)
from llmgw_report.model.scrape import BadLine
from llmgw_report.model.sections import (
    Bucket,
    Count,
    Coverage,
    ErrorPattern,
    InstanceRow,
    Latency,
    PercentileValue,
    ProviderSessions,
    QueryFailure,
    QueryTable,
    Sections,
    Sessions,
    SlowRequest,
    TokenEfficiency,
    Tokens,
    Traffic,
    TrafficRow,
    Trend,
    TrendPoint,
)
from tests.builders.snapshots import NOTHING

AT = "2026-01-09T01:26:40.000Z"
SINCE = "2026-01-09T00:26:40.000Z"


_FINDING = Finding(
    check="error-ratio",
    subject={"instance": "openai-1"},
    status="fail",
    title="One request in three fails",
    seen="5 of 14 requests failed (35.7 %).",
    why="Clients see these failures.",
    do="Read the error patterns below.",
)
_METRICS = Input(kind="metrics", target="metrics.prom", status="ok", reason=None, elapsed_seconds=0.01)
_DATABASE = Input(kind="database", target="logs.db", status="ok", reason=None, elapsed_seconds=0.01)
_REPORT = Report(
    schema=SCHEMA,
    generated_at=AT,
    at=AT,
    tool=Tool(name="llmgw-report", version="0.1.0"),
    gateway=GatewayInfo(name="llm-gateway", version="0.3.0", detected_by=("metrics: 6 families",)),
    window=Window(since=SINCE, until=AT, seconds=3600, trend_seconds=43200, slow_seconds=5),
    inputs=(_METRICS, _DATABASE),
    verdict=Verdict(status="pass", headline="no check failed"),
    exit=Exit(code=0, reason="no check failed"),
    sections=NOTHING,
    findings=(),
    timings=Timings(scrape_seconds=0.012, queries={}, render_seconds=0, total_seconds=0.1, peak_rss_bytes=31457280),
    absent=(),
)
_ENDED = OutcomeCounts(success=9, error=5)
_TRAFFIC_ROW = TrafficRow(
    group="openai",
    requests=14,
    tokens=Tokens(input=72, output=60),
    latency=Latency(
        mean_seconds=3.73,
        count=3,
        source="llm_request_duration_seconds",
        population="non-streaming successes",
    ).with_percentiles(
        {
            "p50": PercentileValue(seconds=2.97),
            "p90": PercentileValue(seconds=4.2, bucket=Bucket(above_seconds=2.5, up_to_seconds=5)),
            "p99": PercentileValue(bucket=Bucket(above_seconds=60, up_to_seconds=None)),
        }
    ),
).with_outcomes(_ENDED, 0)


def finding(**fields: object) -> Finding:
    """A failing finding about one instance."""
    return replace(_FINDING, **fields)


def report(**fields: object) -> Report:
    """A report on two sources that were read and in which nothing was found."""
    return replace(_REPORT, **fields)


def with_sections(**fields: object) -> Report:
    """The same report with some of its sections filled."""
    return report(sections=replace(NOTHING, **fields))


def metrics(**fields: object) -> Input:
    """A scrape that was read."""
    return replace(_METRICS, **fields)


def database(**fields: object) -> Input:
    """A database that was read."""
    return replace(_DATABASE, **fields)


def traffic_row(**fields: object) -> TrafficRow:
    """A group whose figures are all known."""
    return replace(_TRAFFIC_ROW, **fields)


def trend(*requests: int) -> Trend:
    """A trend in 5-minute buckets."""
    points = tuple(
        TrendPoint(time=f"2026-01-08T{index // 12 % 24:02}:{index % 12 * 5:02}:00.000Z", requests=n)
        for index, n in enumerate(requests)
    )
    return Trend(source="rows that start a request", bucket_seconds=300, points=points, trusted="yes")


def full(outside: str = "plain") -> Report:
    """Every section filled, and `outside` in every place that text from outside reaches."""
    one = traffic_row(group=outside)
    return report(
        gateway=GatewayInfo(
            name=outside,
            version=outside,
            title=outside,
            detected_by=(outside,),
            blind_spots=(BlindSpot(quantity=outside, reason=outside),),
        ),
        inputs=(
            metrics(target=outside, origin=outside),
            database(target=outside, status="unavailable", reason=outside, hint=outside),
        ),
        verdict=Verdict(status="fail", headline=outside, reasons=(outside,)),
        exit=Exit(code=1, reason=outside),
        sections=_sections(outside, one),
        findings=tuple(_findings(outside)),
        timings=Timings(
            scrape_seconds=None, queries={outside: 0.002}, render_seconds=0.01, total_seconds=0.1, peak_rss_bytes=1
        ),
        absent=(Absent(quantity=outside, reason=outside), Absent(quantity="traffic.latency", reason=outside)),
        setup=Setup(config_file=outside),
    )


def _findings(outside: str) -> list[Finding]:
    text = {
        "title": outside,
        "seen": outside,
        "why": outside,
        "do": outside,
        "reason": f"{outside} too",
        "unit": outside,
    }
    return [
        finding(status=status, subject={outside: outside}, check=f"check-{status}", observed=2, **text)
        for status in ("fail", "warn", "unknown", "skip", "pass")
    ]


def _sections(outside: str, one: TrafficRow) -> Sections:
    return Sections(
        traffic=Traffic(group_by="provider", rows=(one,), total=one, source=outside, basis="lifetime", since=outside),
        instances=(
            InstanceRow(
                provider=outside,
                instance=outside,
                health="down",
                attempts=14,
                by_status={outside: 5},
                outcomes=_ENDED,
                error_ratio=_ENDED.error_ratio,
            ),
        ),
        sessions=Sessions(total=1, rows=(ProviderSessions(provider=outside, sessions=1),)),
        errors=(
            ErrorPattern(
                level=outside,
                pattern=outside,
                count=3,
                providers=(outside,),
                first_seen=outside,
                last_seen=outside,
                instances=(outside,),
            ),
        ),
        slow_requests=(
            SlowRequest(
                request_id=outside,
                time=AT,
                duration_seconds=7.2,
                slowest_span=outside,
                slowest_span_ratio=0.9,
                provider=outside,
                model=outside,
                slowest_span_seconds=6.5,
            ),
        ),
        trend=replace(trend(1, 2, 3), source=outside, trusted="no", reason=outside),
        token_efficiency=(
            TokenEfficiency(model=outside, input_tokens=72, output_tokens=60, output_input_ratio=60 / 72),
        ),
        database=DatabaseSection(
            tables=(TableRows(name=outside, rows=67, first=outside, last=outside),),
            levels={outside: 67},
            recent_logs=(LogRow(time=outside, level=outside, message=outside, fields={outside: outside}),),
            snapshots=SavedMetrics(
                count=29,
                spacing_seconds=60,
                gaps=(SamplingGap(since=outside, until=outside, seconds=600),),
                labelled="no",
                falls=2,
                example=outside,
            ),
        ),
        metrics=MetricsSection(
            families=(FamilyRow(name=outside, type=outside, series=3, known="yes"),),
            missing=(MissingFamily(name=outside, reason=outside),),
            samples=120,
            bytes=14000,
            bad_line_count=12,
            bad_lines=(BadLine(line=7, reason=outside, text=outside),),
        ),
        counts=(Count(quantity=outside, source=outside, value=14, basis="lifetime", since=outside),),
        coverage=(Coverage(quantity=outside, observed=3, of=14, ratio=3 / 14, note=outside),),
        queries=(
            QueryTable(name=outside, title=outside, columns=(outside, "n"), rows=((outside, 1),), elapsed_seconds=0.01),
        ),
        failed_queries=(QueryFailure(name=outside, title=outside, reason=outside),),
    )
