"""What to keep of a scrape while it streams past: only labels that this run's report groups by.

Detection needs the whole scrape and the scrape is summed while it is read, so the interests of all
candidate gateways are joined. Keeping every label instead would cost memory per series.
"""

from collections.abc import Iterable, Sequence

from llmgw_report.gateways.definition import Gateway, Source
from llmgw_report.model.indicator import Quantity, Role
from llmgw_report.model.scrape import Interest
from llmgw_report.model.traffic import GroupBy

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
