"""Finds and loads gateways: each is a folder with a `gateway.toml` and `.sql` files, known by the folder's name.

folder    reads the folder of one
bundled   those that come with the program, read once and kept in one file
"""

from pathlib import Path

import msgspec

from llmgw_report.config import values
from llmgw_report.errors import UsageError
from llmgw_report.gateways import bundled, relation
from llmgw_report.gateways.definition import MARKER as MARKER
from llmgw_report.gateways.definition import Gateway
from llmgw_report.gateways.relation import answering as answering
from llmgw_report.model.database import LogTable, Plan, Query
from llmgw_report.plugins import nearest
from llmgw_report.resources import exists

UNKNOWN = "unknown"
#: Parameter of the gateway's own queries: `log-fields` as a JSON array.
LOG_FIELDS = "log_fields"


def names() -> tuple[str, ...]:
    """Gateways that come with the program."""
    return tuple(bundled.gateways())


def load(name: str) -> Gateway:
    """The gateway of this name, or from this folder of the user's; UsageError says what is wrong with it."""
    if name in bundled.gateways():
        return bundled.gateways()[name]
    from llmgw_report.gateways import folder  # most runs read none

    place = Path(name)
    if not folder.is_gateway(place):
        hint = f"a folder needs a {MARKER}" if exists(place) else nearest(name, names())
        message = f"no gateway {name!r}"
        raise UsageError(message, hint)
    found = folder.definition_in(place)
    folder.validate_shapes(found)  # not of those that come with the program: compiling takes its time
    return found


def load_all() -> tuple[Gateway, ...]:
    """Every gateway that comes with the program."""
    return tuple(bundled.gateways().values())


def load_with_pairs(name: str) -> tuple[Gateway, ...]:
    """A gateway and those that it pairs with."""
    found = load(name)
    return found, *(bundled.gateways().get(one) or _neighbour(one, found) for one in found.pairs_with)


def _neighbour(name: str, gateway: Gateway) -> Gateway:
    """The definition of this name in a folder beside that of one of the user's."""
    from llmgw_report.gateways import folder  # most runs read none

    return folder.definition_in(folder.other(name, Path(gateway.folder), "pairs with"))


def write_delay_seconds(gateway: Gateway | None) -> float:
    """How late a row of this gateway may be written."""
    if gateway is None or gateway.write_delay is None:
        return 0.0
    return values.duration(gateway.write_delay, "write-delay")


def plan(gateway: Gateway, extra: tuple[Query, ...] = (), log_files: tuple[str, ...] = ()) -> Plan:
    """What a database of this product is asked, with these log files, beside the user's `extra` queries."""
    put, relations = relation.planned(gateway, queries(gateway))
    log = gateway.log
    lines = LogTable(time=log.time, columns=log.columns, only=log.only) if log else None
    return Plan(queries=(*put, *extra), relations=relations, access=gateway.access(), log=lines, log_files=log_files)


def queries(gateway: Gateway) -> tuple[Query, ...]:
    """The gateway's own queries, which are read once it is chosen: those of the others are not needed."""
    found = bundled.queries_of(gateway)
    parameters = {LOG_FIELDS: msgspec.json.encode(gateway.log_fields).decode()}
    if found is None:
        from llmgw_report.gateways import folder  # of the user's own gateway alone

        found = folder.queries_of(gateway)
    return tuple(msgspec.structs.replace(query, parameters=parameters) for query in found)
