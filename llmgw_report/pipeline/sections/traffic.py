"""Traffic per group: lifetime totals from the scrape, or the window from rows."""

from collections.abc import Iterator, Mapping, Sequence
from math import inf, isfinite

import msgspec
from msgspec import Struct, structs

from llmgw_report.gateways.rows import StartedRow
from llmgw_report.gateways.rows import TrafficRow as SqlTraffic
from llmgw_report.messages import join, say
from llmgw_report.model import timestamp
from llmgw_report.model.indicator import Buckets, Indicator, Quantity
from llmgw_report.model.sections import UNRECORDED, Bucket, BucketCount, Latency, Traffic, TrafficRow
from llmgw_report.pipeline.measure import Measured
from llmgw_report.redaction import alias

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


EVERYTHING = say("all")


class Outcomes(Struct, frozen=True, kw_only=True):
    """How requests ended; `base` are those whose end is known."""

    client: int
    server: int
    base: int

    @property
    def errors(self) -> int:
        """Both kinds."""
        return self.client + self.server


def lifetime(measured: Measured) -> Traffic | None:
    """Totals since the process started; None without a request counter in the scrape."""
    if not measured.of("requests"):
        return None
    role = measured.windows.group_by
    quantities: tuple[Quantity, ...] = ("requests", "attempts", "tokens", "latency")
    grouped = {quantity: _grouped(measured.of(quantity), role) for quantity in quantities}
    known = role == EVERYTHING or any(role in one.roles for one in measured.of("attempts"))
    rows = [
        _row(name, {quantity: groups.get(name, []) for quantity, groups in grouped.items()}, attempts=known)
        for name in grouped["requests"]
    ]
    return Traffic(
        group_by=role,
        rows=tuple(sorted(rows, key=lambda row: (-(row.requests or 0), row.group))),
        total=_row(EVERYTHING, {quantity: measured.of(quantity) for quantity in quantities}, attempts=True),
        source=say("metrics"),
        basis="lifetime",
        since=started(measured),
    )


def windowed(measured: Measured) -> Traffic | None:
    """The window from the query `traffic`; None if it did not run."""
    found = measured.table("traffic", SqlTraffic)
    if found is None:
        return None
    title = measured.title("traffic")
    population = _population(measured) or title
    role = measured.windows.group_by
    rows = [_sql_row(row, population, role) for row in found if not row.total]
    totals = [_sql_row(row, population, role) for row in found if row.total]
    return Traffic(
        group_by=role,
        rows=tuple(sorted(rows, key=lambda row: (-(row.requests or 0), row.group))),
        total=totals[0] if totals else _nothing(),
        source=title,
        basis="window",
        since=timestamp.text(measured.windows.since_ms),
    )


def started(measured: Measured) -> str | None:
    """When the counters read zero: as the process says, else as its own snapshots show, else unknown."""
    for one in measured.of("process-start"):
        return timestamp.text(one.value * 1000)
    for row in measured.table("started", StartedRow) or ():
        return None if row.since_ms is None else timestamp.text(row.since_ms)
    return None


def outcomes(found: Sequence[Indicator]) -> Outcomes | None:
    """Client and server errors of what has an outcome; None where nothing has one."""
    known = [one for one in found if "outcome" in one.roles]
    if not known:
        return None
    counted = {"client-error": 0.0, "server-error": 0.0}
    for one in known:
        if one.roles["outcome"] in counted:
            counted[one.roles["outcome"]] += one.value
    return Outcomes(
        client=round(counted["client-error"]),
        server=round(counted["server-error"]),
        base=round(sum(one.value for one in known)),
    )


def _population(measured: Measured) -> str | None:
    """Which requests have a duration: a gateway that counts some of them logs the same ones."""
    sources = measured.gateway.metrics.get("latency", ()) if measured.gateway else ()
    return next((source.population for source in sources), None)


def _row(name: str, found: Mapping[Quantity, Sequence[Indicator]], *, attempts: bool) -> TrafficRow:
    """One group of what was found in it. `attempts`: whether those can be told apart by group at all."""
    ended = outcomes(found["requests"]) or (outcomes(found["attempts"]) if attempts else None)
    return TrafficRow(
        group=name,
        requests=_total(found["requests"]),
        input_tokens=_total([one for one in found["tokens"] if one.roles.get("token-type") == "input"]),
        output_tokens=_total([one for one in found["tokens"] if one.roles.get("token-type") == "output"]),
        errors=ended.errors if ended else None,
        error_ratio=ended.errors / ended.base if ended and ended.base else None,
        latency=from_indicators(found["latency"]),
        client_errors=ended.client if ended else None,
        server_errors=ended.server if ended else None,
        error_base=ended.base if ended else None,
    )


def _grouped(found: Sequence[Indicator], role: str) -> dict[str, list[Indicator]]:
    """By the value of `role`; "all" is one group."""
    groups: dict[str, list[Indicator]] = {}
    for one in found:
        name = EVERYTHING if role == EVERYTHING else one.roles.get(role, UNRECORDED)
        groups.setdefault(name, []).append(one)
    return groups


def _total(found: Sequence[Indicator]) -> int | None:
    """Sum, or None for no series: a group without a token counter did not use 0 tokens."""
    return round(sum(one.value for one in found)) if found else None


def _sql_row(row: SqlTraffic, population: str, role: str) -> TrafficRow:
    recorded = row.client_errors is not None and row.server_errors is not None
    errors = (row.client_errors or 0) + (row.server_errors or 0) if recorded else None
    return TrafficRow(
        group=EVERYTHING if row.total else _recorded(row.group, role),
        requests=row.requests,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        errors=errors,
        error_ratio=errors / row.requests if errors is not None and row.requests else None,
        latency=from_row(row, population),
        client_errors=row.client_errors,
        server_errors=row.server_errors,
        error_base=row.requests if recorded else None,
    )


def _recorded(group: str | None, role: str) -> str:
    """The group of a row; the name of a key may be the key itself."""
    if not group:
        return UNRECORDED
    return alias(group) if role == "api-key" else group


def _nothing() -> TrafficRow:
    """A window without a row: requests were 0, everything else was not observed."""
    return TrafficRow(
        group=EVERYTHING,
        requests=0,
        input_tokens=None,
        output_tokens=None,
        errors=None,
        error_ratio=None,
        latency=Latency(count=0, reason=say("no request in the window")),
    )
