"""Finds the gateway that both sources belong to; sources of different gateways are not joined into one report."""

from collections.abc import Sequence

from msgspec import Struct

from llmgw_report import gateways
from llmgw_report.errors import QueryError
from llmgw_report.gateways import detection
from llmgw_report.gateways.definition import Gateway
from llmgw_report.gateways.rows import TableRecord, records
from llmgw_report.messages import join, msg
from llmgw_report.model.database import Database
from llmgw_report.model.indicator import Indicator
from llmgw_report.model.report import GatewayInfo
from llmgw_report.model.scrape import Scrape, spellings
from llmgw_report.units import plural

_NAMES_COUNT = 6
_DESCRIBE = msg("describe the gateway with --gateway DIR")
_CHOOSE = msg("choose a gateway with --gateway, or leave out the source of the other one")


class Problem(Struct, frozen=True):
    """Why a source is left out, and what to do about it."""

    reason: str
    hint: str = _DESCRIBE


class Identity(Struct, frozen=True, kw_only=True):
    """The gateway, the evidence for it, and why a source is left out of the report, if one is."""

    gateway: Gateway | None
    detected_by: tuple[str, ...]
    metrics_problem: Problem | None = None
    database_problem: Problem | None = None


def identify(
    candidates: Sequence[Gateway], *, named: bool, scrape: Scrape | None, database: Database | None
) -> Identity:
    """The named gateway, else the one that the scrape is from, else the database's."""
    if named:
        problem = _foreign(candidates[0], scrape) if scrape else None
        return Identity(gateway=candidates[0], detected_by=("--gateway",), metrics_problem=problem)
    by_scrape = detection.by_families(candidates, _families(scrape)) if scrape else None
    by_tables = detection.by_tables(candidates, database.schema.tables) if database else None
    chosen = by_scrape or by_tables
    other = by_scrape and by_tables and by_scrape.gateway.name != by_tables.gateway.name
    return Identity(
        gateway=chosen.gateway if chosen else None,
        detected_by=(
            *(by_scrape.evidence if by_scrape else ()),
            *(by_tables.evidence if by_tables and not other else ()),
        ),
        metrics_problem=None if by_scrape or not scrape else _no_family(scrape),
        database_problem=_other(by_tables, by_scrape)
        if other
        else None
        if by_tables or not database
        else _no_table(database),
    )


def info(identity: Identity, indicators: Sequence[Indicator]) -> GatewayInfo:
    """The gateway for the document, with its version if the scrape has it."""
    gateway = identity.gateway
    if gateway is None:
        return GatewayInfo(name=gateways.UNKNOWN, version=None, detected_by=())
    builds = (one.roles.get("version") for one in indicators if one.quantity == "build-info")
    return GatewayInfo(
        name=gateway.name,
        version=next(builds, None),
        detected_by=identity.detected_by,
        title=gateway.title,
        blind_spots=gateway.blind_spots,
    )


def newest_row_ms(database: Database) -> float | None:
    """The time of the newest row up to the evaluation time; None if no table says."""
    try:
        rows, _ = records(database.tables["tables"], TableRecord)
    except (KeyError, QueryError):
        return None
    return max((row.last_ms for row in rows if row.last_ms is not None), default=None)


def _foreign(gateway: Gateway, scrape: Scrape) -> Problem | None:
    """Why a scrape cannot be from the named gateway: it has none of the families that this gateway is read by."""
    if any(scrape.samples.values()) or {*gateway.detect.families, *gateway.detect.any_families} & _families(scrape):
        return None
    said = msg(
        "nothing from {gateway} among its {families}: {names}",
        families=plural(len(scrape.families), "metric family"),
        gateway=gateway.name,
        names=_listed(sorted(scrape.families)),
    )
    return Problem(said, _CHOOSE)


def _families(scrape: Scrape) -> set[str]:
    return {name for family in scrape.families for name in spellings(family)}


def _no_family(scrape: Scrape) -> Problem:
    names = sorted(scrape.families)
    return Problem(
        msg(
            "not a supported gateway: nothing known among its {families}: {names}",
            families=plural(len(names), "metric family"),
            names=_listed(names),
        )
    )


def _no_table(database: Database) -> Problem:
    names = sorted(database.schema.tables)
    tables = msg("not a supported gateway: none of its tables is known: {names}", names=_listed(names))
    return Problem(tables if names else msg("it has no tables"))


def _other(found: detection.Detected | None, chosen: detection.Detected | None) -> Problem:
    names = [one.gateway.name for one in (found, chosen) if one]
    return Problem(
        msg("it is a database of {theirs}, but the scrape is from {ours}", theirs=names[0], ours=names[-1]), _CHOOSE
    )


def _listed(names: list[str]) -> str:
    shown = join(", ", names[:_NAMES_COUNT])
    return msg("{names} and {n} more", names=shown, n=len(names) - _NAMES_COUNT) if len(names) > _NAMES_COUNT else shown
