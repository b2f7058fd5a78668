"""Every figure of a report that a source knows, beside what happened."""

from collections.abc import Iterator, Mapping, Sequence

from llmgw_report.model import timestamp
from llmgw_report.model.report import Report
from llmgw_report.model.sections import Latency
from tools.fleet.line import ERRORS, REQUESTS, TOKENS, Line, Wanted
from tools.fleet.traffic import FAILED, SUCCESS, Counted, Request

SLO = 0.995
#: A bucket of the trend is short: one scrape more or less is some of it.
BUCKET = Wanted(0.05, 2)


def totals(source: str, of: str, report: Report, true: Counted) -> Iterator[Line]:
    """The sums over everything that was counted."""
    traffic = report.sections.traffic
    row = traffic.total if traffic else None
    ended = row.outcomes if row else None
    yield Line(source, f"basis{of}", traffic and traffic.basis, "window")
    yield Line(source, f"requests{of}", row and row.requests, true.requests, REQUESTS)
    yield Line(source, f"server errors{of}", ended and ended.server_error, true.failed, ERRORS)
    yield Line(source, f"client errors{of}", ended and ended.client_error, true.client_errors, ERRORS)
    yield Line(source, f"input tokens{of}", row and row.tokens.input, true.input_tokens, TOKENS)
    yield Line(source, f"output tokens{of}", row and row.tokens.output, true.output_tokens, TOKENS)


def targets(source: str, of: str, report: Report, true: Mapping[str, Counted]) -> Iterator[Line]:
    """The sums of each replica."""
    rows = {row.target: row for row in report.targets}
    yield Line(source, f"replicas{of}", len(rows), len(true))
    for name, its in true.items():
        row = rows.get(name)
        ended = row.outcomes if row else None
        yield Line(source, f"requests of {name}{of}", row and row.requests, its.requests, REQUESTS)
        failed = ended.server_error if ended else 0
        yield Line(source, f"server errors of {name}{of}", failed, its.failed, ERRORS)


def presence(source: str, report: Report, up: Mapping[str, str], restarts: Mapping[str, int]) -> Iterator[Line]:
    """Who answers, and who began again."""
    for row in report.targets:
        yield Line(source, f"up, {row.target}", row.up, up[row.target])
        if row.requests:
            yield Line(source, f"restarts of {row.target}", row.restarts, restarts.get(row.target, 0))


def health(source: str, report: Report, true: Mapping[tuple[str, str], str]) -> Iterator[Line]:
    """Which deployments are not in order, and at which replica."""
    bad = {
        f"{row.instance} at {row.target or 'all'}": row.health
        for row in report.sections.instances
        if row.health != "ok"
    }
    yield Line(source, "health, what is not ok", bad, {f"{name} at {at}": state for (name, at), state in true.items()})


def failing(source: str, report: Report, names: Sequence[str]) -> Iterator[Line]:
    """The verdict, and which replicas fail by name."""
    yield Line(source, "verdict", report.verdict.status, "fail" if names else "unknown")
    found = sorted(
        one.subject["target"]
        for one in report.findings
        if one.check == "error-ratio" and one.status == "fail" and "target" in one.subject
    )
    yield Line(source, "replicas that FAIL error-ratio", ", ".join(found), ", ".join(names))


def percentile(source: str, of: str, latency: Latency | None, answered: Sequence[Request]) -> Iterator[Line]:
    """The p99: between the ends of what the source can say of it."""
    seconds = sorted(one.ended - one.began for one in answered if one.outcome == SUCCESS)
    true = seconds[int(0.99 * len(seconds))]
    mean = sum(seconds) / len(seconds)
    yield Line(source, f"mean latency{of}, s", latency and latency.mean_seconds, mean, REQUESTS)
    p99 = latency.p99 if latency else None
    low, high = (None, None) if p99 is None else (p99.low_seconds, p99.high_seconds)
    if p99 and p99.bucket:
        low, high = p99.bucket.above_seconds, p99.bucket.up_to_seconds
    inside = low is not None and high is not None and low <= true <= high
    yield Line(
        source, f"p99{of} in its bucket", f"{low} to {high}: {'yes' if inside else true}", f"{low} to {high}: yes"
    )


def budget(source: str, report: Report, true: Mapping[int, tuple[int, int]]) -> Iterator[Line]:
    """The error budget, window by window; `true` has the good and the bad requests of each."""
    found = report.sections.error_budget
    yield Line(source, "error budget", found and found.basis, "window")
    windows = {round(one.seconds): one for one in found.windows} if found else {}
    for seconds, (good, bad) in true.items():
        one, of = windows.get(seconds), f" of the last {_span(seconds)}"
        yield Line(source, f"budget: requests{of}", one and one.good + one.bad, good + bad, REQUESTS)
        yield Line(source, f"budget: failed{of}", one and one.bad, bad, ERRORS)
    good, bad = true[max(true)]
    burnt = bad / (good + bad) / (1 - SLO)
    yield Line(source, "burn rate", found and found.burn_rate, burnt, Wanted(0.03, 0.05))


def spans(requests: Sequence[Request], at: float, known: float) -> dict[int, tuple[int, int]]:
    """Good and bad requests of each window that an objective watches, since they are known; mistakes are neither."""
    found = {}
    for seconds in WINDOWS:
        mine = [one.outcome for one in requests if max(known, at - seconds) < one.ended <= at]
        found[seconds] = (mine.count(SUCCESS), sum(one in FAILED for one in mine))
    return found


WINDOWS = (300, 1800, 3600, 6 * 3600, 3 * 86_400, 30 * 86_400)


def _span(seconds: int) -> str:
    days, hours = divmod(seconds, 86_400)[0], seconds // 3600
    return f"{days} d" if days else f"{hours} h" if hours else f"{seconds // 60} min"


def trend(source: str, report: Report, requests: Sequence[Request], since: float) -> Iterator[Line]:
    """The whole buckets after `since`: their sums, and the one that is worst."""
    found = report.sections.trend
    worst: Line | None = None
    sums = [0, 0, 0, 0]
    for point in found.points if found else ():
        begin = timestamp.parse(point.time) / 1000
        if found is None or begin < since or begin + found.bucket_seconds > report_end(report):
            continue
        mine = [one for one in requests if begin < one.ended <= begin + found.bucket_seconds]
        failed = sum(one.outcome in FAILED for one in mine)
        sums = [a + b for a, b in zip(sums, (point.requests, len(mine), point.errors or 0, failed), strict=True)]
        one = Line(source, "trend: requests of the worst bucket", point.requests, len(mine), BUCKET)
        worst = one if worst is None or abs(one.error or 0) > abs(worst.error or 0) else worst
    yield Line(source, "trend: requests", sums[0], sums[1], REQUESTS)
    yield Line(source, "trend: failed", sums[2], sums[3], ERRORS)
    yield worst or Line(source, "trend: requests of the worst bucket", None, 0, BUCKET)


def report_end(report: Report) -> float:
    """The end of the window."""
    return timestamp.parse(report.window.until) / 1000
