"""Label values that decide something and have no meaning in the definition. Reported, as no figure holds them."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from llmgw_report.gateways import labels
from llmgw_report.gateways.definition import MetricMapping
from llmgw_report.gateways.normalise import ScrapeContext, outcome
from llmgw_report.model.contents import Decides, UnknownValue
from llmgw_report.model.quantities import QUANTITIES, TOKEN_TYPES
from llmgw_report.redaction import alias

_TOKEN_TYPE = "token-type"  # noqa: S105 - a role


class _Found(Struct, frozen=True):
    """A value and what it would decide."""

    family: str
    value: str
    decides: Decides


def unknown_values(contexts: Iterable[ScrapeContext]) -> tuple[UnknownValue, ...]:
    """Every such value, with how much was counted under it; of a state with how many series read it."""
    counted: dict[_Found, float] = {}
    for context in contexts:
        for name, mappings in context.gateway.metrics.items():
            for mapping in mappings:
                for found, n in _of_mapping(context, name, mapping):
                    counted[found] = counted.get(found, 0.0) + n
    return tuple(
        UnknownValue(family=one.family, value=one.value, decides=one.decides, count=round(n))
        for one, n in sorted(counted.items(), key=lambda item: (-item[1], item[0].family, item[0].value))
        if n
    )


def _of_mapping(context: ScrapeContext, name: str, mapping: MetricMapping) -> Iterator[tuple[_Found, float]]:
    quantity = QUANTITIES[name]
    if quantity.kind == "distribution":
        return
    for key, cell in context.cells(mapping.family):
        if not context.is_kept(mapping, mapping.family, key):
            continue
        values = dict(zip(context.interest[mapping.family].labels, key, strict=True))
        if mapping.states and f"{cell.maximum + 0.0:g}" not in mapping.states and cell.series:
            yield _Found(mapping.family, f"{cell.maximum:g}", "state"), cell.series
        if mapping.outcomes and outcome(mapping, values) == "unknown":
            yield _Found(mapping.family, _shown(mapping, values), "outcome"), cell.sum
        if name == "tokens" and _TOKEN_TYPE in mapping.labels:
            kind = context.roles(quantity, mapping, mapping.family, key).get(_TOKEN_TYPE, "")
            if kind not in TOKEN_TYPES:
                yield _Found(mapping.family, kind, "token type"), cell.sum


def _shown(mapping: MetricMapping, values: Mapping[str, str]) -> str:
    """The labels that the rules look at, those of keys as a report shows keys."""
    named = dict.fromkeys(label for rule in mapping.outcomes for label in labels.names(rule.when))
    keys = mapping.label_names("api-key") if "api-key" in mapping.labels else ()
    pairs = ((label, alias(values[label]) if label in keys else values[label]) for label in named)
    return ", ".join(f"{label}={value}" for label, value in pairs if value)
