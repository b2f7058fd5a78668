"""Percentiles that can be answered for, and a reason in place of those that cannot."""

from collections.abc import Iterator, Sequence
from math import inf, isfinite

import msgspec
from msgspec import structs

from llmgw_report.gateways.rows import TrafficRow as SqlTraffic
from llmgw_report.model.indicator import Buckets, Indicator
from llmgw_report.model.message import join, say
from llmgw_report.model.traffic import Bucket, BucketCount, Latency

#: Fewest observations for a percentile: below, even the largest of them need not reach it in 95 of 100
#: samples (1 - q^n < 0.95).
FEWEST = {"p50": 5, "p90": 29, "p99": 299}
BUCKETS_PER_TENFOLD = 10
SHARES = {"p50": 0.5, "p90": 0.9, "p99": 0.99}


def from_indicators(found: Sequence[Indicator]) -> Latency:
    """Sum, count and buckets of all series add up; of quantiles the worst series is shown."""
    count = round(sum(one.count or 0 for one in found))
    if not count:
        reason = say("no request with a latency was recorded" if found else "no latency in the scrape")
        return Latency(count=0 if found else None, reason=reason)
    base = Latency(
        mean_seconds=_mean(found, count),
        count=count,
        population=join(", ", map(say, sorted({one.population for one in found}))),
    )
    if all(one.buckets for one in found):
        return _with_buckets(base, merge([one.buckets for one in found if one.buckets]), count)
    if any(one.broken_buckets for one in found):
        reason = say("its buckets are no distribution: they have no +Inf, or a wider one counts less")
        return structs.replace(base, source="histogram", reason=reason)
    return _with_quantiles(base, found)


def _mean(found: Sequence[Indicator], count: int) -> float | None:
    """None where the sum of a series that has observations is not known."""
    total = sum(one.value for one in found if one.count)
    return total / count if isfinite(total) else None


def from_row(row: SqlTraffic, population: str) -> Latency:
    """Nearest-rank percentiles of rows, those that n is too small for left out."""
    count = row.observed or 0
    if not count:
        return Latency(count=0, reason=say("no row with a duration in the window"))
    shown = {f"{name}_seconds": getattr(row, f"{name}_seconds") for name, fewest in FEWEST.items() if count >= fewest}
    if count >= FEWEST["p99"]:
        shown |= {"p99_low_seconds": row.p99_low_seconds, "p99_high_seconds": row.p99_high_seconds}
    return Latency(
        mean_seconds=row.mean_seconds,
        count=count,
        source=say("rows"),
        population=say(population),
        reason=too_few(count),
        buckets=tuple(_sketch(row.buckets)),
        **shown,
    )


def _sketch(buckets: str | None) -> Iterator[BucketCount]:
    """Cumulative counts at the bounds of the buckets that hold something, then at infinity; nothing without any."""
    counted = msgspec.json.decode(buckets or "{}", type=dict[int, int])
    through = 0
    for place, count in sorted(counted.items()):
        through += count
        yield BucketCount(up_to_seconds=10 ** (place / BUCKETS_PER_TENFOLD), count=through)
    if counted:
        yield BucketCount(up_to_seconds=None, count=through)


def merge(parts: Sequence[Buckets]) -> Buckets:
    """Cumulative counts add at the bounds that all parts share; at any other bound one part says nothing."""
    shared = sorted(set.intersection(*(set(part.bounds) for part in parts)))
    counts = [dict(zip(part.bounds, part.counts, strict=True)) for part in parts]
    return Buckets(bounds=tuple(shared), counts=tuple(sum(part[bound] for part in counts) for bound in shared))


def percentile(buckets: Buckets, share: float) -> tuple[float | None, Bucket]:
    """Value interpolated inside its bucket, and the bucket; beyond the last bound only that bound is known."""
    rank = share * buckets.counts[-1]
    place = next(i for i, count in enumerate(buckets.counts) if count >= rank)
    low = buckets.bounds[place - 1] if place else 0.0
    high = buckets.bounds[place]
    if high == inf:
        return None, Bucket(above_seconds=low, up_to_seconds=None)
    before = buckets.counts[place - 1] if place else 0.0
    inside = buckets.counts[place] - before
    value = low + (high - low) * ((rank - before) / inside if inside else 1.0)
    return value, Bucket(above_seconds=low, up_to_seconds=high)


def too_few(count: int) -> str | None:
    """Which percentiles n is too small for, in words; None if for none."""
    few = (
        say("{name} needs n >= {fewest}", name=name, fewest=least) for name, least in FEWEST.items() if count < least
    )
    missing = join(", ", few)
    return say("n = {n}: {missing}", n=count, missing=missing) if missing else None


def _with_buckets(base: Latency, buckets: Buckets, count: int) -> Latency:
    fields: dict[str, float | Bucket | None] = {}
    for name, fewest in FEWEST.items():
        if count >= fewest:
            fields[f"{name}_seconds"], fields[f"{name}_bucket"] = percentile(buckets, SHARES[name])
    pairs = zip(buckets.bounds, buckets.counts, strict=True)
    counts = tuple(BucketCount(up_to_seconds=None if le == inf else le, count=round(n)) for le, n in pairs)
    return structs.replace(base, source=say("histogram"), reason=too_few(count), buckets=counts, **fields)


def _with_quantiles(base: Latency, found: Sequence[Indicator]) -> Latency:
    """A summary's quantiles describe its last minute, however many requests the lifetime holds."""
    quantiles = [one.quantiles for one in found if one.quantiles]
    if not quantiles:
        reason = say("the summary's last minute was idle, so it has no percentiles; the mean is of the lifetime")
        return structs.replace(base, source=say("summary"), reason=reason)
    worst = {name: max((one[q] for one in quantiles if q in one), default=None) for name, q in _keys().items()}
    fields = {f"{name}_seconds": value for name, value in worst.items()}
    series = sum(one.series for one in found if one.quantiles)
    return structs.replace(base, source=say("summary"), worst_of=series, **fields)


def _keys() -> dict[str, str]:
    """Names of the percentiles as a summary's quantile label writes them."""
    return {name: f"{share:g}" for name, share in SHARES.items()}
