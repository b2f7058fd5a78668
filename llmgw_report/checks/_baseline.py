"""Compares a figure with the same figure in an earlier report: whether it grew, and whether that is more than chance.

The interval of a difference is made of both figures' own intervals, each as far as it reaches towards the
other. With Wilson's intervals of two ratios that is method 10 of R. G. Newcombe, "Interval estimation for the
difference between independent proportions", 1998; for other figures G. Zou and A. Donner, "Construction of
confidence limits about effect measures", 2008. Two intervals that overlap can still differ significantly.
"""

from collections.abc import Callable, Iterator, Sequence
from math import erfc, inf, sqrt

from msgspec import Struct, structs

from llmgw_report import units
from llmgw_report.checks._finding import Findings, Subject, finding, skip, unknown
from llmgw_report.checks._statistics import ONE_SIDED_99, Z95, exceeding, growth_p_value, wilson
from llmgw_report.messages import join, msg
from llmgw_report.model.finding import Finding, Status, Threshold
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import UNRECORDED, Latency, Totals, TrafficRow

#: Whether a row has the figure to compare; the figure itself will do, where 0 cannot be compared with.
Known = Callable[[TrafficRow], object]

NO_BASELINE = msg("no earlier report to compare with: give one with --baseline")


class Pair(Struct, frozen=True, kw_only=True):
    """The traffic of one subject before and now; the total has an empty subject."""

    subject: Subject
    before: TrafficRow
    now: TrafficRow


class Pairs(Struct, frozen=True, kw_only=True):
    """Every subject's pair and the time they cover in words, or why there is none."""

    pairs: tuple[Pair, ...] = ()
    over: str = ""
    reason: str | None = None


def not_comparable(snapshot: Snapshot) -> Findings:
    """The finding of a check that has nothing to compare with; nothing if it has."""
    baseline = snapshot.baseline
    if baseline is None:
        yield from skip(NO_BASELINE)
    elif baseline.problem or baseline.sections is None:
        problem = msg(baseline.problem or "")
        words = msg("{report} cannot be compared with: {reason}", report=baseline.target, reason=problem)
        # The comparison was asked for, so its absence is no pass.
        yield finding("unknown", words, reason=words, required=True)


def judge_regression(  # noqa: PLR0913 - a comparison has that many parts
    snapshot: Snapshot,
    threshold: Threshold,
    *,
    known: Known,
    requests: Callable[[TrafficRow], int | None],
    change: "Callable[[Pair, str], Change]",
    problem: str | None = None,
) -> Findings:
    """Tests the growth of a figure in total and in every group that has enough `requests` before and now.

    `known` is whether a row has the figure, `change` compares a pair over a time in words. `problem` is why the figure
    cannot be compared although both reports have it.
    """
    if findings := list(not_comparable(snapshot)):
        yield from findings
        return
    found = pair_up(snapshot, known)
    if reason := found.reason or problem:
        yield from unknown(reason)
        return
    changes = []
    for pair in found.pairs:
        before, now = requests(pair.before) or 0, requests(pair.now) or 0
        fewest = max(1, threshold.of(pair.subject).min_n)
        if min(before, now) >= fewest:
            changes.append(change(pair, found.over))
        elif not pair.subject:  # a part with too few requests is contained in the total
            reason = msg(
                "{now} requests now and {before} before: fewer than {fewest} are not compared",
                now=units.count(now),
                before=units.count(before),
                fewest=fewest,
            )
            yield from unknown(reason, n=min(before, now))
    yield from judge_changes(changes, threshold)


def pair_up(snapshot: Snapshot, known: Known) -> Pairs:
    """Pairs each group's traffic in the baseline with its traffic now.

    Windows of log entries where both reports have the figure, else counters: their lifetime then, and what came since.
    """
    old = snapshot.baseline.sections if snapshot.baseline else None
    if old is None:
        return Pairs(reason=NO_BASELINE)
    windows = old.window_traffic, snapshot.sections.window_traffic
    counters = old.lifetime_traffic, snapshot.sections.since_last_report
    for (before, now), over in ((windows, msg("in the window")), (counters, msg("since the earlier report"))):
        if before and now and known(before.total) and known(now.total):
            return Pairs(pairs=tuple(_pairs(before, now, known)), over=over)
    return Pairs(reason=_why_not(snapshot))


def _pairs(before: Totals, now: Totals, known: Known) -> Iterator[Pair]:
    """The total, and every group that both have; none of another grouping, and none that is the total again."""
    yield Pair(subject={}, before=before.total, now=now.total)
    if before.group_by != now.group_by or now.group_by == "all" or len(now.rows) == len(before.rows) == 1:
        return
    old = {row.group: row for row in before.rows if known(row)}
    for row in now.rows:
        if row.group in old and known(row) and row.group != UNRECORDED:
            yield Pair(subject={now.group_by: row.group}, before=old[row.group], now=row)


def _why_not(snapshot: Snapshot) -> str:
    """The counters' own reason, if it is theirs; else one of the reports does not contain the figure."""
    found = next((one for one in snapshot.sections.continuity if one.against == "earlier report"), None)
    if found and snapshot.sections.since_last_report is None:
        return msg("the counters cannot be subtracted from those of the earlier report: {reason}", reason=found.reason)
    later = snapshot.sections.since_last_report
    if later and not later.total.requests:
        return msg("no request since the earlier report")
    return msg("the figure is not in both reports")


#: How much larger growth must be for a warning where its usual variation is not known.
UNCERTAIN_FACTOR = 2
#: Beyond this many standard errors the probability is below the smallest float.
LARGEST_Z = 38.0
BISECTION_STEPS = 40


class Estimate(Struct, frozen=True):
    """A figure, and its interval for a number of standard errors."""

    value: float
    interval: Callable[[float], tuple[float, float]]


class Change(Struct, frozen=True, kw_only=True):
    """How the figure of one subject changed.

    `growth` is in the check's unit, `highest` the upper end of its 95% interval, `chance` the p-value of so much
    growth, and `large` whether it is large enough to matter. `n` is the smaller sample. `over_time`: whether `chance`
    allows for the variation from one window to the next, as far as the saved trends show it.
    """

    subject: Subject
    seen: str
    growth: float
    highest: float
    chance: float
    n: int
    large: bool = True
    over_time: bool = True


def proportion(hits: int, n: int) -> Estimate:
    """A ratio of requests, by Wilson's interval."""
    return Estimate(hits / n if n else 0.0, lambda z: wilson(hits, n, z))


def mean(value: float, n: int, spread: float) -> Estimate:
    """A mean whose standard deviation is not recorded and taken as `spread` times the mean."""

    def interval(z: float) -> tuple[float, float]:
        half = z * spread * value / sqrt(n)
        return max(0.0, value - half), value + half

    return Estimate(value, interval)


def known(value: float, low: float, high: float) -> Estimate:
    """A figure of which only the 95% interval is known; others are scaled from it."""
    return Estimate(value, lambda z: (value - (value - low) * z / Z95, value + (high - value) * z / Z95))


def difference(now: Estimate, before: Estimate, z: float = Z95) -> tuple[float, float]:
    """Lower and upper end of the interval of `now` minus `before`."""
    (low, high), (old_low, old_high) = now.interval(z), before.interval(z)
    apart = now.value - before.value
    down = sqrt((now.value - low) ** 2 + (old_high - before.value) ** 2)
    up = sqrt((high - now.value) ** 2 + (before.value - old_low) ** 2)
    return apart - down, apart + up


def chance(now: Estimate, before: Estimate) -> float:
    """p-value of the growth: the one-sided level at which the difference's interval touches 0; 1 without growth."""
    if now.value <= before.value:
        return 1.0
    low, high = 0.0, LARGEST_Z
    for _ in range(BISECTION_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if difference(now, before, middle)[0] > 0 else (low, middle)
    return erfc(low / sqrt(2)) / 2


def judge_changes(changes: Sequence[Change], threshold: Threshold, unit: str = "ratio") -> list[Finding]:
    """One finding for each change, by the threshold of its subject: bad if proven and larger than the threshold.

    Both thresholds require 99%: every report compares three figures in every group, so that 95% would be wrong weekly.
    All subjects with a threshold are tested together. Where the variation over time is not known, growth is at most a
    warning, at twice the threshold. A pass has its whole interval below the threshold for fail, or for warn where there
    is none; anything else is unknown.
    """
    own = (threshold.of(one.subject) for one in changes)
    pairs = [(one, limits if one.over_time else _cautious(limits)) for one, limits in zip(changes, own, strict=True)]
    fails = exceeding([one.chance if own.fail is not None else None for one, own in pairs], ONE_SIDED_99)
    warns = exceeding([one.chance if own.warn is not None else None for one, own in pairs], ONE_SIDED_99)
    return [
        _finding(one, own, unit, fails=fail, warns=warn)
        for (one, own), fail, warn in zip(pairs, fails, warns, strict=True)
    ]


def _cautious(threshold: Threshold) -> Threshold:
    """A warning alone, at twice the threshold: independent requests are the best case, and not the usual one."""
    limit = threshold.fail if threshold.warn is None else threshold.warn
    return structs.replace(threshold, warn=None if limit is None else UNCERTAIN_FACTOR * limit, fail=None)


def _finding(one: Change, threshold: Threshold, unit: str, *, fails: bool, warns: bool) -> Finding:
    gate = threshold.fail if threshold.fail is not None and threshold.severity == "fail" else threshold.warn
    status, decisive = _status(one, threshold, gate, fails=fails, warns=warns)
    # The interval takes the requests to be independent, so it is no confidence limit where they vary over time.
    stated = status == "pass" and one.highest > 0 and one.over_time
    confidence = msg("95% confidence: growth below {ratio}", ratio=units.ratio(one.highest)) if stated else ""
    cautious = "" if one.over_time else msg("its variation over time is not known: twice the threshold, for a warning")
    return finding(
        status,
        join("; ", [one.seen, cautious if status == "warn" else "", confidence]),
        one.subject,
        observed=one.growth,
        operator="above",
        threshold=decisive,
        unit=unit,
        n=one.n,
        reason=_undecided(one, gate) if status == "unknown" else None,
    )


def _status(
    one: Change, threshold: Threshold, gate: float | None, *, fails: bool, warns: bool
) -> tuple[Status, float | None]:
    """Status and the threshold that decided it. Growth that is proven and small is a pass."""
    if fails and _over(one, threshold.fail):
        return "fail", threshold.fail
    if warns and _over(one, threshold.warn):
        return "warn", threshold.warn
    small = gate is None or one.highest < gate or (warns and not one.large)
    return ("pass" if small else "unknown"), gate


def _over(one: Change, limit: float | None) -> bool:
    return limit is not None and one.large and one.growth > limit


def _undecided(one: Change, gate: float | None) -> str:
    return msg(
        "n = {n} is too few: the interval of the growth extends to {end}, beyond the threshold of {threshold}",
        n=units.count(one.n),
        end=units.ratio(one.highest),
        threshold=units.ratio(gate),
    )


#: Requests of one session resemble each other: so many count as one.
ALIKE_REQUESTS = 5


def per_request(
    pair: Pair,
    figure: Callable[[TrafficRow], float | None],
    requests: Callable[[TrafficRow], int],
    seen: Callable[[float, float], str],
) -> Change:
    """How a sum over requests changed by the request; `seen` says so of the figures now and before.

    Of the sum alone nobody knows how much single requests differ, nor how much one hour differs from another.
    """

    def estimate(row: TrafficRow) -> Estimate:
        n = requests(row) or 1
        return mean((figure(row) or 0) / n, n, ASSUMED_SPREAD * sqrt(ALIKE_REQUESTS))

    now, before = estimate(pair.now), estimate(pair.before)
    _, high = difference(now, before)
    return Change(
        subject=pair.subject,
        seen=seen(now.value, before.value),
        growth=(now.value - before.value) / before.value,
        highest=high / before.value,
        chance=chance(now, before),
        n=min(requests(pair.now), requests(pair.before)),
        over_time=False,
    )


#: How many requests of now, and of before, are in one bucket.
Bin = tuple[int, int]


def bins(now: Latency, before: Latency) -> tuple[Bin, ...]:
    """Buckets over the bounds of both, the lowest first; those made of rows leave out empty ones, so either's count.

    Two histograms without a common bound have infinity alone: neither has counts at the other's bounds.
    """
    from_rows = now.source == before.source == "rows"
    bounds = _bounds(now) | _bounds(before) if from_rows else _bounds(now) & _bounds(before)
    through = [(_through(now, bound), _through(before, bound)) for bound in sorted(bounds)]
    lower = [(0, 0), *through[:-1]]
    return tuple((a - c, b - d) for (a, b), (c, d) in zip(through, lower, strict=True))


def shift_p_value(found: Sequence[Bin]) -> float:
    """p-value of `now` being above `before`: the smaller one of two tests, doubled.

    The rank test detects a shift of all requests but hardly a tail of a few; the ratios beyond each bound detect that.
    """
    tails = list(_beyond(found))
    return min(1.0, 2 * min(rank_sum(found), min(tails, default=1.0) * max(1, len(tails))))


def rank_sum(found: Sequence[Bin]) -> float:
    """One-sided p-value of the Mann-Whitney test, by its normal approximation with continuity correction."""
    n, m = sum(now for now, _ in found), sum(before for _, before in found)
    total, below, wins, ties = n + m, 0, 0.0, 0
    for now, before in found:
        wins += now * (below + before / 2)
        below += before
        ties += (now + before) ** 3 - (now + before)
    variance = n * m / 12 * (total + 1 - ties / (total * (total - 1))) if total > 1 else 0.0
    return erfc((wins - n * m / 2 - 0.5) / sqrt(variance) / sqrt(2)) / 2 if variance > 0 else 1.0


def _beyond(found: Sequence[Bin]) -> Iterator[float]:
    """For each bound the p-value of so many more requests beyond it."""
    n, m = sum(now for now, _ in found), sum(before for _, before in found)
    now = before = 0
    for more, old in found[:-1]:
        now, before = now + more, before + old
        yield growth_p_value(n - now, n, m - before, m)


def _bounds(latency: Latency) -> set[float]:
    return {float("inf") if one.up_to_seconds is None else one.up_to_seconds for one in latency.buckets}


def _through(latency: Latency, bound: float) -> int:
    """Requests up to a bound; buckets are cumulative, so the count of the highest bound up to it."""
    return max(
        (one.count for one in latency.buckets if (one.up_to_seconds or float("inf")) <= bound or bound == float("inf")),
        default=0,
    )


#: Less than this is not noticeable, whatever the ratio.
NOTICEABLE_SECONDS = 0.05
#: Standard deviation over mean where it is not recorded: completions rarely spread wider.
ASSUMED_SPREAD = 2.0
ASSUMED = msg("the standard deviation is not recorded and taken as twice the mean")


class LatencyChange(Struct, frozen=True, kw_only=True):
    """Growth relative to the figure before; `chance`, `highest` and `large` as in `Change`."""

    figures: str
    growth: float
    highest: float
    chance: float
    large: bool


def latency_change(now: Latency, before: Latency) -> LatencyChange:
    """How a latency changed; both have a mean and a count above 0.

    Ranks and counts prove it for any distribution; the means, which are exact, give the amount.
    """
    found = bins(now, before) if now.buckets and before.buckets else ()
    if len(found) > 1:
        how = msg("tested by the ranks of the durations")
        return _relative(_mean(now), _mean(before), msg("mean"), how, shift_p_value(found))
    if _ordered(now) and _ordered(before):
        estimates = _p99(now), _p99(before)
        return _relative(*estimates, "p99", msg("tested by order statistics"), chance(*estimates))
    estimates = _mean(now), _mean(before)
    return _relative(*estimates, msg("mean"), ASSUMED, chance(*estimates))


def _relative(now: Estimate, before: Estimate, name: str, how: str, proven: float) -> LatencyChange:
    _, high = difference(now, before)
    old = before.value
    rise = now.value - old
    return LatencyChange(
        figures=msg(
            "{name} {now}, before {before}; {how}",
            name=name,
            now=units.seconds(now.value),
            before=units.seconds(old),
            how=how,
        ),
        growth=rise / old if old else 0.0,
        highest=0.0 if high < NOTICEABLE_SECONDS else high / old if old else inf,
        chance=proven,
        large=rise >= NOTICEABLE_SECONDS,
    )


def _ordered(latency: Latency) -> bool:
    return latency.p99.seconds is not None and latency.p99.low_seconds is not None


def _p99(latency: Latency) -> Estimate:
    value = latency.p99.seconds or 0.0
    low = value if latency.p99.low_seconds is None else latency.p99.low_seconds
    return known(value, low, value if latency.p99.high_seconds is None else latency.p99.high_seconds)


def _mean(latency: Latency) -> Estimate:
    return mean(latency.mean_seconds or 0.0, latency.count or 1, min(ASSUMED_SPREAD, _spread(latency)))


def _spread(latency: Latency) -> float:
    """Standard deviation over mean, at most: every request taken to be as slow as its bucket's upper bound."""
    value, n = latency.mean_seconds or 0.0, latency.count or 0
    squares, below = 0.0, 0
    for one in latency.buckets:
        inside = one.count - below
        below = one.count
        squares += inside * (one.up_to_seconds or inf) ** 2 if inside else 0.0
    return sqrt(max(0.0, squares / n - value**2)) / value if below and n and value else ASSUMED_SPREAD
