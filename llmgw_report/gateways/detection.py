"""Which product is this? Decided by exact families and labels, and by tables with their columns, each on its own."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import Struct

from llmgw_report.gateways import labels
from llmgw_report.gateways.definition import Gateway
from llmgw_report.messages import join, msg
from llmgw_report.model.database import Dialect
from llmgw_report.model.scrape import Interest, Scrape, spellings

Columns = Mapping[str, Collection[str]]
"""Table -> its columns."""


class Detected(Struct, frozen=True, kw_only=True):
    """A gateway and the evidence, as words for the report's head; `others` are gateways that fit as well as it does."""

    gateway: Gateway
    evidence: tuple[str, ...]
    others: tuple[Gateway, ...] = ()


def by_scrape(gateways: Sequence[Gateway], scrape: Scrape, interest: Interest) -> Detected | None:
    """The gateway with the most families and labels in the scrape: all of them, or some of those that suffice."""
    families = {name for family in scrape.families for name in spellings(family)}
    found = {one.name: tuple(_evidence(one, families, scrape, interest)) for one in gateways}
    fitting = [one for one in gateways if found[one.name]]
    if not fitting:
        return None
    most = max(len(found[one.name]) for one in fitting)
    best, *others = _without_bases([one for one in fitting if len(found[one.name]) == most])
    return Detected(gateway=best, evidence=found[best.name], others=tuple(others))


def unrelated(gateways: Sequence[Gateway], scrape: Scrape, interest: Interest) -> tuple[Gateway, ...]:
    """The product of a scrape, and every other one that families of its own tell: none of them belongs to two."""
    best = by_scrape(gateways, scrape, interest)
    if best is None or best.others:
        return ()
    families = {name for family in scrape.families for name in spellings(family)}
    found = [best.gateway]
    known = set(best.evidence) | {msg("family {name}", name=name) for name in _read(best.gateway)}
    for one in gateways:
        evidence = set(_evidence(one, families, scrape, interest))
        kin = {one.folder, *one.bases} & {each for own in found for each in (own.folder, *own.bases)}
        if evidence and not one.detect.labels and not kin and not evidence & known:
            found.append(one)
            known |= evidence | {msg("family {name}", name=name) for name in _read(one)}
    return tuple(found)


def _read(gateway: Gateway) -> Iterator[str]:
    yield from (one.family for mappings in gateway.metrics.values() for one in mappings)
    yield from gateway.families.other


def _without_bases(gateways: Sequence[Gateway]) -> list[Gateway]:
    """Of several that fit, a variant instead of what it extends."""
    extended = {base for one in gateways for base in one.bases}
    return [one for one in gateways if one.folder not in extended]


def _evidence(gateway: Gateway, families: Collection[str], scrape: Scrape, interest: Interest) -> Iterator[str]:
    """The families and labels that tell the gateway, as words; none if they do not suffice."""
    detect = gateway.detect
    if set(detect.not_families) & set(families):
        return
    named = detect.families if set(detect.families) <= set(families) else ()
    named = named or tuple(name for name in detect.any_families if name in families)
    if not named and (detect.families or detect.any_families):
        return
    seen = {label: _labelled(gateway, label, glob, scrape, interest) for label, glob in detect.labels.items()}
    if not all(seen.values()):
        return
    yield from (msg("family {name}", name=name) for name in named)
    yield from (msg("label {name}={value}", name=label, value=value) for label, value in seen.items())


def _labelled(gateway: Gateway, label: str, glob: str, scrape: Scrape, interest: Interest) -> str | None:
    """The value of a label that tells the gateway, in a family that it maps."""
    families = {one.family for mappings in gateway.metrics.values() for one in mappings}
    mapped = families | {f"{family}_count" for family in families}
    for sample, cells in scrape.samples.items():
        if sample in mapped and label in interest[sample].labels:
            place = interest[sample].labels.index(label)
            values = (key[place] for key in cells)
            found = next((value for value in values if labels.match({label: glob}, {label: value})), None)
            if found:
                return found
    return None


def by_tables(gateways: Sequence[Gateway], tables: Columns, dialect: Dialect = "sqlite") -> Detected | None:
    """The gateway whose detecting tables are all in the database, with the fewest of their columns missing.

    A release may lack a column or two; with more than a quarter of a table missing it is another product's.
    """
    fitting = [gateway for gateway in gateways if gateway.dialect == dialect and _fits(gateway, tables)]
    if not fitting:
        return None
    nearest = min(_distance(gateway, tables) for gateway in fitting)
    best, *others = _without_bases([one for one in fitting if _distance(one, tables) == nearest])
    missing = _lacking(best, tables)
    evidence = (_table(name, missing.get(name, ())) for name in best.detect.tables)
    return Detected(gateway=best, evidence=tuple(evidence), others=tuple(others))


def _lacking(gateway: Gateway, tables: Columns) -> dict[str, tuple[str, ...]]:
    """Table -> detecting columns that it does not have, of tables that lack some."""
    wanted = gateway.detect.tables.items()
    missing = {
        name: tuple(column for column in columns if column not in tables.get(name, ())) for name, columns in wanted
    }
    return {name: columns for name, columns in missing.items() if columns}


def _fits(gateway: Gateway, tables: Columns) -> bool:
    detect = gateway.detect
    missing = _lacking(gateway, tables)
    near = all(4 * len(missing.get(name, ())) <= len(columns) for name, columns in detect.tables.items())
    there = {f"{table}.{column}" for table, columns in tables.items() for column in columns}
    return (
        bool(detect.tables)
        and near
        and set(detect.tables) <= set(tables)
        and not set(detect.not_tables) & set(tables)
        and set(detect.needed_columns) <= there
        and not set(detect.not_columns) & there
    )


def _distance(gateway: Gateway, tables: Columns) -> tuple[int, int, int]:
    """Columns missing, then the gateway that asks for most tables, then for most columns."""
    wanted = gateway.detect.tables
    return sum(map(len, _lacking(gateway, tables).values())), -len(wanted), -sum(map(len, wanted.values()))


def of_named(gateways: Sequence[Gateway], tables: Columns, dialect: Dialect = "sqlite") -> Gateway:
    """The gateway that was named first, or one that it pairs with where the tables are of that one."""
    if _fits(gateways[0], tables):
        return gateways[0]
    found = by_tables(gateways[1:], tables, dialect)
    return found.gateway if found else gateways[0]


def _table(name: str, missing: Sequence[str]) -> str:
    if not missing:
        return msg("table {name}", name=name)
    return msg("table {name} (without {columns})", name=name, columns=join(", ", missing))
