"""A vendor's metrics into our indicators. Pure: what is not in the scrape does not appear, rather than as 0."""

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from math import inf, nan
from re import fullmatch

from llmgw_report.gateways.definition import Gateway, Source
from llmgw_report.model.finding import HEALTH_WORST_FIRST, Health
from llmgw_report.model.indicator import Buckets, Indicator, Quantity, Role
from llmgw_report.model.scrape import Cell, Interest, Labels, Scrape
from llmgw_report.model.sections import GroupBy
from llmgw_report.redaction import HIDDEN, alias

#: Roles that a quantity is read by, whatever the report groups by; `model` is for token efficiency.
ALWAYS: dict[Quantity, tuple[Role, ...]] = {
    "requests": ("status",),
    "tokens": ("model", "token-type"),
    "latency": (),
}


def interest(gateways: Iterable[Gateway], group_by: GroupBy) -> Interest:
    """Sample name -> labels to keep, over all `gateways`."""
    kept: dict[str, tuple[str, ...]] = {}
    for gateway in gateways:
        for quantity, sources in gateway.metrics.items():
            for source in sources:
                _add(kept, quantity, source, group_by)
    return kept


def roles(quantity: Quantity, source: Source, group_by: GroupBy) -> tuple[Role, ...]:
    """Roles of `source` that are kept for `quantity`: states and attempts are few, so all of theirs."""
    if quantity not in ALWAYS:
        return tuple(source.labels)
    wanted: Sequence[str] = (*ALWAYS[quantity], group_by)
    return tuple(role for role in source.labels if role in wanted)


def _add(kept: dict[str, tuple[str, ...]], quantity: Quantity, source: Source, group_by: GroupBy) -> None:
    labels = tuple(source.labels[role] for role in roles(quantity, source, group_by))
    for name, extra in _samples(quantity, source.family).items():
        kept[name] = tuple(dict.fromkeys((*kept.get(name, ()), *labels, *extra)))


def _samples(quantity: Quantity, family: str) -> dict[str, tuple[str, ...]]:
    """Sample names of a family with the label that the exposition format itself adds."""
    if quantity != "latency":
        return {family: ()}
    return {f"{family}_sum": (), f"{family}_count": (), f"{family}_bucket": ("le",), family: ("quantile",)}


class Reading:
    """`interest` is what the scrape was read with: it says which label each kept value belongs to."""

    def __init__(self, gateway: Gateway, scrape: Scrape, interest: Interest, group_by: GroupBy) -> None:
        self.gateway = gateway
        self.scrape = scrape
        self.interest = interest
        self.group_by = group_by

    def roles(self, quantity: Quantity, source: Source, sample: str, key: Labels) -> dict[str, str]:
        """Our roles with their values; a role whose label says "no value" is left out."""
        values = dict(zip(self.interest[sample], key, strict=True))
        found: dict[str, str] = {}
        for role in roles(quantity, source, self.group_by):
            value = values[source.labels[role]]
            if value not in self.gateway.families.missing:
                found[role] = _shown(source, role, value)
        found |= source.const
        if "status" in found:
            found["outcome"] = outcome(source, found["status"])
        return found


def outcome(source: Source, status: str) -> str:
    """What a status means; the first glob that fits decides, none leaves it unclassified."""
    for pattern, meaning in source.outcomes.items():
        if fnmatchcase(status, pattern):
            return meaning
    return "unclassified"


def _shown(source: Source, role: Role, value: str) -> str:
    """A label value that should be a hash or an alias and is neither may be a raw key."""
    shape = source.shapes.get(role)
    if shape:
        return value if fullmatch(shape, value) else HIDDEN
    return alias(value) if role == "api-key" else value


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


#: Quantities that add up over series; of the others the one sample is the value.
ADDITIVE = frozenset({"requests", "attempts", "tokens", "sessions"})


def normalise(reading: Reading) -> Iterator[Indicator]:
    """Every indicator that the scrape holds something finite for."""
    for quantity, sources in reading.gateway.metrics.items():
        for source in sources:
            yield from latency(reading, source) if quantity == "latency" else _plain(reading, quantity, source)


def _plain(reading: Reading, quantity: Quantity, source: Source) -> Iterator[Indicator]:
    for key, cell in reading.scrape.samples.get(source.family, {}).items():
        if cell.series > cell.not_finite:
            roles = reading.roles(quantity, source, source.family, key)
            yield _indicator(reading.scrape.target, quantity, source, roles, cell)


def _indicator(target: str, quantity: Quantity, source: Source, roles: dict[str, str], cell: Cell) -> Indicator:
    value = cell.sum if quantity in ADDITIVE else cell.last
    return Indicator(
        quantity=quantity,
        family=source.family,
        value=value * source.scale,
        roles=roles,
        target=target,
        series=cell.series,
        population=source.population,
        state=_state(source, cell) if source.states else None,
    )


def _state(source: Source, cell: Cell) -> Health:
    """The worst of the folded series: several deployments may share one name, and one that is up hides none."""
    read = {cell.last, cell.maximum} | ({0.0} if cell.zeros else set())
    states = {source.states.get(f"{value:g}", "unknown") for value in read}
    return next(state for state in HEALTH_WORST_FIRST if state in states)
