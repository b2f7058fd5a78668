"""Which product is this? Decided by exact families and by tables with their columns, each on its own."""

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from llmgw_report.gateways.definition import Gateway


class Detected(Struct, frozen=True, kw_only=True):
    """A gateway and the evidence, as words for the report's head."""

    gateway: Gateway
    evidence: tuple[str, ...]


def by_families(gateways: Sequence[Gateway], families: Collection[str]) -> Detected | None:
    """The gateway all of whose detecting families are in the scrape; the one that asks for most wins."""
    fitting = [g for g in gateways if g.detect.families and set(g.detect.families) <= set(families)]
    best = max(fitting, key=lambda gateway: len(gateway.detect.families), default=None)
    if best is None:
        return None
    return Detected(gateway=best, evidence=tuple(f"family {name}" for name in best.detect.families))


def by_tables(gateways: Sequence[Gateway], tables: Mapping[str, Collection[str]]) -> Detected | None:
    """The gateway all of whose detecting tables and columns are in the database."""
    fitting = [gateway for gateway in gateways if _fits(gateway, tables)]
    best = max(fitting, key=lambda gateway: len(gateway.detect.tables), default=None)
    if best is None:
        return None
    return Detected(gateway=best, evidence=tuple(f"table {name}" for name in best.detect.tables))


def _fits(gateway: Gateway, tables: Mapping[str, Collection[str]]) -> bool:
    detect = gateway.detect
    there = all(name in tables and set(columns) <= set(tables[name]) for name, columns in detect.tables.items())
    return bool(detect.tables) and there and not set(detect.not_tables) & set(tables)
