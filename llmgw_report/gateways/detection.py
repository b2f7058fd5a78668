"""Which product is this? Decided by exact families and by tables with their columns, each on its own."""

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from llmgw_report.gateways.definition import Gateway
from llmgw_report.messages import join, msg


class Detected(Struct, frozen=True, kw_only=True):
    """A gateway and the evidence, as words for the report's head."""

    gateway: Gateway
    evidence: tuple[str, ...]


def by_families(gateways: Sequence[Gateway], families: Collection[str]) -> Detected | None:
    """The gateway with the most detecting families in the scrape: all of them, or some of those that suffice."""
    found = {gateway.name: _of_detect(gateway, families) for gateway in gateways}
    best = max(gateways, key=lambda gateway: len(found[gateway.name]), default=None)
    if best is None or not found[best.name]:
        return None
    return Detected(gateway=best, evidence=tuple(msg("family {name}", name=name) for name in found[best.name]))


def _of_detect(gateway: Gateway, families: Collection[str]) -> tuple[str, ...]:
    """The families that tell the gateway; none if they do not suffice."""
    detect = gateway.detect
    if detect.families and set(detect.families) <= set(families):
        return detect.families
    return tuple(name for name in detect.any_families if name in families)


def by_tables(gateways: Sequence[Gateway], tables: Mapping[str, Collection[str]]) -> Detected | None:
    """The gateway whose detecting tables are all in the database, with the fewest of their columns missing.

    A release may lack a column or two; with more than a quarter of a table missing it is another product's.
    """
    fitting = [gateway for gateway in gateways if _fits(gateway, tables)]
    best = min(fitting, key=lambda gateway: _distance(gateway, tables), default=None)
    if best is None:
        return None
    missing = _lacking(best, tables)
    evidence = (_table(name, missing.get(name, ())) for name in best.detect.tables)
    return Detected(gateway=best, evidence=tuple(evidence))


def _lacking(gateway: Gateway, tables: Mapping[str, Collection[str]]) -> dict[str, tuple[str, ...]]:
    """Table -> detecting columns that it does not have, of tables that lack some."""
    wanted = gateway.detect.tables.items()
    missing = {
        name: tuple(column for column in columns if column not in tables.get(name, ())) for name, columns in wanted
    }
    return {name: columns for name, columns in missing.items() if columns}


def _fits(gateway: Gateway, tables: Mapping[str, Collection[str]]) -> bool:
    detect = gateway.detect
    missing = _lacking(gateway, tables)
    near = all(4 * len(missing.get(name, ())) <= len(columns) for name, columns in detect.tables.items())
    return (
        bool(detect.tables) and near and set(detect.tables) <= set(tables) and not set(detect.not_tables) & set(tables)
    )


def _distance(gateway: Gateway, tables: Mapping[str, Collection[str]]) -> tuple[int, int]:
    """Columns missing, then the gateway that asks for most tables."""
    return sum(map(len, _lacking(gateway, tables).values())), -len(gateway.detect.tables)


def _table(name: str, missing: Sequence[str]) -> str:
    if not missing:
        return msg("table {name}", name=name)
    return msg("table {name} (without {columns})", name=name, columns=join(", ", missing))
