"""A vendor's metrics into our indicators. Pure: what is not in the scrape does not appear, rather than as 0."""

from collections.abc import Iterator

from llmgw_report.gateways.definition import Source
from llmgw_report.gateways.latency import latency
from llmgw_report.gateways.reading import Reading
from llmgw_report.model.indicator import Indicator, Quantity
from llmgw_report.model.scrape import Cell
from llmgw_report.model.status import WORST, Health

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
    return next(state for state in WORST if state in states)
