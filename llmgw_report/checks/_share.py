"""Judging a share of requests by its interval: what both error ratios have in common."""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._finding import Subject, finding, unknown
from llmgw_report.checks._interval import Z99, more_needed, wilson
from llmgw_report.model.finding import Finding
from llmgw_report.model.status import Status
from llmgw_report.model.threshold import Threshold

NEVER = float("inf")


def judge_share(hits: int, n: int, what: str, subject: Subject, threshold: Threshold) -> Iterator[Finding]:
    """One verdict on `hits` of `n`: `what` completes "3 of 20 requests ...".

    Above a limit only if the whole interval is (99 % for fail, 95 % for warn). Below only if the whole
    95 % interval is below the limit that gates. Anything else is unknown, with what would settle it.
    """
    lower, upper = wilson(hits, n)
    if n < threshold.min_n:
        yield from unknown(f"{hits} of {n} requests {what}; fewer than {threshold.min_n} are not judged", subject, n=n)
        return
    status, limit = _verdict(lower, upper, wilson(hits, n, Z99)[0], threshold)
    reason = None if status != "unknown" else _undecided(hits, n, limit)
    interval = f"95 % interval {units.ratio(lower)} to {units.ratio(upper)}"
    yield finding(
        status,
        f"{units.count(hits)} of {units.count(n)} requests {what}: {units.ratio(hits / n)} ({interval})",
        subject,
        observed=hits / n,
        operator="above",
        limit=limit,
        unit="ratio",
        n=n,
        reason=reason,
    )


def _verdict(lower: float, upper: float, lower99: float, threshold: Threshold) -> tuple[Status, float]:
    """Status and the limit that decided it."""
    warn = NEVER if threshold.warn is None else threshold.warn
    fail = NEVER if threshold.fail is None else threshold.fail
    if lower99 > fail:
        return "fail", fail
    if lower > warn:
        return "warn", warn
    gate = warn if fail == NEVER else fail
    return ("pass" if upper < gate else "unknown"), gate


def _undecided(hits: int, n: int, limit: float) -> str:
    more = more_needed(hits, n, limit)
    needed = f"about {units.count(more)} more requests would tell" if more else "no number of requests would tell"
    return f"{units.ratio(limit)} lies inside the interval: {needed}"
