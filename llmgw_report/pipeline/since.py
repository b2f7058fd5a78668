"""Traffic between two readings of lifetime totals: a difference where one process kept counting, else nothing."""

from collections.abc import Iterator
from math import inf

from msgspec import structs

from llmgw_report.model.counters import Continuity
from llmgw_report.model.indicator import Buckets, Indicator
from llmgw_report.model.message import say
from llmgw_report.model.traffic import BucketCount, Latency, Traffic, TrafficRow
from llmgw_report.pipeline.sections import latency as percentiles

COUNTED = ("requests", "input_tokens", "output_tokens", "errors", "client_errors", "server_errors", "error_base")
NO_PERCENTILES = say("a summary's percentiles are of its last minute and cannot be subtracted")


def since(before: Traffic | None, now: Traffic | None, found: Continuity, at: str) -> Traffic | None:
    """What was counted after the first reading, taken at `at`.

    After a restart whose time is known these are the new totals. None where the second reading is of
    another process, lost series, or a restart at an unknown time: any figure would be a guess.
    """
    if now is None or now.basis != "lifetime":
        return None
    if found.began:
        return structs.replace(now, since=found.began, source=say("metrics since the restart"))
    if found.state != "continued":
        return None
    earlier = before if before and before.basis == "lifetime" else None
    same_groups = earlier is None or earlier.group_by == now.group_by
    old = {row.group: row for row in earlier.rows} if earlier else {}
    return Traffic(
        group_by=now.group_by,
        rows=tuple(_less(row, old.get(row.group)) for row in now.rows) if same_groups else (),
        total=_less(now.total, earlier.total if earlier else None),
        source=say("metrics, less those of the earlier reading"),
        basis="window",
        since=at,
    )


def _less(now: TrafficRow, before: TrafficRow | None) -> TrafficRow:
    """A series that was not there yet had counted nothing; one that is not there now is absent, not 0."""
    counts = {name: _difference(getattr(now, name), getattr(before, name, None)) for name in COUNTED}
    errors, base = counts["errors"], counts["error_base"]
    return structs.replace(
        now,
        **counts,
        error_ratio=errors / base if errors is not None and base else None,
        latency=_latency(now.latency, before.latency if before else Latency()),
    )


def _difference(now: int | None, before: int | None) -> int | None:
    return None if now is None else now - (before or 0)


def _latency(now: Latency, before: Latency) -> Latency:
    """Sums, counts and buckets subtract; the percentiles are read from the buckets that are left."""
    count = (now.count or 0) - (before.count or 0)
    if not count:
        return Latency(count=0 if now.count is not None else None, reason=say("no request with a latency since"))
    total = _sum(now) - _sum(before)
    found = percentiles.from_indicators([
        Indicator(
            quantity="latency",
            family="",
            value=max(0.0, total),
            roles={},
            count=count,
            buckets=_buckets(now.buckets, before.buckets),
            population=now.population,
        )
    ])  # fmt: skip
    return found if found.buckets else structs.replace(found, reason=NO_PERCENTILES)


def _sum(latency: Latency) -> float:
    return (latency.mean_seconds or 0.0) * (latency.count or 0)


def _buckets(now: tuple[BucketCount, ...], before: tuple[BucketCount, ...]) -> Buckets | None:
    """None where the bounds are not the same ones or a bucket fell: they are of different histograms."""
    old = dict(_pairs(before))
    pairs = [(bound, count - old.get(bound, 0)) for bound, count in _pairs(now)]
    counts = tuple(count for _, count in pairs)
    if not pairs or (old and set(old) != {bound for bound, _ in pairs}) or list(counts) != sorted(counts):
        return None
    return Buckets(bounds=tuple(bound for bound, _ in pairs), counts=counts)


def _pairs(buckets: tuple[BucketCount, ...]) -> Iterator[tuple[float, int]]:
    for one in buckets:
        yield (inf if one.up_to_seconds is None else one.up_to_seconds), one.count
