"""Judging shares of requests by their intervals, several subjects of one check together."""

from collections.abc import Sequence
from math import inf

from msgspec import Struct

from llmgw_report import units
from llmgw_report.checks._finding import Subject, finding
from llmgw_report.checks._interval import ONE_SIDED_95, ONE_SIDED_99, holm, more_needed, p_value, wilson
from llmgw_report.model.finding import Finding
from llmgw_report.model.message import Message, join, say
from llmgw_report.model.status import Status
from llmgw_report.model.threshold import Threshold


class Share(Struct, frozen=True, kw_only=True):
    """`hits` of `n` requests of one subject; `what` completes "3 of 20 requests ..."."""

    hits: int
    n: int
    what: Message
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
    needed = _needed(more, rate)
    reason = say("fewer than {fewest} requests are not judged: {needed}", fewest=threshold.min_n, needed=needed)
    return finding("unknown", _counts(share), share.subject, reason=reason, n=share.n)


def _counts(share: Share) -> Message:
    return say("{hits} of {n} requests {what}", hits=units.count(share.hits), n=units.count(share.n), what=share.what)


def _exceeding(shares: Sequence[Share], limit: float | None, level: float) -> list[bool]:
    if limit is None:
        return [False] * len(shares)
    return holm([p_value(share.hits, share.n, limit) for share in shares], level)


def _finding(share: Share, threshold: Threshold, fails: bool, warns: bool, rate: float | None) -> Finding:  # noqa: FBT001 - two verdicts
    lower, upper = wilson(share.hits, share.n)
    ratio = share.hits / share.n if share.n else 0.0
    status, limit = _verdict(upper, threshold, fails=fails, warns=warns)
    seen = say(
        "{counts}: {share} (95 % interval {low} to {high})",
        counts=_counts(share),
        share=units.ratio(ratio),
        low=units.ratio(lower),
        high=units.ratio(upper),
    )
    noticed = say("a true share of {share} or more would have been noticed", share=units.ratio(upper))
    return finding(
        status,
        join("; ", [seen, noticed if status == "pass" and limit is not None else ""]),
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
    needed = _needed(more, rate) if more else say("no number of requests would tell")
    return say("{limit} lies inside the interval: {needed}", limit=units.ratio(limit), needed=needed)


def _needed(more: int, rate: float | None) -> str:
    """How many more requests, and how long that takes at the present rate."""
    if not rate:
        return say("about {n} more would tell", n=units.count(more))
    wait = units.seconds(more / rate)
    return say("about {n} more would tell ({wait} at the present rate)", n=units.count(more), wait=wait)
