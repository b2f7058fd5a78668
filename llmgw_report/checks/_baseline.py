"""A figure now against the same figure before: whether it is larger, and whether that is more than chance.

The interval of a difference is made of both figures' own intervals, each as far as it reaches towards the
other. With Wilson's intervals of two shares that is method 10 of R. G. Newcombe, "Interval estimation for the
difference between independent proportions", 1998; for other figures G. Zou and A. Donner, "Construction of
confidence limits about effect measures", 2008. Two intervals that overlap can still differ significantly.
"""

from collections.abc import Callable, Iterator, Sequence
from math import erfc, inf, sqrt

from msgspec import Struct

from llmgw_report import units
from llmgw_report.checks._finding import Subject, finding, skip, unknown
from llmgw_report.checks._statistics import ONE_SIDED_99, Z95, exceeding, wilson
from llmgw_report.messages import join, say
from llmgw_report.model.finding import Finding, Status, Threshold
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import UNRECORDED, Latency, Sections, Traffic, TrafficRow

Known = Callable[[TrafficRow], object]

NOTHING = say("no earlier report to compare with: give one with --baseline")


class Side(Struct, frozen=True, kw_only=True):
    """One subject's traffic before and now; the whole has an empty subject."""

    subject: Subject
    before: TrafficRow
    now: TrafficRow


class Sides(Struct, frozen=True, kw_only=True):
    """All of them, over which times, or why there are none."""

    pairs: tuple[Side, ...] = ()
    over: str = ""
    reason: str | None = None


def not_comparable(snapshot: Snapshot) -> Iterator[Finding]:
    """The finding of a check that has nothing to compare with; none if it has."""
    baseline = snapshot.baseline
    if baseline is None:
        yield from skip(NOTHING)
    elif baseline.problem or baseline.sections is None:
        problem = say(baseline.problem or "")
        yield from unknown(say("{report} cannot be compared with: {reason}", report=baseline.target, reason=problem))


def sides(snapshot: Snapshot, known: Known) -> Sides:
    """Windows of rows where both reports know the figure, else counters: their lifetime before, and what came since."""
    old = snapshot.baseline.sections if snapshot.baseline else None
    if old is None:
        return Sides(reason=NOTHING)
    windows = _of_rows(old), _of_rows(snapshot.sections)
    counters = _lifetime(old), snapshot.sections.since_last_report
    for (before, now), over in ((windows, say("in the window")), (counters, say("since the earlier report"))):
        if before and now and known(before.total) and known(now.total):
            return Sides(pairs=tuple(_pairs(before, now, known)), over=over)
    return Sides(reason=_why_not(snapshot))


def enough(before: int, now: int, subject: Subject, fewest: int) -> Iterator[Finding]:
    """The whole says that it has too few requests; a small part is never judged alone, and says nothing."""
    n = min(before, now)
    if n < fewest and not subject:
        reason = say(
            "{now} requests now and {before} before: fewer than {fewest} are not compared",
            now=units.count(now),
            before=units.count(before),
            fewest=fewest,
        )
        yield from unknown(reason, n=n)


def _pairs(before: Traffic, now: Traffic, known: Known) -> Iterator[Side]:
    """The whole, and every group that both have; none of another grouping, and none that is the whole again."""
    yield Side(subject={}, before=before.total, now=now.total)
    if before.group_by != now.group_by or now.group_by == "all" or len(now.rows) == len(before.rows) == 1:
        return
    old = {row.group: row for row in before.rows if known(row)}
    for row in now.rows:
        if row.group in old and known(row) and row.group != UNRECORDED:
            yield Side(subject={now.group_by: row.group}, before=old[row.group], now=row)


def _of_rows(sections: Sections) -> Traffic | None:
    if sections.traffic_window or not sections.traffic:
        return sections.traffic_window
    return sections.traffic if sections.traffic.basis == "window" else None


def _lifetime(sections: Sections) -> Traffic | None:
    return sections.traffic if sections.traffic and sections.traffic.basis == "lifetime" else None


def _why_not(snapshot: Snapshot) -> str:
    """The counters' own reason, if it is theirs; else one of the reports does not hold the figure."""
    found = next((one for one in snapshot.sections.continuity if one.against == "earlier report"), None)
    if found and snapshot.sections.since_last_report is None:
        return say("the counters cannot be subtracted from those of the earlier report: {reason}", reason=found.reason)
    later = snapshot.sections.since_last_report
    if later and not later.total.requests:
        return say("no request since the earlier report")
    return say("the figure is not in both reports")


#: Beyond this many standard errors no chance is left to speak of.
FARTHEST_Z = 38.0
STEPS = 40


class Estimate(Struct, frozen=True):
    """A figure, and its interval for a number of standard errors."""

    value: float
    interval: Callable[[float], tuple[float, float]]


class Change(Struct, frozen=True, kw_only=True):
    """What became of one subject's figure.

    `growth` is in the check's unit, `highest` the upper end of its 95 % interval, `chance` how likely so much
    growth is where nothing changed, and `large` whether it is worth a word at all. `n` is the smaller sample.
    """

    subject: Subject
    seen: str
    growth: float
    highest: float
    chance: float
    n: int
    large: bool = True


def share(hits: int, n: int) -> Estimate:
    """A share of requests, by Wilson's interval."""
    return Estimate(hits / n if n else 0.0, lambda z: wilson(hits, n, z))


def mean(value: float, n: int, spread: float) -> Estimate:
    """A mean whose standard deviation nobody recorded, taken as `spread` times the mean."""

    def interval(z: float) -> tuple[float, float]:
        half = z * spread * value / sqrt(n)
        return max(0.0, value - half), value + half

    return Estimate(value, interval)


def known(value: float, low: float, high: float) -> Estimate:
    """A figure whose 95 % interval is all that is known; others are taken in proportion."""
    return Estimate(value, lambda z: (value - (value - low) * z / Z95, value + (high - value) * z / Z95))


def difference(now: Estimate, before: Estimate, z: float = Z95) -> tuple[float, float]:
    """Lower and upper bound of `now` less `before`."""
    (low, high), (old_low, old_high) = now.interval(z), before.interval(z)
    apart = now.value - before.value
    down = sqrt((now.value - low) ** 2 + (old_high - before.value) ** 2)
    up = sqrt((high - now.value) ** 2 + (before.value - old_low) ** 2)
    return apart - down, apart + up


def chance(now: Estimate, before: Estimate) -> float:
    """The one-sided level at which the interval of the difference just touches 0; 1 where there is no growth."""
    if now.value <= before.value:
        return 1.0
    low, high = 0.0, FARTHEST_Z
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if difference(now, before, middle)[0] > 0 else (low, middle)
    return erfc(low / sqrt(2)) / 2


def judge_changes(changes: Sequence[Change], threshold: Threshold, unit: str = "ratio") -> list[Finding]:
    """A verdict for each change by the bounds of its subject: bad if it is more than chance and more than the bound.

    Both bounds ask for 99 %: every report compares three figures in every group, so that 95 % would be wrong weekly.
    All are taken together, but for those whose subject has no bound. A pass has its whole interval below the bound
    that gates; anything else is unknown.
    """
    bounds = [threshold.of(one.subject) for one in changes]
    pairs = list(zip(changes, bounds, strict=True))
    fails = exceeding([one.chance if own.fail is not None else None for one, own in pairs], ONE_SIDED_99)
    warns = exceeding([one.chance if own.warn is not None else None for one, own in pairs], ONE_SIDED_99)
    return [
        _judged(one, own, unit, fails=fail, warns=warn)
        for (one, own), fail, warn in zip(pairs, fails, warns, strict=True)
    ]


def _judged(one: Change, threshold: Threshold, unit: str, *, fails: bool, warns: bool) -> Finding:
    gate = threshold.fail if threshold.fail is not None and threshold.severity == "fail" else threshold.warn
    status, limit = _verdict(one, threshold, gate, fails=fails, warns=warns)
    noticed = say("growth of {share} or more would have been noticed", share=units.ratio(one.highest))
    return finding(
        status,
        join("; ", [one.seen, noticed if status == "pass" and one.highest > 0 else ""]),
        one.subject,
        observed=one.growth,
        operator="above",
        limit=limit,
        unit=unit,
        n=one.n,
        reason=_undecided(one, gate) if status == "unknown" else None,
    )


def _verdict(
    one: Change, threshold: Threshold, gate: float | None, *, fails: bool, warns: bool
) -> tuple[Status, float | None]:
    """Status and the limit that decided it. Growth that is proven and small is a pass."""
    if fails and _over(one, threshold.fail):
        return "fail", threshold.fail
    if warns and _over(one, threshold.warn):
        return "warn", threshold.warn
    small = gate is None or one.highest < gate or (warns and not one.large)
    return ("pass" if small else "unknown"), gate


def _over(one: Change, bound: float | None) -> bool:
    return bound is not None and one.large and one.growth > bound


def _undecided(one: Change, gate: float | None) -> str:
    return say(
        "n = {n} is too few: the interval of the growth reaches {reach}, beyond the limit of {limit}",
        n=units.count(one.n),
        reach=units.ratio(one.highest),
        limit=units.ratio(gate),
    )


#: How many of now, and of before, are in one bucket.
Bin = tuple[int, int]


def bins(now: Latency, before: Latency) -> tuple[Bin, ...]:
    """The buckets between the bounds that either has, the lowest first; a sketch leaves out bounds without any.

    None but infinity for two histograms of different bounds: each would be silent at those of the other.
    """
    sketches = now.source == before.source == "rows"
    bounds = _bounds(now) | _bounds(before) if sketches else _bounds(now) & _bounds(before)
    through = [(_through(now, bound), _through(before, bound)) for bound in sorted(bounds)]
    lower = [(0, 0), *through[:-1]]
    return tuple((a - c, b - d) for (a, b), (c, d) in zip(through, lower, strict=True))


def higher(found: Sequence[Bin]) -> float:
    """How likely chance alone puts `now` so far above `before`: of two tests the better one, at twice its chance.

    Ranks see a shift of all, and hardly a tail that a few requests make; the shares beyond the bounds see that.
    """
    tails = list(_beyond(found))
    return min(1.0, 2 * min(rank_sum(found), min(tails, default=1.0) * max(1, len(tails))))


def rank_sum(found: Sequence[Bin]) -> float:
    """One-sided chance of the Mann-Whitney test, by its normal approximation with continuity correction."""
    n, m = sum(now for now, _ in found), sum(before for _, before in found)
    total, below, wins, ties = n + m, 0, 0.0, 0
    for now, before in found:
        wins += now * (below + before / 2)
        below += before
        ties += (now + before) ** 3 - (now + before)
    variance = n * m / 12 * (total + 1 - ties / (total * (total - 1))) if total > 1 else 0.0
    return erfc((wins - n * m / 2 - 0.5) / sqrt(variance) / sqrt(2)) / 2 if variance > 0 else 1.0


def _beyond(found: Sequence[Bin]) -> Iterator[float]:
    """Per bound, the chance of so many more requests beyond it."""
    n, m = sum(now for now, _ in found), sum(before for _, before in found)
    now = before = 0
    for more, old in found[:-1]:
        now, before = now + more, before + old
        yield chance(share(n - now, n), share(m - before, m))


def _bounds(latency: Latency) -> set[float]:
    return {float("inf") if one.up_to_seconds is None else one.up_to_seconds for one in latency.buckets}


def _through(latency: Latency, bound: float) -> int:
    """Cumulative, so the nearest bound up to it counts as many."""
    return max(
        (one.count for one in latency.buckets if (one.up_to_seconds or float("inf")) <= bound or bound == float("inf")),
        default=0,
    )


#: Below this nobody waits longer in a way that can be felt, whatever the ratio.
LEAST_SECONDS = 0.05
#: Of a mean without its spread: durations of completions rarely spread wider than twice their mean.
SPREAD = 2.0
ASSUMED = say("the spread of single requests is not recorded and taken as twice the mean")


class Slower(Struct, frozen=True, kw_only=True):
    """Growth as a share of the figure before; `chance` and `highest` as in `Change`."""

    figures: str
    growth: float
    highest: float
    chance: float
    large: bool


def slower(now: Latency, before: Latency) -> Slower:
    """The change of one latency, both with a mean and a count above 0.

    Ranks and shares prove it, whatever the shape; the means, which are exact, say how much.
    """
    found = bins(now, before) if now.buckets and before.buckets else ()
    if len(found) > 1:
        return _relative(
            _mean(now), _mean(before), say("mean"), say("judged by the ranks of the durations"), higher(found)
        )
    if _ordered(now) and _ordered(before):
        estimates = _p99(now), _p99(before)
        return _relative(*estimates, "p99", say("by order statistics"), chance(*estimates))
    estimates = _mean(now), _mean(before)
    return _relative(*estimates, say("mean"), ASSUMED, chance(*estimates))


def _relative(now: Estimate, before: Estimate, name: str, how: str, proven: float) -> Slower:
    _, high = difference(now, before)
    old = before.value
    rise = now.value - old
    return Slower(
        figures=say(
            "{name} {now}, before {before}; {how}",
            name=name,
            now=units.seconds(now.value),
            before=units.seconds(old),
            how=how,
        ),
        growth=rise / old if old else 0.0,
        highest=0.0 if high < LEAST_SECONDS else high / old if old else inf,
        chance=proven,
        large=rise >= LEAST_SECONDS,
    )


def _ordered(latency: Latency) -> bool:
    return latency.p99.seconds is not None and latency.p99.low_seconds is not None


def _p99(latency: Latency) -> Estimate:
    value = latency.p99.seconds or 0.0
    low = value if latency.p99.low_seconds is None else latency.p99.low_seconds
    return known(value, low, value if latency.p99.high_seconds is None else latency.p99.high_seconds)


def _mean(latency: Latency) -> Estimate:
    return mean(latency.mean_seconds or 0.0, latency.count or 1, min(SPREAD, _spread(latency)))


def _spread(latency: Latency) -> float:
    """The most that the buckets allow: every request taken to be as slow as its bucket's upper bound."""
    value, n = latency.mean_seconds or 0.0, latency.count or 0
    squares, below = 0.0, 0
    for one in latency.buckets:
        inside = one.count - below
        below = one.count
        squares += inside * (one.up_to_seconds or inf) ** 2 if inside else 0.0
    return sqrt(max(0.0, squares / n - value**2)) / value if below and n and value else SPREAD
