"""Latency out of a histogram or a summary: sum and count add up, buckets add up, quantiles do not."""

from collections.abc import Iterator
from math import inf, nan

from llmgw_report.gateways.definition import Source
from llmgw_report.gateways.reading import Reading
from llmgw_report.model.indicator import Buckets, Indicator
from llmgw_report.model.scrape import Cell

Roles = tuple[tuple[str, str], ...]


def latency(reading: Reading, source: Source) -> Iterator[Indicator]:
    """One indicator for every set of roles that has a `_count`."""
    counts = _by_roles(reading, source, f"{source.family}_count")
    sums = _by_roles(reading, source, f"{source.family}_sum")
    buckets = _parts(reading, source, f"{source.family}_bucket", "le")
    quantiles = _parts(reading, source, source.family, "quantile")
    for roles, count in counts.items():
        merged = _buckets(buckets.get(roles, {}), source.scale)
        yield Indicator(
            quantity="latency",
            family=source.family,
            value=_total(sums.get(roles), source),
            roles=dict(roles),
            target=reading.scrape.target,
            series=count.series,
            count=count.sum,
            buckets=merged,
            broken_buckets=merged is None and roles in buckets,
            quantiles=_quantiles(quantiles.get(roles, {}), source),
            population=source.population,
        )


def _total(cell: Cell | None, source: Source) -> float:
    """Seconds in all; NaN where a series has no sum, since a mean without them would be too low."""
    return nan if cell is None or cell.not_finite else cell.sum * source.scale


def _by_roles(reading: Reading, source: Source, sample: str) -> dict[Roles, Cell]:
    found: dict[Roles, Cell] = {}
    for key, cell in reading.scrape.samples.get(sample, {}).items():
        roles = tuple(reading.roles("latency", source, sample, key).items())
        found[roles] = _joined(found.get(roles), cell)
    return found


def _parts(reading: Reading, source: Source, sample: str, label: str) -> dict[Roles, dict[str, Cell]]:
    """Roles -> value of the format's own `label` -> cell."""
    place = reading.interest[sample].index(label)
    parts: dict[Roles, dict[str, Cell]] = {}
    for key, cell in reading.scrape.samples.get(sample, {}).items():
        roles = tuple(reading.roles("latency", source, sample, key).items())
        cells = parts.setdefault(roles, {})
        cells[key[place]] = _joined(cells.get(key[place]), cell)
    return parts


def _joined(one: Cell | None, other: Cell) -> Cell:
    """Different labels can be the same roles: two ways to say "no value", two keys that are not shown."""
    if one is None:
        return other
    return Cell(
        sum=one.sum + other.sum,
        maximum=max(one.maximum, other.maximum),
        last=other.last,
        series=one.series + other.series,
        zeros=one.zeros + other.zeros,
        not_finite=one.not_finite + other.not_finite,
    )


def _buckets(cells: dict[str, Cell], scale: float) -> Buckets | None:
    """Merged buckets, or None: without `+Inf`, or with counts that fall, they are no distribution."""
    pairs = sorted((_bound(le) * scale, cell.sum) for le, cell in cells.items())
    counts = [count for _, count in pairs]
    if not pairs or pairs[-1][0] != inf or counts != sorted(counts):
        return None
    return Buckets(bounds=tuple(bound for bound, _ in pairs), counts=tuple(counts))


def _quantiles(cells: dict[str, Cell], source: Source) -> dict[str, float] | None:
    """Quantile -> the worst of all series. A summary without a recent request has none, whatever it reads."""
    finite = {q: cell for q, cell in cells.items() if cell.series > cell.not_finite}
    if source.idle_zero and all(cell.maximum == 0 for cell in finite.values()):
        return None
    return {q: cell.maximum * source.scale for q, cell in finite.items()} or None


def _bound(le: str) -> float:
    try:
        return float(le)
    except ValueError:
        return -inf
