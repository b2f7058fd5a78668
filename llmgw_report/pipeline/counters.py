"""Compares two readings of the same lifetime counters: whether one process went on counting, and what it counted.

A decrease alone is no restart: behind an address with several workers each scrape is answered by one of them, and
adding up what looks like restarts would invent traffic.
"""

from collections.abc import Iterator, Mapping
from math import inf

from msgspec import Struct, structs

from llmgw_report.messages import Message, join, msg
from llmgw_report.model import timestamp
from llmgw_report.model.continuity import Against, Continuity, Course
from llmgw_report.model.indicator import Buckets, Indicator
from llmgw_report.model.quantities import DURATIONS, QUANTITIES, ROW_FIGURES, TOKEN_TYPES, Quantity
from llmgw_report.model.sections import BucketCount, InstanceRow, Latency, Sections, Tokens, Totals, TrafficRow
from llmgw_report.pipeline.latency import from_indicators
from llmgw_report.units import count, moment, plural

_COUNTED_FIELDS = ("requests", *(one.field for one in ROW_FIGURES if one.kind == "counter"))
_NO_PERCENTILES = msg("a summary's percentiles are of its last minute and cannot be subtracted")


def difference(before: Totals | None, now: Totals | None, found: Continuity, at: str) -> Totals | None:
    """What was counted after the first reading, taken at `at`.

    After a restart whose time is known these are the new totals. None where the second reading is of
    another process, lost series, or a restart at an unknown time: any figure would be a guess.
    """
    if now is None or now.basis != "lifetime":
        return None
    if found.began:
        return structs.replace(now, since=found.began, source=msg("metrics since the restart"))
    if found.state != "continued":
        return None
    earlier = before if before and before.basis == "lifetime" else None
    same_groups = earlier is None or earlier.group_by == now.group_by
    old = {row.group: row for row in earlier.rows} if earlier else {}
    return Totals(
        group_by=now.group_by,
        rows=tuple(_less(row, old.get(row.group)) for row in now.rows) if same_groups else (),
        total=_less(now.total, earlier.total if earlier else None),
        source=msg("metrics, less those of the earlier reading"),
        basis="window",
        since=at,
    )


def _less(now: TrafficRow, before: TrafficRow | None) -> TrafficRow:
    """The difference of one group between two reports; a series that is missing now is absent, not 0."""
    counts = {name: _subtracted(getattr(now, name), getattr(before, name, None)) for name in _COUNTED_FIELDS}
    old = before.outcomes if before else None
    return structs.replace(
        now.with_outcomes(
            now.outcomes.less(old) if now.outcomes and old else now.outcomes,
            _more(now.unobserved, before.unobserved if before else None),
        ),
        tokens=_tokens(now.tokens, before.tokens if before else Tokens()),
        **counts,
        **{one.field: _latency(getattr(now, one.field), getattr(before, one.field, None), one) for one in DURATIONS},
    )


def _tokens(now: Tokens, before: Tokens) -> Tokens:
    old = before.recorded
    return Tokens.of({name: value - old.get(name, 0) for name, value in now.recorded.items()})


def _subtracted(now: int | None, before: int | None) -> int | None:
    """None where it decreased: what was counted in between is not known, and no count is below zero."""
    return None if now is None or now < (before or 0) else now - (before or 0)


def _more(now: int | None, before: int | None) -> int | None:
    """0 where it decreased: a request that had not ended at the earlier reading has by now."""
    return None if now is None else max(0, now - (before or 0))


def _latency(now: Latency | None, before: Latency | None, quantity: Quantity) -> Latency | None:
    """Sums, counts and buckets subtract; the percentiles are read from the buckets that are left."""
    if now is None:
        return None
    before = before or Latency()
    count = (now.count or 0) - (before.count or 0)
    if not count:
        reason = msg("no request with a {quantity} since", quantity=quantity.text)
        return Latency(count=0 if now.count is not None else None, reason=reason)
    left = Indicator(
        quantity=quantity.name,
        family="",
        value=max(0.0, _sum(now) - _sum(before)),
        roles={},
        count=count,
        buckets=_buckets(now.buckets, before.buckets),
        population=now.population,
    )
    found = from_indicators([left], quantity)
    return found if found.buckets else structs.replace(found, reason=_NO_PERCENTILES)


def _sum(latency: Latency) -> float:
    return (latency.mean_seconds or 0.0) * (latency.count or 0)


def _buckets(now: tuple[BucketCount, ...], before: tuple[BucketCount, ...]) -> Buckets | None:
    """None where the bounds differ or a bucket decreased: they are of different histograms."""
    old = dict(_pairs(before))
    pairs = [(bound, count - old.get(bound, 0)) for bound, count in _pairs(now)]
    counts = tuple(count for _, count in pairs)
    if not pairs or (old and set(old) != {bound for bound, _ in pairs}) or list(counts) != sorted(counts):
        return None
    return Buckets(bounds=tuple(bound for bound, _ in pairs), counts=counts)


def _pairs(buckets: tuple[BucketCount, ...]) -> Iterator[tuple[float, int]]:
    for one in buckets:
        yield (inf if one.up_to_seconds is None else one.up_to_seconds), one.count


#: Counters that decreased or disappeared, of which the report shows this many.
_EXAMPLES_COUNT = 4


class Counters(Struct, frozen=True, kw_only=True):
    """Counters at the instant `at`, by names for a reader, of a process that began at `since`."""

    at: str
    since: str | None
    group_by: str | None
    counted: dict[str, int]
    groups: dict[str, int]


def saved_counters(sections: Sections, at: str) -> Counters | None:
    """The counters in a document; None without a scrape. A scrape without counters gives an empty reading."""
    if sections.metrics is None:
        return None
    return counters_of(sections.lifetime_traffic, sections.instances, at)


def counters_of(traffic: Totals | None, instances: tuple[InstanceRow, ...], at: str) -> Counters:
    """The same from the two sections that hold counters; traffic that was counted from rows holds none."""
    totals = traffic if traffic and traffic.basis == "lifetime" else None
    return Counters(
        at=at,
        since=totals.since if totals else None,
        group_by=totals.group_by if totals else None,
        counted=dict([*_instances(instances), *(_row(totals.total, msg("in total")) if totals else ())]),
        groups=dict(pair for row in totals.rows for pair in _row(row, msg("of {group}", group=row.group)))
        if totals
        else {},
    )


def continuity(
    before: Counters, now: Counters, against: Against, highest: Mapping[str, int] | None = None
) -> Continuity:
    """Whether `now` continues `before`, and if not, what happened.

    `highest` are counters that had decreased at `before`, as they were until then.
    """
    same_groups = before.group_by == now.group_by
    older = before.counted | (before.groups if same_groups else {})
    newer = now.counted | (now.groups if same_groups else {})
    counting = {name: value for name, value in older.items() if value > 0}
    fallen = [name for name, value in counting.items() if newer.get(name, value) < value]
    lost = [name for name in counting if name not in newer]
    found = Continuity(
        against=against,
        state="continued",
        reason="",
        counters=len(counting),
        fallen=len(fallen),
        lost=len(lost),
        examples=tuple(_example(name, older[name], newer.get(name)) for name in (fallen + lost)[:_EXAMPLES_COUNT]),
        began=_began(before, now) if counting else None,
    )
    if found.began:
        return _with_state(found, before, now)
    known = {name: value for name, value in (highest or {}).items() if name in newer}
    fell = known | {name: max(older[name], known.get(name, 0)) for name in fallen[:_EXAMPLES_COUNT]}
    found = _with_state(structs.replace(found, highest=fell), before, now)
    if found.state == "continued" and known and all(newer[name] >= value for name, value in known.items()):
        turns = msg("the counters fell and are as high again as before, as where several processes answer in turn")
        return _as(found, "another process", turns)
    return found


def _began(before: Counters, now: Counters) -> str | None:
    """When the process started again; a start that both name is of one process, whose clock may be ahead.

    One that is earlier than that of the process before is of another one.
    """
    if not now.since or now.since == before.since or (before.since and _later(before.since, now.since)):
        return None
    return now.since if _later(now.since, before.at) else None


def _example(name: str, before: int, now: int | None) -> Message:
    return msg("{name} {before} → {now}", name=name, before=count(before), now=count(now))


def _with_state(found: Continuity, before: Counters, now: Counters) -> Continuity:
    """The start times decide first, because the process itself reports them; then the counters."""
    if found.began:
        return _as(found, "restarted", msg("the process started again at {time}", time=moment(found.began)))
    if found.counters and before.since and now.since and before.since != now.since:
        started = msg(
            "the process that answers started {now}, the earlier one {before}, and both ran at the first reading",
            now=moment(now.since),
            before=moment(before.since),
        )
        return _as(found, "another process", started)
    return _by_counters(found, known=before.since is not None and now.since is not None)


def _by_counters(found: Continuity, *, known: bool) -> Continuity:
    """The state by the counters alone, where the start times decide nothing."""
    if not found.counters:
        return _as(found, "continued", msg("nothing had been counted yet"))
    if found.fallen + found.lost == found.counters:
        return _as(
            found, "restarted", msg("every counter decreased, as after a restart; when it happened is not known")
        )
    counters = plural(found.counters, "counters")
    if found.fallen:
        return _as(found, "another process", join("; ", _some_fell(found.fallen, counters, known=known)))
    if found.lost:
        lost = msg("{n} of {counters} disappeared", n=found.lost, counters=counters)
        return _as(found, "series lost", lost)
    doubt = "" if known else msg("no start time is known, so a restart since outgrown would not show")
    return _as(found, "continued", join("; ", [msg("none of {counters} decreased", counters=counters), doubt]))


def _some_fell(fallen: int, counters: str, *, known: bool) -> Iterator[Message]:
    if known:
        yield msg("{n} of {counters} decreased and the start time did not change", n=fallen, counters=counters)
        return
    yield msg("{n} of {counters} decreased", n=fallen, counters=counters)
    yield msg("no start time is known, so a restart after which the others outgrew their old values looks the same")


def _as(found: Continuity, state: Course, reason: str) -> Continuity:
    return structs.replace(found, state=state, reason=reason)


def _row(row: TrafficRow, where: Message) -> Iterator[tuple[str, int]]:
    if row.requests is not None:
        yield msg("{counter} {where}", counter=msg("requests"), where=where), row.requests
    for name, value in row.tokens.recorded.items():
        yield msg("{counter} {where}", counter=TOKEN_TYPES[name].text, where=where), value
    for name, latency in row.durations.items():
        if latency.count is not None:
            quantity = QUANTITIES[name].text
            yield msg("requests with a {quantity} {where}", quantity=quantity, where=where), latency.count


def _instances(rows: tuple[InstanceRow, ...]) -> Iterator[tuple[str, int]]:
    """Counters of the scrape alone: instances that come from rows are of a window."""
    for row in (one for one in rows if one.source == "metrics"):
        for status, value in row.by_status.items():
            name = msg(
                "{status} of {instance} ({provider})", status=status, instance=row.instance, provider=row.provider
            )
            yield name, value


def _later(moment_: str, than: str) -> bool:
    one, other = timestamp.milliseconds(moment_), timestamp.milliseconds(than)
    return one is not None and other is not None and one > other
