"""Maps the metrics of a vendor to indicators. Pure: what is not in the scrape does not appear, rather than as 0."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf, isclose, nan
from re import fullmatch

from msgspec import Struct, structs

from llmgw_report.gateways import labels, splitting
from llmgw_report.gateways.definition import Gateway, MetricMapping, Split, listed
from llmgw_report.model.finding import Health
from llmgw_report.model.indicator import Buckets, Indicator, Role
from llmgw_report.model.quantities import LONGEST_SECONDS, NO_COUNT, QUANTITIES, Quantity
from llmgw_report.model.scrape import COUNT_LIMIT, Cell, Interest, Labels, Scrape, Wanted, spellings
from llmgw_report.model.sections import GroupBy
from llmgw_report.redaction import HIDDEN, alias

#: A thousand million requests of a thousand seconds each.
_LONGEST_SUM_SECONDS = 1e12
_COUNTED = Wanted(labels=(), low=0, high=COUNT_LIMIT, implausible=NO_COUNT, adds_up=True)
_NO_SUM = "a sum of durations that is negative or longer than 30,000 years"

RoleValues = tuple[tuple[str, str], ...]
"""Roles with their values, as a key."""


class ScrapeContext(Struct, frozen=True, kw_only=True):
    """A scrape with what is needed to understand it.

    `interest` is what it was read with: it says which label each kept value belongs to.
    """

    gateway: Gateway
    scrape: Scrape
    interest: Interest
    group_by: GroupBy

    @property
    def target(self) -> str:
        """The process among several; "" of the only one."""
        return self.scrape.target if self.scrape.watched else ""

    def cells(self, sample: str) -> Iterable[tuple[Labels, Cell]]:
        """Kept label values with their cell, of one sample name."""
        return self.scrape.samples.get(sample, {}).items()

    def roles(self, quantity: Quantity, mapping: MetricMapping, sample: str, key: Labels) -> dict[str, str]:
        """Our roles with their values; a role whose label says "no value" is left out."""
        values = dict(zip(self.interest[sample].labels, key, strict=True))
        found: dict[str, str] = {}
        for role in kept_roles(quantity, mapping, self.group_by):
            if value := self.value(mapping, role, mapping.label_names(role), values):
                found[role] = value
        found |= mapping.const
        if mapping.outcomes and quantity.kind != "distribution":
            found["outcome"] = outcome(mapping, values)
        return found

    def value(self, mapping: MetricMapping, role: Role, names: Labels, values: Mapping[str, str]) -> str | None:
        """What a role reads of the first of these labels that has a value."""
        named = ((label, values[label]) for label in names)
        known = next((pair for pair in named if pair[1] not in self.gateway.families.missing), None)
        return None if known is None else _replaced(mapping, role, *known)

    def _knows(self, family: str) -> bool:
        """Whether the scrape declares the family; a counter has no series before the first count."""
        return any(family in spellings(name) for name in self.scrape.families)

    def _counts(self, family: str) -> bool:
        """Whether the scrape has a series of it; a relabelling may have dropped them all."""
        return any(cells for name, cells in self.scrape.samples.items() if family in spellings(name))

    def is_kept(self, mapping: MetricMapping, sample: str, key: Labels) -> bool:
        """Whether a series belongs to the mapping at all."""
        if mapping.unless_family and self._counts(mapping.unless_family):
            return False
        if mapping.less_family and not self._knows(mapping.less_family):
            return False
        values = dict(zip(self.interest[sample].labels, key, strict=True))
        return labels.passes(values, self.gateway.only, self.gateway.except_) and labels.passes(
            values, mapping.only, mapping.except_
        )


def interest(gateways: Iterable[Gateway], group_by: GroupBy) -> Interest:
    """Sample name -> labels to keep and plausible values, over all `gateways`."""
    kept: dict[str, Wanted] = {}
    for gateway in gateways:
        for name, mappings in gateway.metrics.items():
            for mapping in mappings:
                roles = kept_roles(QUANTITIES[name], mapping, group_by)
                named = (
                    *(name for role in roles for name in mapping.label_names(role)),
                    *_rule_labels(gateway, mapping),
                )
                for sample, one in _samples(QUANTITIES[name], mapping).items():
                    kept[sample] = _joined_interest(kept.get(sample), one, named)
                if mapping.split:
                    sample, counted = mapping.split.family, _COUNTED
                    kept[sample] = _joined_interest(kept.get(sample), counted, splitting.labels_of(mapping.split))
    return kept


def _joined_interest(one: Wanted | None, other: Wanted, named: Labels) -> Wanted:
    """Two gateways may have a family of one name: every label of either, and what is plausible for either."""
    if one is None:
        return structs.replace(other, labels=tuple(dict.fromkeys((*named, *other.labels))))
    return structs.replace(
        other,
        labels=tuple(dict.fromkeys((*one.labels, *named, *other.labels))),
        low=min(one.low, other.low),
        high=max(one.high, other.high),
        adds_up=one.adds_up and other.adds_up,
    )


def kept_roles(quantity: Quantity, mapping: MetricMapping, group_by: GroupBy) -> tuple[Role, ...]:
    """Roles of `mapping` that are read for `quantity`."""
    if quantity.always is None:
        return tuple(mapping.labels)
    wanted: tuple[str, ...] = (*quantity.always, group_by)
    return tuple(role for role in mapping.labels if role in wanted)


def _samples(quantity: Quantity, mapping: MetricMapping) -> dict[str, Wanted]:
    """Sample names of a family with the label that the exposition format itself adds, and what is plausible."""
    family, (low, high) = mapping.family, quantity.plausible
    value = Wanted(
        labels=(),
        low=low / mapping.scale,
        high=high / mapping.scale,
        implausible=quantity.implausible,
        adds_up=quantity.kind == "counter",
    )
    if quantity.kind != "distribution":
        return {family: value}
    total = structs.replace(value, high=_LONGEST_SUM_SECONDS / mapping.scale, implausible=_NO_SUM, adds_up=True)
    return {
        f"{family}_sum": total if quantity.is_duration else _COUNTED,
        f"{family}_count": _COUNTED,
        f"{family}_bucket": Wanted(labels=("le",), low=0, high=COUNT_LIMIT, implausible=NO_COUNT),
        family: structs.replace(value, labels=("quantile",)),
    }


def outcome(mapping: MetricMapping, values: Mapping[str, str]) -> str:
    """How the requests of a series ended, by the first rule that matches its labels."""
    for rule in mapping.outcomes:
        if labels.match(rule.when, values):
            return rule.outcome
    named = {label for rule in mapping.outcomes for label in labels.names(rule.when)}
    return "unknown" if any(values.get(label) for label in named) else "unobserved"


def _rule_labels(gateway: Gateway, mapping: MetricMapping) -> Iterator[str]:
    """Labels that rules, filters and detection look at, whatever the report groups by."""
    rules = (rule.when for rule in mapping.outcomes)
    split = (mapping.split.when,) if mapping.split else ()
    detected = gateway.detect.labels
    for globs in (gateway.only, gateway.except_, mapping.only, mapping.except_, *rules, *split, detected):
        yield from labels.names(globs)
    for role in mapping.split.labels if mapping.split else ():
        yield from mapping.label_names(role)


def _replaced(mapping: MetricMapping, role: Role, label: str, value: str) -> str:
    """What a role reads: the value that stands for the label's, else the label's own."""
    replaced = labels.replaced(mapping.values.get(role, {}), value)
    return _redacted(mapping, role, label, value) if replaced is None else replaced


def _redacted(mapping: MetricMapping, role: Role, label: str, value: str) -> str:
    """A label value that should be a hash or an alias and is neither may be a raw key."""
    shape = mapping.shapes.get(label)
    if shape:
        return value if fullmatch(shape, value) else HIDDEN
    return alias(value) if role == "api-key" else value


def normalise(context: ScrapeContext) -> Iterator[Indicator]:
    """Every indicator that the scrape holds something finite for."""
    for name, mappings in context.gateway.metrics.items():
        quantity = QUANTITIES[name]
        for mapping in mappings:
            if quantity.kind == "distribution":
                yield from _distributions(context, quantity, mapping)
            elif mapping.split:
                yield from _split(context, quantity, mapping, mapping.split)
            elif mapping.less_family:
                others = [other for other in mappings if other.family == mapping.less_family]
                among = [one for other in others for one in _values(context, quantity, other)]
                yield from _less(_values(context, quantity, mapping), among)
            else:
                yield from _values(context, quantity, mapping)


def _split(context: ScrapeContext, quantity: Quantity, mapping: MetricMapping, split: Split) -> Iterator[Indicator]:
    """The indicators of a mapping, those of the status that is split told apart by another family."""
    meant: dict[RoleValues, list[Indicator]] = {}
    for values, one in _with_labels(context, quantity, mapping):
        if labels.match(split.when, values):
            key = _joined_on(context, mapping, {role: mapping.label_names(role) for role in split.labels}, values)
            meant.setdefault(key, []).append(one)
        else:
            yield one
    counted = context.interest[split.family].labels
    calls: dict[RoleValues, list[tuple[dict[str, str], float]]] = {}
    for series, cell in context.cells(split.family):
        values = dict(zip(counted, series, strict=True))
        if labels.match(split.only, values):
            key = _joined_on(context, mapping, {role: listed(names) for role, names in split.labels.items()}, values)
            calls.setdefault(key, []).append((values, cell.sum))
    for key, found in meant.items():
        # Of a provider without a call none of its own is known: that the family is there is enough.
        own = calls.get(key, [({}, 0.0)] if calls else [])
        parts = splitting.ended(split, own, sum(one.value for one in found))
        yield from splitting.told_apart(found, parts, {role: value for role, value in key if value})


def _joined_on(
    context: ScrapeContext, mapping: MetricMapping, named: Mapping[Role, Labels], values: Mapping[str, str]
) -> RoleValues:
    """What the roles that join two families read in a series of either; "" where it names none."""
    found = ((role, context.value(mapping, role, names, values)) for role, names in named.items())
    return tuple((role, value or "") for role, value in found)


def _less(found: Iterable[Indicator], among: Sequence[Indicator]) -> Iterator[Indicator]:
    """Each indicator without those of `among` that have the same roles, as far as it has them; never below 0."""
    for one in found:
        own = {(role, value) for role, value in one.roles.items() if role != "outcome"}
        part = sum(other.value for other in among if own <= other.roles.items())
        yield structs.replace(one, value=max(0.0, one.value - part), steps=())


def _values(context: ScrapeContext, quantity: Quantity, mapping: MetricMapping) -> Iterator[Indicator]:
    """One indicator for every set of roles, folded over the labels that nobody reads as the quantity adds up.

    Its value is NaN where a quantity that never adds up has series that differ.
    """
    return (one for _, one in _with_labels(context, quantity, mapping))


def _with_labels(
    context: ScrapeContext, quantity: Quantity, mapping: MetricMapping
) -> Iterator[tuple[dict[str, str], Indicator]]:
    """Each indicator with the labels that were kept of its series."""
    for key, cell in context.cells(mapping.family):
        if not context.is_kept(mapping, mapping.family, key):
            continue
        if cell.series <= cell.not_finite and not mapping.states:
            continue
        if mapping.zero_is_absent and not cell.sum:
            continue
        value = _folded(quantity, mapping, cell)
        found = Indicator(
            quantity=quantity.name,
            family=mapping.family,
            value=value * mapping.scale if cell.series else nan,
            roles=context.roles(quantity, mapping, mapping.family, key),
            target=context.target,
            series=cell.series,
            population=mapping.population,
            states=_states(mapping, cell),
            recovery=mapping.recovery,
            steps=tuple(cell.steps) if cell.steps and quantity.kind == "counter" else (),
            times_ms=context.scrape.times_ms,
        )
        yield dict(zip(context.interest[mapping.family].labels, key, strict=True)), found


def _folded(quantity: Quantity, mapping: MetricMapping, cell: Cell) -> float:
    """The series of one cell as the quantity adds up; those of one scrape are of one target."""
    if quantity.adds_up == "max":
        return cell.maximum
    if mapping.includes_scrape:
        return max(0.0, cell.sum - 1)
    if quantity.adds_up == "never":
        equal = isclose(cell.sum, cell.maximum * (cell.series - cell.not_finite))
        return cell.maximum if equal else nan
    return cell.sum


def _states(mapping: MetricMapping, cell: Cell) -> tuple[Health, ...]:
    """What the folded series read, each state once, the alphabet's order; a value without a meaning is "unknown"."""
    if not mapping.states:
        return ()
    read = {cell.last, cell.maximum} if cell.series else set()
    read |= ({0.0} if cell.zeros else set()) | ({nan} if cell.not_finite else set())
    # Adding 0 makes 0 of -0, which would read "-0".
    return tuple(sorted({mapping.states.get(f"{value + 0.0:g}", "unknown") for value in read}))


def _distributions(context: ScrapeContext, quantity: Quantity, mapping: MetricMapping) -> Iterator[Indicator]:
    """One indicator for every set of roles that has a `_count`."""
    counts = _by_roles(context, quantity, mapping, f"{mapping.family}_count")
    sums = _by_roles(context, quantity, mapping, f"{mapping.family}_sum")
    buckets = _by_roles_and_label(context, quantity, mapping, f"{mapping.family}_bucket", "le")
    quantiles = _by_roles_and_label(context, quantity, mapping, mapping.family, "quantile")
    for roles, count in counts.items():
        merged = _buckets(buckets.get(roles, {}), mapping.scale)
        yield Indicator(
            quantity=quantity.name,
            family=mapping.family,
            value=_total(sums.get(roles), count, mapping),
            roles=dict(roles),
            target=context.target,
            series=count.series,
            count=count.sum,
            buckets=merged,
            broken_buckets=merged is None and roles in buckets,
            quantiles=_quantiles(quantiles.get(roles, {}), mapping),
            population=mapping.population,
        )


def _total(cell: Cell | None, count: Cell, mapping: MetricMapping) -> float:
    """The sum in base units; NaN where a series has no sum, since a mean without them would be too low."""
    return nan if cell is None or cell.not_finite or cell.series < count.series else cell.sum * mapping.scale


def _in_distribution(context: ScrapeContext, mapping: MetricMapping, sample: str, key: Labels) -> bool:
    """Whether a series of a distribution is of the mapping, and of successes where its labels say how they ended."""
    if not context.is_kept(mapping, sample, key):
        return False
    values = dict(zip(context.interest[sample].labels, key, strict=True))
    return not mapping.outcomes or outcome(mapping, values) == "success"


def _by_roles(
    context: ScrapeContext, quantity: Quantity, mapping: MetricMapping, sample: str
) -> dict[RoleValues, Cell]:
    found: dict[RoleValues, Cell] = {}
    for key, cell in context.cells(sample):
        if not _in_distribution(context, mapping, sample, key):
            continue
        roles = tuple(context.roles(quantity, mapping, sample, key).items())
        found[roles] = _joined(found.get(roles), cell)
    return found


def _by_roles_and_label(
    context: ScrapeContext, quantity: Quantity, mapping: MetricMapping, sample: str, label: str
) -> dict[RoleValues, dict[str, Cell]]:
    """Roles -> value of the format's own `label` -> cell."""
    place = context.interest[sample].labels.index(label)
    parts: dict[RoleValues, dict[str, Cell]] = {}
    for key, cell in context.cells(sample):
        if not _in_distribution(context, mapping, sample, key):
            continue
        roles = tuple(context.roles(quantity, mapping, sample, key).items())
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
    """Merged buckets, or None: without `+Inf`, with counts that decrease or bounds that are no durations."""
    try:
        pairs = sorted((float(le) * scale, cell.sum) for le, cell in cells.items())
    except ValueError:
        return None
    bounds, counts = [bound for bound, _ in pairs], [count for _, count in pairs]
    plausible = all(0 <= bound < LONGEST_SECONDS for bound in bounds[:-1])
    if not plausible or bounds[-1:] != [inf] or counts != sorted(counts):
        return None
    return Buckets(bounds=tuple(bounds), counts=tuple(counts))


def _quantiles(cells: dict[str, Cell], mapping: MetricMapping) -> dict[str, float] | None:
    """Quantile -> the worst of all series. A summary without a recent request has none, whatever it reads."""
    finite = {q: cell for q, cell in cells.items() if cell.series > cell.not_finite}
    if mapping.idle_zero and all(cell.maximum == 0 for cell in finite.values()):
        return None
    return {q: cell.maximum * mapping.scale for q, cell in finite.items()} or None
