"""Tests ratios of requests by their intervals, all subjects of one check together."""

from collections.abc import Iterator, Sequence

from msgspec import Struct, structs

from llmgw_report import units
from llmgw_report.checks._declaration import Contributions
from llmgw_report.checks._finding import (
    Findings,
    Subject,
    below,
    blind_spot,
    finding,
    judged,
    more_requests,
    skip,
    unknown,
    without_instance,
)
from llmgw_report.checks._statistics import (
    FEWEST_REQUESTS,
    ONE_SIDED_95,
    ONE_SIDED_99,
    exceeding,
    more_needed,
    p_value,
    upper_limit,
    wilson,
)
from llmgw_report.messages import join, msg
from llmgw_report.model.finding import Finding, Status, Threshold
from llmgw_report.model.outcomes import Side
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import UNRECORDED, Coverage, Totals, TrafficRow

#: A scrape of a busy gateway may hold one of so many requests in one family and not yet in another.
_READ_WHILE_COUNTING = 1000


def judge_coverage(snapshot: Snapshot, quantity: str, threshold: Threshold) -> Findings:
    """One finding for the ratio of requests with a recorded `quantity`; a shortfall that may be chance is unknown."""
    line = next((one for one in snapshot.sections.coverage if one.quantity == quantity), None)
    if line is None or not line.of:
        yield from skip("no requests to observe it for")
        return
    if line.ratio is None:
        yield from skip("nothing counts the requests that have it")
        return
    if reason := blind_spot(snapshot, quantity):
        yield from skip(msg("this gateway does not record it of every request: {reason}", reason=reason))
        return
    if errors := blind_spot(snapshot, "errors"):
        yield from skip(msg("not all requests are counted: {reason}", reason=errors))
        return
    seen = msg(
        "{quantity} observed for {observed} of {n} requests ({note})",
        quantity=msg(quantity),
        observed=units.count(line.observed),
        n=units.count(line.of),
        note=msg(line.note),
    )
    if _is_contradiction(line, snapshot.sections.most_traffic, snapshot.window.seconds):
        seen = msg("{seen}: more than there were, so one of the two counts is wrong", seen=seen)
        yield finding("warn", seen, observed=line.ratio, unit="ratio", n=line.of)
        return
    # A request that began before the window and completed in it is observed and not among those that began.
    observed = min(1.0, line.ratio)
    compared, n = below(observed, threshold), line.of or 0
    upper = wilson(round(observed * n), n)[1]
    if compared.status != "pass" and line.attainable == "no":
        yield finding("info", seen, observed=observed, unit="ratio", n=n)
        return
    found = judged(compared, seen, observed=observed, unit="ratio", n=n)
    if compared.status != "pass" and below(upper, threshold).status == "pass":
        limit = units.ratio(compared.threshold)
        reason = msg("too few requests: a coverage of {threshold} can look like this by chance", threshold=limit)
        found = structs.replace(found, status="unknown", operator="below", reason=reason)
    yield found


def _is_contradiction(line: Coverage, traffic: Totals | None, seconds: float) -> bool:
    """Whether more was observed than there were requests, beyond those that were in flight when the time began.

    So many are in flight as arrive while one of them runs, on average; twice that for what is not average.
    """
    observed, of = line.observed or 0, line.of or 0
    in_flight = 0.0
    if traffic and traffic.basis == "window" and seconds > 0:
        in_flight = 2 * (traffic.total.latency.mean_seconds or 0.0) * of / seconds
    return observed > of + 1 + in_flight + of / _READ_WHILE_COUNTING


class Ratio(Struct, frozen=True, kw_only=True):
    """`hits` of `n` requests of one subject, which arrive at `rate` per second.

    `what` completes "3 of 20 requests ..."; `text` replaces that sentence. `more` follows the figures.
    """

    hits: int
    n: int
    subject: Subject
    what: str = ""
    rate: float | None = None
    text: str = ""
    more: str = ""

    def counts(self) -> str:
        """Both counts in a sentence."""
        hits, n = units.count(self.hits), units.count(self.n)
        return self.text or msg("{hits} of {n} requests {what}", hits=hits, n=n, what=self.what)


def judge_ratios(ratios: Sequence[Ratio], threshold: Threshold) -> Findings:
    """One finding for each ratio with enough requests, in the order given, by the threshold of its subject.

    Above a threshold only if that is proven (99% for fail, 95% for warn), for all ratios together and whatever the
    sample, though no verdict rests on fewer than `FEWEST_REQUESTS`. Below only if the whole 95% interval is below the
    threshold for fail, or for warn where there is none. Anything else is unknown, with how many more requests would
    decide. Below `min_n` the total, whose subject is empty, reports that it has too few requests; a part with too few
    is contained in the total and is left out.
    """
    each = [(ratio, threshold.of(ratio.subject)) for ratio in ratios]
    tested = [(ratio, one) for ratio, one in each if ratio.n >= min(one.min_n, FEWEST_REQUESTS)]
    can_fail = [one.fail if ratio.n >= FEWEST_REQUESTS else None for ratio, one in tested]
    failed = exceeding([_chance(ratio, fail) for (ratio, _), fail in zip(tested, can_fail, strict=True)], ONE_SIDED_99)
    warned = exceeding([_chance(ratio, one.warn) for ratio, one in tested], ONE_SIDED_95)
    proven = {id(ratio): both for (ratio, _), *both in zip(tested, failed, warned, strict=True)}
    for ratio, one in each:
        fails, warns = proven.get(id(ratio), (False, False))
        if fails or warns or ratio.n >= one.min_n:
            yield _finding(ratio, one, len(tested), fails=fails, warns=warns)
        elif not ratio.subject:
            more = more_requests(one.min_n - ratio.n, ratio.rate)
            reason = msg("fewer than {min_n} requests are not evaluated: {more}", min_n=one.min_n, more=more)
            yield finding("unknown", join("; ", [ratio.counts(), ratio.more]), {}, reason=reason, n=ratio.n)


def _chance(ratio: Ratio, limit: float | None) -> float | None:
    return None if limit is None else p_value(ratio.hits, ratio.n, limit)


def _finding(ratio: Ratio, threshold: Threshold, subjects: int, *, fails: bool, warns: bool) -> Finding:
    lower, upper = wilson(ratio.hits, ratio.n)
    observed = ratio.hits / ratio.n if ratio.n else 0.0
    status, decisive = _status(ratio, upper, threshold, fails=fails, warns=warns)
    seen = msg("{counts} ({ratio})", counts=ratio.counts(), ratio=units.ratio(observed))
    if status == "pass" and decisive:
        certain = msg("95% confidence: below {ratio}", ratio=units.ratio(upper_limit(ratio.hits, ratio.n)))
    else:
        certain = msg("95% interval {low} to {high}", low=units.ratio(lower), high=units.ratio(upper))
    return finding(
        status,
        join("; ", [seen, ratio.more, certain]),
        ratio.subject,
        observed=observed,
        operator="above",
        threshold=decisive,
        unit="ratio",
        n=ratio.n,
        reason=_undecided(ratio, threshold, subjects) if status == "unknown" else None,
    )


def _status(
    ratio: Ratio, upper: float, threshold: Threshold, *, fails: bool, warns: bool
) -> tuple[Status, float | None]:
    """Status and the threshold that decided it. No hit passes a threshold of 0: no number of requests proves more."""
    if fails:
        return "fail", threshold.fail
    if warns:
        return "warn", threshold.warn
    gate = threshold.fail if threshold.fail is not None else threshold.warn
    kept = gate is None or upper < gate or ratio.hits == gate == 0
    return ("pass" if kept else "unknown"), gate


def _undecided(ratio: Ratio, threshold: Threshold, subjects: int) -> str:
    """What would decide. An interval above the threshold is not enough for fail, nor for one of several subjects."""
    limit, level = (threshold.fail, ONE_SIDED_99) if threshold.fail is not None else (threshold.warn, ONE_SIDED_95)
    more = more_needed(ratio.hits, ratio.n, limit or 0.0, level / subjects)
    words = more_requests(more, ratio.rate) if more else msg("no number of requests would decide")
    if wilson(ratio.hits, ratio.n)[0] <= (limit or 0.0):
        return msg(
            "the threshold {threshold} lies inside the interval: {more}", threshold=units.ratio(limit), more=words
        )
    return msg(
        "above {limit}, but not with the confidence that a verdict requires: {more}",
        limit=units.ratio(limit),
        more=words,
    )


def nothing_counted(n: int | None, *, no_table: str, no_row: str) -> Findings:
    """The finding of a check whose query found no table (`n` None) or no row to count; else nothing."""
    if n is None:
        yield from skip(no_table)
    elif not n:
        yield from unknown(no_row, n=0)


def error_contributions(found: Finding, snapshot: Snapshot, side: Side) -> Iterator[Contributions]:
    """How many failures of one side each target has of a total, each instance of it or a provider, each group of it.

    An instance that fails for one process alone is that process's fault.
    """
    if not found.subject and len(snapshot.targets) > 1:
        rows = snapshot.targets
        yield {(("target", row.target),): row.outcomes.side(side) if row.outcomes else 0 for row in rows}
    if found.subject.keys() <= {"provider"}:
        provider = found.subject.get("provider")
        at_instances: Contributions = {
            (("instance", row.instance), ("provider", row.provider)): row.outcomes.side(side) if row.outcomes else 0
            for row in snapshot.sections.instances
            if provider in {None, row.provider}
        }
        outcomes = snapshot.sections.outcomes
        all_of_it = outcomes.of(found.subject) if outcomes else None
        failed = all_of_it.outcomes.side(side) if all_of_it else 0
        yield {**at_instances, (): without_instance(snapshot, failed, sum(at_instances.values()))}
    if not found.subject and (traffic := snapshot.sections.most_traffic):
        yield {group_key(traffic, row): row.outcomes.side(side) if row.outcomes else 0 for row in traffic.rows}


def group_key(traffic: Totals, row: TrafficRow) -> tuple[tuple[str, str], ...]:
    """The subject of a row of the traffic table among `Contributions`; () where no group is recorded."""
    return () if row.group == UNRECORDED else ((traffic.group_by, row.group),)
