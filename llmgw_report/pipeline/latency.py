"""Latency distributions: merged from the series of a scrape, or read from the columns of a query."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from math import inf, isfinite

import msgspec
from msgspec import structs

from llmgw_report.gateways.rows import DurationColumns
from llmgw_report.messages import join, msg
from llmgw_report.model.indicator import Buckets, Indicator
from llmgw_report.model.quantities import PERCENTILES, Quantity
from llmgw_report.model.sections import Bucket, BucketCount, Latency, PercentileValue

BUCKETS_PER_TENFOLD = 10


def from_indicators(found: Sequence[Indicator], quantity: Quantity) -> Latency:
    """Sum, count and buckets of all series add up; of quantiles the worst series is shown."""
    count = round(sum(one.count or 0 for one in found))
    if not count:
        if not found:
            return Latency(reason=msg("no {quantity} in the scrape", quantity=quantity.text))
        return Latency(count=0, reason=msg("no request with a {quantity} was recorded", quantity=quantity.text))
    base = Latency(
        mean_seconds=_mean(found, count),
        count=count,
        population=join(", ", map(msg, sorted({one.population for one in found}))),
    )
    if all(one.buckets for one in found):
        return _with_buckets(base, merge([one.buckets for one in found if one.buckets]), count)
    if any(one.broken_buckets for one in found):
        reason = msg("its buckets are no distribution: they have no +Inf, or a wider one counts less")
        return structs.replace(base, source="histogram", reason=reason)
    return _with_quantiles(base, found)


def from_columns(columns: DurationColumns, population: str) -> Latency:
    """Nearest-rank percentiles of rows, those that n is too small for left out."""
    count = columns.observed or 0
    if not count:
        return Latency(count=0, population=msg(population), reason=msg("no row with a duration in the window"))
    if columns.files > 1 and columns.buckets and columns.percentiles["p99"].seconds is None:
        return _of_files(columns, population, count)
    enough = {name: value for name, value in columns.percentiles.items() if count >= PERCENTILES[name].fewest}
    missing = [name for name, value in enough.items() if value.seconds is None]
    unfilled = msg("the rows hold no value for {names}", names=", ".join(missing)) if missing else ""
    return Latency(
        mean_seconds=columns.mean_seconds,
        count=count,
        source=msg("rows"),
        population=msg(population),
        reason=join("; ", [too_few(count) or "", unfilled]) or None,
        buckets=tuple(_sketch(columns.buckets)),
    ).with_percentiles(enough)


def _of_files(columns: DurationColumns, population: str, count: int) -> Latency:
    """Percentiles of the sketches of several files together, each with the bucket that proves where it lies."""
    return structs.replace(
        from_sketch(columns.buckets),
        mean_seconds=columns.mean_seconds,
        count=count,
        source=msg("sketches of {n} files", n=columns.files),
        population=msg(population),
    )


def from_sketch(buckets: str | None) -> Latency:
    """Percentiles of a sketch alone, each interpolated inside its bucket; None of them without a duration."""
    found = added([Latency(buckets=tuple(_sketch(buckets)))])
    return structs.replace(found, count=found.count or 0, source=msg("sketch of the rows"))


def merge(parts: Sequence[Buckets]) -> Buckets:
    """Cumulative counts add at the bounds that all parts share; at any other bound one part is not known."""
    shared = sorted(set.intersection(*(set(part.bounds) for part in parts)))
    counts = [dict(zip(part.bounds, part.counts, strict=True)) for part in parts]
    return Buckets(bounds=tuple(shared), counts=tuple(sum(part[bound] for part in counts) for bound in shared))


def percentile(buckets: Buckets, ratio: float) -> PercentileValue:
    """Value interpolated inside its bucket, and the bucket; beyond the last bound only that bound is known."""
    rank = ratio * buckets.counts[-1]
    place = next(i for i, count in enumerate(buckets.counts) if count >= rank)
    low = buckets.bounds[place - 1] if place else 0.0
    high = buckets.bounds[place]
    if high == inf:
        return PercentileValue(bucket=Bucket(above_seconds=low, up_to_seconds=None))
    before = buckets.counts[place - 1] if place else 0.0
    inside = buckets.counts[place] - before
    value = low + (high - low) * ((rank - before) / inside if inside else 1.0)
    return PercentileValue(seconds=value, bucket=Bucket(above_seconds=low, up_to_seconds=high))


def added(parts: Sequence[Latency]) -> Latency:
    """Several parts of one histogram together; nothing of those without buckets."""
    known = [part for part in parts if part.buckets]
    if not known:
        return Latency()
    buckets = merge([_buckets_of(part) for part in known])
    count = round(buckets.counts[-1])
    return _with_buckets(Latency(count=count, population=known[0].population), buckets, count)


def _buckets_of(latency: Latency) -> Buckets:
    return Buckets(
        bounds=tuple(_limit(one) for one in latency.buckets), counts=tuple(float(one.count) for one in latency.buckets)
    )


def less(latency: Latency, part: Latency) -> Latency:
    """A distribution without a part of it; as it is where one of them has no buckets, and its own ranks are lost."""
    if not latency.buckets or not part.buckets:
        return latency
    left = [(_limit(one), one.count - _through(part, _limit(one))) for one in latency.buckets]
    counts = tuple(accumulate((max(0, n) for _, n in left), max))
    if not counts[-1]:
        return Latency(count=0, population=latency.population, reason=msg("no request is left"))
    base = Latency(count=counts[-1], population=latency.population)
    buckets = Buckets(bounds=tuple(limit for limit, _ in left), counts=counts)
    return _with_buckets(base, buckets, counts[-1])


def _limit(one: BucketCount) -> float:
    return inf if one.up_to_seconds is None else one.up_to_seconds


def _through(latency: Latency, seconds: float) -> int:
    """How many took no longer; buckets that are left out hold nothing."""
    return max((one.count for one in latency.buckets if _limit(one) <= seconds), default=0)


def too_few(count: int) -> str | None:
    """Which percentiles n is too small for, in words; None if for none."""
    few = (
        msg("{name} needs n >= {fewest}", name=name, fewest=one.fewest)
        for name, one in PERCENTILES.items()
        if count < one.fewest
    )
    missing = join(", ", few)
    return msg("n = {n}: {missing}", n=count, missing=missing) if missing else None


def _mean(found: Sequence[Indicator], count: int) -> float | None:
    """None where the sum of a series that has observations is not known."""
    total = sum(one.value for one in found if one.count)
    return total / count if isfinite(total) else None


def _with_buckets(base: Latency, buckets: Buckets, count: int) -> Latency:
    pairs = zip(buckets.bounds, buckets.counts, strict=True)
    counts = tuple(BucketCount(up_to_seconds=None if le == inf else le, count=round(n)) for le, n in pairs)
    found = structs.replace(base, source=msg("histogram"), reason=too_few(count), buckets=counts)
    enough = {name: one.ratio for name, one in PERCENTILES.items() if count >= one.fewest}
    return found.with_percentiles({name: percentile(buckets, ratio) for name, ratio in enough.items()})


def _with_quantiles(base: Latency, found: Sequence[Indicator]) -> Latency:
    """A summary's quantiles describe its last minute, however many requests the lifetime holds."""
    quantiles = [one.quantiles for one in found if one.quantiles]
    if not quantiles:
        reason = msg("the summary's last minute was idle, so it has no percentiles; the mean is of the lifetime")
        return structs.replace(base, source=msg("summary"), reason=reason)
    keys = {name: one.quantile for name, one in PERCENTILES.items()}
    worst = {name: max((one[key] for one in quantiles if key in one), default=None) for name, key in keys.items()}
    series = sum(one.series for one in found if one.quantiles)
    base = structs.replace(base, source=msg("summary"), worst_of=series)
    return base.with_percentiles({name: PercentileValue(seconds=value) for name, value in worst.items()})


def _sketch(buckets: str | None) -> Iterator[BucketCount]:
    """Cumulative counts at both ends of the buckets that hold something, then at infinity; nothing without any.

    Without the lower ends a reader could not know that nothing lies between two buckets far apart.
    """
    counted = msgspec.json.decode(buckets or "{}", type=dict[int, int])
    through = 0
    for place in sorted({end for bucket in counted for end in (bucket - 1, bucket)}):
        through += counted.get(place, 0)
        yield BucketCount(up_to_seconds=10 ** (place / BUCKETS_PER_TENFOLD), count=through)
    if counted:
        yield BucketCount(up_to_seconds=None, count=through)
