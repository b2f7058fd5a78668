"""Judging shares of requests by their intervals, several subjects of one check together."""

from collections.abc import Sequence
from math import inf

from msgspec import Struct

from llmgw_report import units
from llmgw_report.checks._finding import Subject, finding
from llmgw_report.checks._interval import ONE_SIDED_95, ONE_SIDED_99, holm, more_needed, p_value, wilson
from llmgw_report.model.finding import Finding
from llmgw_report.model.status import Status
from llmgw_report.model.threshold import Threshold


class Share(Struct, frozen=True, kw_only=True):
    """`hits` of `n` requests of one subject; `what` completes "3 of 20 requests ..."."""

    hits: int
    n: int
    what: str
    subject: Subject


def judge_shares(shares: Sequence[Share], threshold: Threshold, rate: float | None = None) -> list[Finding]:
    """A verdict for each share that has enough requests, in the order given.

    Above a limit only if the whole interval is (99 % for fail, 95 % for warn), all shares taken together.
    Below only if the whole 95 % interval is below the limit that gates. Anything else is unknown, with what
    would settle it at `rate` requests a second.
    """
    failed = _exceeding(shares, threshold.fail, ONE_SIDED_99)
    warned = _exceeding(shares, threshold.warn, ONE_SIDED_95)
    return [
        _finding(share, threshold, fails, warns, rate)
        for share, fails, warns in zip(shares, failed, warned, strict=True)
    ]


def judge_share(share: Share, threshold: Threshold, rate: float | None = None) -> Finding:
    """The same for one share, which may also have too few requests."""
    if share.n >= threshold.min_n:
        return judge_shares([share], threshold, rate)[0]
    more = threshold.min_n - share.n
    seen = f"{units.count(share.hits)} of {units.count(share.n)} requests {share.what}"
    reason = f"fewer than {threshold.min_n} requests are not judged: {_needed(more, rate)}"
    return finding("unknown", seen, share.subject, reason=reason, n=share.n)


def _exceeding(shares: Sequence[Share], limit: float | None, level: float) -> list[bool]:
    if limit is None:
        return [False] * len(shares)
    return holm([p_value(share.hits, share.n, limit) for share in shares], level)


def _finding(share: Share, threshold: Threshold, fails: bool, warns: bool, rate: float | None) -> Finding:  # noqa: FBT001 - two verdicts
    lower, upper = wilson(share.hits, share.n)
    ratio = share.hits / share.n if share.n else 0.0
    status, limit = _verdict(upper, threshold, fails=fails, warns=warns)
    interval = f"95 % interval {units.ratio(lower)} to {units.ratio(upper)}"
    seen = (
        f"{units.count(share.hits)} of {units.count(share.n)} requests {share.what}: {units.ratio(ratio)} ({interval})"
    )
    if status == "pass":
        seen += f"; a true share of {units.ratio(upper)} or more would have been noticed"
    return finding(
        status,
        seen,
        share.subject,
        observed=ratio,
        operator="above",
        limit=limit,
        unit="ratio",
        n=share.n,
        reason=_undecided(share, limit, rate) if status == "unknown" else None,
    )


def _verdict(upper: float, threshold: Threshold, *, fails: bool, warns: bool) -> tuple[Status, float | None]:
    """Status and the limit that decided it."""
    if fails:
        return "fail", threshold.fail
    if warns:
        return "warn", threshold.warn
    gate = threshold.fail if threshold.fail is not None else threshold.warn
    return ("pass" if upper < (inf if gate is None else gate) else "unknown"), gate


def _undecided(share: Share, limit: float | None, rate: float | None) -> str:
    more = more_needed(share.hits, share.n, limit or 0.0)
    needed = _needed(more, rate) if more else "no number of requests would tell"
    return f"{units.ratio(limit)} lies inside the interval: {needed}"


def _needed(more: int, rate: float | None) -> str:
    """How many more requests, and how long that takes at the present rate."""
    wait = f" ({units.seconds(more / rate)} at the present rate)" if rate else ""
    return f"about {units.count(more)} more would tell{wait}"
