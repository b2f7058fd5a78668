"""Judging shares of requests by their intervals, several subjects of one check together."""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from msgspec import Struct

from llmgw_report import units
from llmgw_report.checks._finding import Subject, below, blind, finding, judged, needed, rate, read, skip, unknown
from llmgw_report.checks._statistics import ONE_SIDED_95, ONE_SIDED_99, exceeding, more_needed, p_value, wilson
from llmgw_report.messages import join, say
from llmgw_report.model.finding import Finding, Status, Threshold
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import UNRECORDED, Traffic


def judge_coverage(snapshot: Snapshot, quantity: str, threshold: Threshold) -> Iterator[Finding]:
    """One finding for the observed share of requests: what falls short by chance alone is unknown."""
    line = next((one for one in snapshot.sections.coverage if one.quantity == quantity), None)
    if line is None or line.ratio is None:
        yield from skip("no requests to observe it for")
        return
    if errors := blind(snapshot, "errors"):
        yield from skip(say("all requests cannot be counted: {reason}", reason=errors))
        return
    seen = say(
        "{quantity} observed for {observed} of {n} requests ({note})",
        quantity=say(quantity),
        observed=units.count(line.observed),
        n=units.count(line.of),
        note=say(line.note),
    )
    verdict, n = below(line.ratio, threshold), line.of or 0
    upper = wilson(round(line.ratio * n), n)[1]
    if verdict.status == "pass" or below(upper, threshold).status != "pass":
        yield judged(verdict, seen, observed=line.ratio, unit="ratio", n=n)
        return
    reason = say(
        "too few requests: by chance as many are missing where {limit} are observed", limit=units.ratio(verdict.limit)
    )
    yield finding(
        "unknown", seen, observed=line.ratio, operator="below", limit=verdict.limit, unit="ratio", n=n, reason=reason
    )


class Share(Struct, frozen=True, kw_only=True):
    """`hits` of `n` requests of one subject, that come at `rate` a second.

    `what` completes "3 of 20 requests ...", unless the whole is `said` in other words; `more` follows the figures.
    """

    hits: int
    n: int
    subject: Subject
    what: str = ""
    rate: float | None = None
    said: str = ""
    more: str = ""

    def text(self) -> str:
        """Both counts in words."""
        hits, n = units.count(self.hits), units.count(self.n)
        return self.said or say("{hits} of {n} requests {what}", hits=hits, n=n, what=self.what)


def judge_shares(shares: Sequence[Share], threshold: Threshold) -> Iterator[Finding]:
    """A verdict for each share that has enough requests, in the order given, each by the bounds of its subject.

    Above a limit only if the whole interval is (99 % for fail, 95 % for warn), all shares taken together.
    Below only if the whole 95 % interval is below the limit that gates. Anything else is unknown, with what
    would settle it and how long that takes. The whole, whose subject is empty, says that it has too few
    requests; a part with too few is in the whole and says nothing.
    """
    bounds = [threshold.of(share.subject) for share in shares]
    enough = [share.n >= one.min_n for share, one in zip(shares, bounds, strict=True)]
    each = [(share, one) for share, one, n in zip(shares, bounds, enough, strict=True) if n]
    failed = iter(exceeding([_chance(share, one.fail) for share, one in each], ONE_SIDED_99))
    warned = iter(exceeding([_chance(share, one.warn) for share, one in each], ONE_SIDED_95))
    for share, one, n in zip(shares, bounds, enough, strict=True):
        if n:
            yield _finding(share, one, len(each), fails=next(failed), warns=next(warned))
        elif not share.subject:
            yield _too_few(share, one)


def _too_few(share: Share, threshold: Threshold) -> Finding:
    more = needed(threshold.min_n - share.n, share.rate)
    reason = say("fewer than {fewest} requests are not judged: {needed}", fewest=threshold.min_n, needed=more)
    return finding("unknown", join("; ", [share.text(), share.more]), share.subject, reason=reason, n=share.n)


def _chance(share: Share, limit: float | None) -> float | None:
    return None if limit is None else p_value(share.hits, share.n, limit)


def _finding(share: Share, threshold: Threshold, subjects: int, *, fails: bool, warns: bool) -> Finding:
    lower, upper = wilson(share.hits, share.n)
    ratio = share.hits / share.n if share.n else 0.0
    status, limit = _verdict(share, upper, threshold, fails=fails, warns=warns)
    seen = say(
        "{counts}: {share} (95 % interval {low} to {high})",
        counts=share.text(),
        share=units.ratio(ratio),
        low=units.ratio(lower),
        high=units.ratio(upper),
    )
    noticed = say("a true share of {share} or more would have been noticed", share=units.ratio(upper))
    return finding(
        status,
        join("; ", [seen, share.more, noticed if status == "pass" and limit else ""]),
        share.subject,
        observed=ratio,
        operator="above",
        limit=limit,
        unit="ratio",
        n=share.n,
        reason=_undecided(share, threshold, subjects) if status == "unknown" else None,
    )


def _verdict(
    share: Share, upper: float, threshold: Threshold, *, fails: bool, warns: bool
) -> tuple[Status, float | None]:
    """Status and the limit that decided it. A limit of 0 is kept by a share of 0: no n would prove more."""
    if fails:
        return "fail", threshold.fail
    if warns:
        return "warn", threshold.warn
    gate = threshold.fail if threshold.fail is not None else threshold.warn
    kept = gate is None or upper < gate or share.hits == gate == 0
    return ("pass" if kept else "unknown"), gate


def _undecided(share: Share, threshold: Threshold, subjects: int) -> str:
    """What would tell: of several subjects, or to fail, more than an interval that lies above the limit."""
    limit, level = (threshold.fail, ONE_SIDED_99) if threshold.fail is not None else (threshold.warn, ONE_SIDED_95)
    more = more_needed(share.hits, share.n, limit or 0.0, level / subjects)
    words = needed(more, share.rate) if more else say("no number of requests would tell")
    if wilson(share.hits, share.n)[0] <= (limit or 0.0):
        return say("{limit} lies inside the interval: {needed}", limit=units.ratio(limit), needed=words)
    return say(
        "above {limit}, but not with the confidence that a verdict takes: {needed}",
        limit=units.ratio(limit),
        needed=words,
    )


Kind = Literal["server_errors", "client_errors"]


class Part(Struct, frozen=True, kw_only=True):
    """Errors of one kind among the requests of an instance or a group."""

    subject: Subject
    errors: int
    requests: int


def not_counted(snapshot: Snapshot) -> Iterator[Finding]:
    """No traffic at all. A gateway that was read and counts nothing had no request yet: on-empty says what that is."""
    words = say("no requests were counted")
    yield from unknown(words, n=0) if read(snapshot, "metrics") else skip(words)


def shares(snapshot: Snapshot, traffic: Traffic, kind: Kind, what: Callable[[Subject], str]) -> Iterator[Share]:
    """The total, then every part; `what` says what became of the requests of a subject."""
    n, pace = traffic.total.error_base or 0, rate(snapshot)
    yield Share(hits=getattr(traffic.total, kind) or 0, n=n, what=what({}), subject={}, rate=pace)
    for part in parts(snapshot, kind):
        each = pace * part.requests / n if pace and n else None
        yield Share(hits=part.errors, n=part.requests, what=what(part.subject), subject=part.subject, rate=each)


def parts(snapshot: Snapshot, kind: Kind) -> Iterator[Part]:
    """Instances, then the groups of the traffic table, but for those that are one instance or all there is.

    What has no group recorded is no subject: a gateway files under it what it refused before it chose one.
    """
    known = [row for row in snapshot.sections.instances if row.requests and getattr(row, kind) is not None]
    for row in known:
        subject = {"provider": row.provider, "instance": row.instance}
        yield Part(subject=subject, errors=getattr(row, kind), requests=row.requests or 0)
    traffic = snapshot.sections.traffic
    if traffic is None or traffic.group_by == "all" or len(traffic.rows) == 1:
        return
    alone = {row.provider for row in known if [one.provider for one in known].count(row.provider) == 1}
    for group in traffic.rows:
        errors, requests = getattr(group, kind), group.error_base
        same = group.group == UNRECORDED or (traffic.group_by == "provider" and group.group in alone)
        if errors is not None and requests and not same:
            yield Part(subject={traffic.group_by: group.group}, errors=errors, requests=requests)
