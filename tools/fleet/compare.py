"""Every figure of a report that a source knows, beside what happened."""

from collections.abc import Iterator, Mapping, Sequence

from llmgw_report.model import timestamp
from llmgw_report.model.report import Report
from llmgw_report.model.sections import Latency
from tools.fleet.line import ERRORS, REQUESTS, TOKENS, Line, Wanted
from tools.fleet.traffic import SUCCESS, Counted, Request, counted

SLO = 0.995
#: Seconds of every window that an objective over 30 days watches.
WINDOWS = (300, 1800, 3600, 6 * 3600, 3 * 86_400, 30 * 86_400)
#: Five minutes are short: what comes between two scrapes is some of it.
SHORT = Wanted(0.05, 2)
BURN_RATE = Wanted(0.03, 0.05)


def totals(source: str, of: str, report: Report, true: Counted) -> Iterator[Line]:
    """The sums over everything that was counted."""
    traffic = report.sections.traffic
    row = traffic.total if traffic else None
    ended = row.outcomes if row else None
    yield Line(source, "basis", of, traffic and traffic.basis, "window")
    yield Line(source, "requests", of, row and row.requests, true.requests, REQUESTS)
    yield Line(source, "server errors", of, ended and ended.server_error, true.failed, ERRORS)
    yield Line(source, "client errors", of, ended and ended.client_error, true.client_errors, ERRORS)
    yield Line(source, "input tokens", of, row and row.tokens.input, true.input_tokens, TOKENS)
    yield Line(source, "output tokens", of, row and row.tokens.output, true.output_tokens, TOKENS)


def targets(
    source: str, of: str, report: Report, true: Mapping[str, Counted], wanted: Wanted = REQUESTS
) -> Iterator[Line]:
    """The sums of each replica."""
    rows = {row.target: row for row in report.targets}
    yield Line(source, "number of replicas", of, len(rows), len(true))
    for name, its in true.items():
        row, where = rows.get(name), f"{name}, {of}"
        ended = row.outcomes if row else None
        # Of one that never answered there are neither requests nor outcomes.
        counted = row and row.requests
        counted = 0 if row and row.up == "down" and counted is None and not its.requests else counted
        failed = ended.server_error if ended else None if its.requests else 0
        yield Line(source, "requests of a replica", where, counted, its.requests, wanted)
        yield Line(source, "server errors of a replica", where, failed, its.failed, ERRORS)


def presence(source: str, report: Report, up: Mapping[str, str], restarts: Mapping[str, int]) -> Iterator[Line]:
    """Who answers, and who began again."""
    for row in report.targets:
        yield Line(source, "up", row.target, row.up, up[row.target])
        if row.requests:
            yield Line(source, "restarts", row.target, row.restarts, restarts.get(row.target, 0))


def health(source: str, report: Report, true: Mapping[tuple[str, str], str]) -> Iterator[Line]:
    """The state of every deployment at every replica, those in order in one line; a row without a replica is of all."""
    states = {(row.instance, row.target): row.health for row in report.sections.instances}
    found = {(name, target): states.get((name, target), states.get((name, None))) for name, target in true}
    for (name, target), state in true.items():
        if "ok" not in {state, found[name, target]}:
            yield Line(source, "health", f"{name} at {target}", found[name, target], state)
    fine, truth = (sum(state == "ok" for state in its.values()) for its in (found, true))
    yield Line(source, "health", "how many are ok", fine, truth)


def verdict(source: str, of: str, report: Report, status: str, failing: Sequence[str]) -> Iterator[Line]:
    """The word of the report, and which replicas fail by name."""
    yield Line(source, "verdict", of, report.verdict.status, status)
    found = [one for one in report.findings if one.check == "error-ratio" and one.status == "fail"]
    names = sorted(one.subject["target"] for one in found if "target" in one.subject)
    yield Line(source, "replicas that FAIL", of, ", ".join(names), ", ".join(failing))


def latencies(source: str, of: str, latency: Latency | None, requests: Sequence[Request]) -> Iterator[Line]:
    """The mean, and the p99 between the ends of what the source can say of it."""
    seconds = sorted(one.ended - one.began for one in requests if one.outcome == SUCCESS)
    true, mean = seconds[int(0.99 * len(seconds))], sum(seconds) / len(seconds)
    yield Line(source, "mean latency", of, latency and latency.mean_seconds, mean, REQUESTS)
    p99 = latency.p99 if latency else None
    low, high = (None, None) if p99 is None else (p99.low_seconds, p99.high_seconds)
    if p99 and p99.bucket:
        low, high = p99.bucket.above_seconds, p99.bucket.up_to_seconds
    ends = None if low is None or high is None else f"{low:g} to {high:g} s"
    inside = low is not None and high is not None and low <= true <= high
    yield Line(source, "where p99 is", of, ends, ends if inside else f"{true:.3f} s")


def budget(source: str, report: Report, true: Mapping[int, tuple[int, int]]) -> Iterator[Line]:
    """The error budget, window by window; `true` has the good and the bad requests of each."""
    found = report.sections.error_budget
    yield Line(source, "error budget", "basis", found and found.basis, "window")
    windows = {round(one.seconds): one for one in found.windows} if found else {}
    for seconds, (good, bad) in true.items():
        one, of = windows.get(seconds), f"last {_span(seconds)}"
        short = seconds == min(WINDOWS)
        yield Line(source, "budget: requests", of, one and one.good + one.bad, good + bad, SHORT if short else REQUESTS)
        yield Line(source, "budget: failed", of, one and one.bad, bad, SHORT if short else ERRORS)
    good, bad = true[max(true)]
    yield Line(source, "burn rate", "", found and found.burn_rate, bad / (good + bad) / (1 - SLO), BURN_RATE)


def spans(requests: Sequence[Request], at: float, known: float) -> dict[int, tuple[int, int]]:
    """Good and bad requests of each window that an objective watches, since they are known; mistakes are neither."""
    found = {}
    for seconds in WINDOWS:
        mine = counted(one for one in requests if max(known, at - seconds) < one.ended <= at)
        found[seconds] = (mine.requests - mine.failed - mine.client_errors, mine.failed)
    return found


def _span(seconds: int) -> str:
    hours = seconds // 3600
    return f"{seconds // 60} min" if not hours else f"{hours} h" if hours < 24 else f"{hours // 24} d"


def trend(source: str, report: Report, requests: Sequence[Request], since: float) -> Iterator[Line]:
    """The whole buckets after `since`: their sums, and each of them."""
    found, of = report.sections.trend, "1 h"
    until, step = timestamp.parse(report.window.until) / 1000, found.bucket_seconds if found else 0.0
    begun = [(timestamp.parse(point.time) / 1000, point) for point in (found.points if found else ())]
    whole = [(begin, point) for begin, point in begun if begin >= since and begin + step <= until]
    true = [counted(one for one in requests if begin < one.ended <= begin + step) for begin, _ in whole]
    requested, failed = (sum(getattr(one, name) for one in true) for name in ("requests", "failed"))
    yield Line(source, "trend: requests", of, sum(point.requests for _, point in whole), requested, REQUESTS)
    yield Line(source, "trend: failed", of, sum(point.errors or 0 for _, point in whole), failed, ERRORS)
    for (_, point), one in zip(whole, true, strict=True):
        yield Line(source, "trend: a bucket", point.time[11:16], point.requests, one.requests, SHORT)
