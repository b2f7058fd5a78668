"""Snapshots with one thing in them."""

from typing import Any, Literal

from msgspec.structs import replace

from llmgw_report.checks import load
from llmgw_report.config.slo import Slo
from llmgw_report.model.contents import DatabaseSection, MetricsSection, SavedMetrics, TableRows
from llmgw_report.model.continuity import Against, Continuity, Course
from llmgw_report.model.finding import Finding, Health
from llmgw_report.model.outcomes import BudgetWindow, ErrorBudget, OutcomeCounts, Outcomes, SubjectOutcomes
from llmgw_report.model.report import (
    Baseline,
    BlindSpot,
    ExpectationResult,
    GatewayInfo,
    Input,
    Snapshot,
    WaiverLine,
    Window,
)
from llmgw_report.model.resilience import LimitRow
from llmgw_report.model.sections import (
    UNRECORDED,
    BucketCount,
    Count,
    Coverage,
    ErrorPattern,
    InstanceRow,
    Latency,
    Sections,
    Sessions,
    Tokens,
    Traffic,
    TrafficRow,
    Trend,
    TrendPoint,
    WindowCounts,
)
from llmgw_report.pipeline.judge import judge, thresholds

AT = "2026-03-02T12:00:00Z"


def ask(slug: str, snapshot: Snapshot, **bounds: object) -> list[Finding]:
    """What one check says, with some of its bounds changed."""
    everything = thresholds()
    everything[slug] = replace(everything[slug], **bounds)
    return list(judge(snapshot, everything, [load(slug)]))


def snapshot(*, blind: tuple[str, ...] = (), inputs: tuple[Input, ...] | None = None, **sections: object) -> Snapshot:
    """Both sources read, and nothing in them but `sections`."""
    return Snapshot(
        at=AT,
        gateway=GatewayInfo(
            name="llm-gateway",
            version="0.3.0",
            detected_by=(),
            blind_spots=tuple(BlindSpot(quantity=quantity, reason="never recorded") for quantity in blind),
        ),
        window=Window(since="2026-03-02T11:00:00Z", until=AT, seconds=3600, trend_seconds=43200, slow_seconds=5),
        inputs=(source("metrics"), source("database")) if inputs is None else inputs,
        sections=_with_outcomes(replace(NOTHING, **sections)),
        absent=(),
    )


def _with_outcomes(sections: Sections) -> Sections:
    return replace(sections, outcomes=sections.outcomes or outcomes_of(sections.traffic, sections.instances))


def outcomes_of(traffic: Traffic | None, instances: tuple[InstanceRow, ...] = ()) -> Outcomes | None:
    """The outcomes that go with the traffic and the instances of the same sections."""
    if traffic is None:
        return None
    subjects = [_subject({}, traffic.total.outcomes, traffic.total.requests)]
    rows = [row for row in traffic.rows if row.group != UNRECORDED]
    if traffic.group_by != "all" and len(traffic.rows) > 1:
        subjects += [_subject({traffic.group_by: row.group}, row.outcomes, row.requests) for row in rows]
    subjects += [
        _subject({"provider": one.provider, "instance": one.instance}, one.outcomes, one.attempts) for one in instances
    ]
    return Outcomes(basis="window", source="metrics", subjects=tuple(subjects))


def _subject(subject: dict[str, str], ended: OutcomeCounts | None, n: int | None) -> SubjectOutcomes:
    if ended is None:
        return SubjectOutcomes(subject=subject, outcomes=OutcomeCounts(), unobserved=n or 0)
    return SubjectOutcomes(subject=subject, outcomes=ended, untimed=ended.service)


def ended(requests: int | None, server: int | None, client: int | None = 0) -> OutcomeCounts | None:
    """So many requests, of which some failed on the server's side and some by the client's mistake."""
    if requests is None or server is None:
        return None
    client = client or 0
    return OutcomeCounts(success=requests - server - client, server_error=server, client_error=client)


def source(
    kind: Literal["metrics", "database"], reason: str | None = None, named: Literal["yes", "no"] = "yes"
) -> Input:
    """An input that was read, or that was not for a reason."""
    status: Literal["ok", "unavailable"] = "unavailable" if reason else "ok"
    return Input(kind=kind, target=f"{kind}.file", status=status, reason=reason, elapsed_seconds=0.0, named=named)


def traffic(
    requests: int,
    latency: Latency | None = None,
    *,
    server: int | None = None,
    client: int | None = 0,
    tokens: int | None = None,
    **figures: float,
) -> Traffic:
    """A total of so many requests with these `figures`; without `server` nobody knows how they ended."""
    total = TrafficRow(
        group="all",
        requests=requests,
        tokens=Tokens(input=tokens, output=tokens),
        latency=latency or Latency(),
    ).with_outcomes(ended(requests, server, client), 0)
    total = replace(total, **figures)
    return Traffic(group_by="all", rows=(total,), total=total, source="metrics", basis="lifetime")


def earlier(problem: str | None = None, **sections: object) -> Baseline:
    """A report of an hour ago with nothing in it but `sections`."""
    return Baseline(
        target="earlier.json",
        at="2026-03-02T11:00:00Z",
        gateway="llm-gateway",
        window_seconds=3600,
        sections=None if problem else replace(NOTHING, **sections),
        problem=problem,
    )


def against(before: Traffic, now: Traffic, course: Trend | None = None) -> Snapshot:
    """Two windows of rows, the earlier one in an earlier report; both reports have the same trend."""
    baseline = earlier(traffic=replace(before, basis="window"), trend=course)
    return replace(snapshot(traffic=replace(now, basis="window"), trend=course), baseline=baseline)


def hours(*errors: int, requests: int = 1000, seconds: tuple[float, ...] = ()) -> Trend:
    """Hours of so many requests with these errors, or of these mean durations; the last one is the window."""
    figures: list[dict[str, Any]] = [{"errors": one} for one in errors]
    figures += [{"timed": requests, "mean_seconds": one} for one in seconds]
    points = tuple(
        TrendPoint(time=f"2026-03-02T{hour:02}:00:00.000Z", requests=requests, **figure)
        for hour, figure in enumerate(figures)
    )
    return Trend(source="rows", bucket_seconds=3600, points=points, trusted="yes")


def course(against_: Against, state: Course) -> Continuity:
    """Ten counters read twice, of which two fell unless they went on."""
    fallen = 0 if state == "continued" else 2
    return Continuity(against=against_, state=state, reason="because", counters=10, fallen=fallen)


def patterns(rows: int, *names: str) -> dict[str, Any]:
    """Sections with ERROR rows of these patterns, so many each."""
    errors = tuple(
        ErrorPattern(level="ERROR", pattern=name, count=rows, providers=(), first_seen=AT, last_seen=AT)
        for name in names
    )
    return {"errors": errors, "window_counts": WindowCounts(error_levels={"ERROR": rows * len(names)}, log_rows=100)}


def burning(bad: int, good: int = 1000, target: float = 0.999) -> ErrorBudget:
    """An objective over 30 days whose windows all hold the same requests."""
    goal = Slo(target=target)
    rate = bad / (good + bad) / (1 - target) if good + bad else None
    windows = tuple(BudgetWindow(seconds=one, good=good, bad=bad, burn_rate=rate) for one in goal.windows())
    return ErrorBudget(
        target_ratio=target,
        window_seconds=goal.window_seconds,
        basis="window",
        source="rows",
        good=good,
        bad=bad,
        burn_rate=rate,
        left_ratio=None if rate is None else 1 - rate,
        windows=windows,
        rules=goal.rules(),
    )


def buckets(*counts: tuple[float | None, int], mean: float | None = None) -> Latency:
    """A histogram by its cumulative counts."""
    found = tuple(BucketCount(up_to_seconds=bound, count=count) for bound, count in counts)
    return Latency(count=counts[-1][1], source="histogram", buckets=found, mean_seconds=mean)


def instance(health: Health, requests: int | None = None, server: int | None = None, name: str = "a-1") -> InstanceRow:
    """One instance of provider "a"."""
    found = ended(requests, server)
    return InstanceRow(
        provider="a",
        instance=name,
        health=health,
        attempts=requests,
        by_status={},
        outcomes=found,
        error_ratio=found.error_ratio if found else None,
    )


def database(last: str | None = AT, *, snapshots: SavedMetrics | None = None, **rows: int) -> DatabaseSection:
    """Tables by name with so many rows."""
    tables = tuple(TableRows(name=name, rows=count, first=last, last=last) for name, count in rows.items())
    return DatabaseSection(tables=tables, levels={}, recent_logs=(), snapshots=snapshots)


def mistimed(**rows: int) -> DatabaseSection:
    """A database with a table of log rows, of which so many are `future` or `untimed`."""
    return DatabaseSection(
        tables=(TableRows(name="logs", rows=9, first=AT, last=AT, **rows),), levels={}, recent_logs=()
    )


def saved(falls: int, count: int = 4) -> SavedMetrics:
    """Saved metrics with labels."""
    return SavedMetrics(count=count, spacing_seconds=300, gaps=(), labelled="yes", falls=falls)


def metrics(bad: int = 0) -> MetricsSection:
    """A scrape of 40 samples."""
    return MetricsSection(families=(), missing=(), samples=40, bytes=4000, bad_line_count=bad)


def count_of(source_: str, value: int, quantity: str = "requests") -> Count:
    """One count."""
    return Count(quantity=quantity, source=source_, value=value, basis="lifetime")


def coverage(quantity: str, observed: int, of: int) -> Coverage:
    """So many of so many."""
    return Coverage(quantity=quantity, observed=observed, of=of, ratio=observed / of, note="successes")


def expected(observed: float | None) -> ExpectationResult:
    """At least 14 requests, and how many there are."""
    reason = "no scrape was read" if observed is None else None
    return ExpectationResult(
        figure="traffic.total.requests", observed=observed, operator="at-least", threshold=14.0, reason=reason
    )


def waiver(state: Literal["active", "expiring", "expired", "unused"], days_left: int) -> WaiverLine:
    """A waiver of one finding, unless it is unused."""
    return WaiverLine(
        check="error-ratio",
        subject={"instance": "a-*"},
        reason="lab machine",
        expires="2026-03-31",
        days_left=days_left,
        state=state,
        matched=() if state == "unused" else ("error-ratio;instance=a-1",),
    )


NOTHING = Sections(
    traffic=None,
    instances=(),
    sessions=Sessions(total=None),
    errors=(),
    slow_requests=(),
    trend=None,
    token_efficiency=(),
    database=None,
    metrics=None,
    counts=(),
    coverage=(),
    queries=(),
)


def limit(used: float, kind: str = "money", scope: str = "api-key", maximum: float = 100.0) -> LimitRow:
    """A limit of one API key or another scope."""
    left, ratio = maximum - used, used / maximum
    return LimitRow(scope=scope, name="alice", kind=kind, used=used, remaining=left, maximum=maximum, used_ratio=ratio)


def streams(first_token: Latency) -> Traffic:
    """500 requests with this time to the first token."""
    found = traffic(500)
    total = replace(found.total, time_to_first_token=first_token)
    return replace(found, total=total, rows=(total,))
