"""One scrape seen through one gateway's definition: a sample's kept labels become our roles."""

from fnmatch import fnmatchcase
from re import fullmatch

from llmgw_report.gateways.definition import Gateway, Source
from llmgw_report.gateways.interest import roles
from llmgw_report.model.indicator import Quantity, Role
from llmgw_report.model.scrape import Interest, Labels, Scrape
from llmgw_report.model.traffic import GroupBy
from llmgw_report.redaction import HIDDEN, alias


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
