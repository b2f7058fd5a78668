"""A definition that extends another, and what a definition leaves out because it follows from the rest. Pure."""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from llmgw_report.gateways.definition import Gateway, MetricMapping
from llmgw_report.model.quantities import QUANTITIES


def over(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a definition over those that it inherits: tables are joined, anything else is replaced."""
    joined = dict(base)
    for key, value in own.items():
        below = joined.get(key)
        joined[key] = over(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return joined


def are_paired(metrics: Gateway, rows: Gateway) -> bool:
    """Whether a database of one definition may belong to the metrics of another."""
    variant = metrics.folder in rows.bases or rows.folder in metrics.bases
    return metrics.name == rows.name or rows.name in metrics.pairs_with or variant


def paired(metrics: Gateway, rows: Gateway) -> Gateway:
    """One product out of two definitions: the name and metrics of the one, and what is known of rows of the other."""
    if metrics.name == rows.name:
        return metrics
    taken = (
        *("blind_spots", "records", "open_requests", "reads", "times", "write_delay"),
        *("content_columns", "content_paths", "log_fields"),
    )
    keeps = tuple(dict.fromkeys((*metrics.keeps, *rows.keeps)))
    return structs.replace(metrics, keeps=keeps, **{name: getattr(rows, name) for name in taken})


def completed(gateway: Gateway) -> Gateway:
    """The definition with the rules of its distributions and the population of every family."""
    metrics = {
        quantity: tuple(_completed(gateway, quantity, one) for one in mappings)
        for quantity, mappings in gateway.metrics.items()
    }
    return structs.replace(gateway, metrics=metrics)


def _completed(gateway: Gateway, quantity: str, mapping: MetricMapping) -> MetricMapping:
    """A histogram whose count is the counter of requests has their outcomes: a dead provider is not the fastest."""
    timed = QUANTITIES[quantity].kind == "distribution"
    rules = mapping.outcomes
    if timed and not rules:
        requests = gateway.metrics.get("requests", ())
        rules = next((one.outcomes for one in requests if one.family == f"{mapping.family}_count"), ())
    population = mapping.population or ("successes" if timed and rules else "all requests")
    return structs.replace(mapping, outcomes=rules, population=population)
