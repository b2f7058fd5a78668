"""Finds the gateway that both sources belong to; sources of different gateways are not joined into one report.

A database of that gateway whose times have another unit than its definition says is left out as well.
"""

from collections.abc import Sequence

from msgspec import Struct, structs

from llmgw_report import gateways
from llmgw_report.errors import QueryError, SourceError
from llmgw_report.gateways import detection, variants
from llmgw_report.gateways.definition import Gateway, TimeColumn
from llmgw_report.gateways.rows import TableRecord, records
from llmgw_report.messages import Message, join, msg
from llmgw_report.model.database import Database
from llmgw_report.model.indicator import Indicator
from llmgw_report.model.report import GatewayInfo
from llmgw_report.model.scrape import Interest, Scrape, merged, spellings
from llmgw_report.units import few, plural

_NAMES_COUNT = 6
#: Processes that are named one by one, and the labels that a server gives to every series of one.
_MOST_NAMED, _PLACES = 3, ("job", "instance")
_DESCRIBE = msg("let --draft-gateway DIR write a first definition of it, and name that with --gateway DIR")
_NAME_IT = msg("name the one that it is from with --gateway")
_CHOOSE = msg("choose a gateway with --gateway, or leave out the source of the other one")
_TO_MILLISECONDS = msg("convert them to milliseconds in queries of your own, with --gateway DIR")
#: From 1973 to 5138 a time in milliseconds has 12 to 14 digits; in another unit it has others.
_UNITS = {
    "s": (1e8, 1e11, "seconds"),
    "ms": (1e11, 1e14, "milliseconds"),
    "us": (1e14, 1e17, "microseconds"),
    "ns": (1e17, 1e20, "nanoseconds"),
}
#: How many milliseconds a definition makes of one of its unit.
_MILLISECONDS = {"s": 1e3, "ms": 1.0, "us": 1e-3, "ns": 1e-6}


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
    candidates: Sequence[Gateway],
    *,
    named: bool,
    scrapes: Sequence[Scrape],
    database: Database | None,
    interest: Interest,
) -> Identity:
    """The named gateway, else the one that the scrapes are from, else the database's."""
    scrape = merged(scrapes)
    if named:
        problem = _foreign(candidates[0], scrape) if scrape else None
        rows = (
            detection.of_named(candidates, database.schema.tables, database.schema.dialect)
            if database
            else candidates[0]
        )
        gateway = variants.paired(candidates[0], rows)
        return Identity(gateway=gateway, detected_by=("--gateway",), metrics_problem=problem)
    by_scrape = detection.by_scrape(candidates, scrape, interest) if scrape else None
    schema = database.schema if database else None
    by_tables = detection.by_tables(candidates, schema.tables, schema.dialect) if schema else None
    metrics = by_scrape if by_scrape and not by_scrape.others else None
    rows_of = by_tables if by_tables and not by_tables.others else None
    other = metrics and rows_of and not variants.are_paired(metrics.gateway, rows_of.gateway)
    return Identity(
        gateway=_gateway(metrics, None if other else rows_of),
        detected_by=(
            *(metrics.evidence if metrics else ()),
            *(rows_of.evidence if rows_of and not other else ()),
        ),
        metrics_problem=(_two_products(candidates, scrapes, interest) or _problem(by_scrape, _no_family(scrape)))
        if scrape
        else None,
        database_problem=_other(rows_of, metrics)
        if other
        else _problem(by_tables, _no_table(database))
        if database
        else None,
    )


def with_places(wanted: Interest, candidates: Sequence[Gateway]) -> Interest:
    """What to keep of a scrape, with the labels that only a server adds: by these one of several processes is told."""
    told = {
        one.family
        for gateway in candidates
        for name in ("process-start", "requests", "attempts")
        for one in gateway.metrics.get(name, ())
        if one.family in wanted
    }
    return {
        sample: structs.replace(one, labels=tuple(dict.fromkeys((*one.labels, *_PLACES)))) if sample in told else one
        for sample, one in wanted.items()
    }


def mixed(scrape: Scrape | None, wanted: Interest, candidates: Sequence[Gateway], *, named: bool) -> SourceError | None:
    """Why a scrape that was put together by a server makes no report."""
    if scrape is None:
        return None
    hint = msg("read the server itself with --prometheus URL --match 'job=\"...\"', or scrape one process with --url")
    targets = _places(scrape, wanted)
    if len(targets) > 1:
        more = ("...",) if len(targets) > _MOST_NAMED else ()
        words = msg(
            "it holds the counters of {n} targets, as /federate of a server does, which are of no one window: {names}",
            n=len(targets),
            names=join(", ", [*(" ".join(one) for one in sorted(targets)[:_MOST_NAMED]), *more]),
        )
        return SourceError(msg("{source}: {reason}", source=scrape.target, reason=words), hint)
    products = () if named else detection.unrelated(candidates, scrape, wanted)
    if len(products) > 1:
        names = join(", ", [one.name for one in products])
        words = msg("it holds the metrics of several products: {names}", names=names)
        hint = msg("choose one with --gateway, or read them apart")
        return SourceError(msg("{source}: {reason}", source=scrape.target, reason=words), hint)
    return None


def _places(scrape: Scrape, wanted: Interest) -> set[tuple[str, ...]]:
    """Job and instance of every process that a server says its series are of."""
    found = set()
    for sample, cells in scrape.samples.items():
        labels = wanted[sample].labels
        if set(_PLACES) <= set(labels):
            found |= {tuple(key[labels.index(one)] for one in _PLACES) for key in cells}
    return {one for one in found if all(one)}


def _two_products(candidates: Sequence[Gateway], scrapes: Sequence[Scrape], interest: Interest) -> Problem | None:
    """Why processes of different products make no report, with what to choose from."""
    found: dict[str, tuple[Gateway, Scrape]] = {}
    for scrape in scrapes if len(scrapes) > 1 else ():
        one = detection.by_scrape(candidates, scrape, interest)
        known = one and any(variants.are_paired(one.gateway, other) for other, _ in found.values())
        if one and not known:
            found[one.gateway.name] = one.gateway, scrape
    if len(found) < 2:  # noqa: PLR2004 - several
        return None
    names = join(", ", found)
    jobs = [scrape.watched.job if scrape.watched else "" for _, scrape in found.values()]
    choice = join(" or ", (f"--match 'job=\"{job}\"'" for job in jobs)) if len(set(jobs)) == len(jobs) else ""
    hint = msg("choose one with {choice}", choice=choice) if choice else msg("match the targets of one with --match")
    return Problem(msg("it matches several products: {names}", names=names), hint)


def _gateway(metrics: detection.Detected | None, rows: detection.Detected | None) -> Gateway | None:
    if metrics and rows:
        return variants.paired(metrics.gateway, rows.gateway)
    found = metrics or rows
    return found.gateway if found else None


def _problem(found: detection.Detected | None, unknown: Problem) -> Problem | None:
    """Why a source is of no gateway, or of more than one as far as it tells."""
    if found is None:
        return unknown
    if not found.others:
        return None
    names = join(", ", [one.name for one in (found.gateway, *found.others)])
    return Problem(msg("it fits several gateways alike: {names}", names=names), _NAME_IT)


def reject_other_time_units(identity: Identity, database: Database | None) -> Identity:
    """Leave out a database whose times have another unit: its windows would be empty however busy it is."""
    if identity.database_problem or database is None or "tables" not in database.tables:
        return identity
    try:
        found, _ = records(database.tables["tables"], TableRecord)
    except QueryError:
        return identity
    times = identity.gateway.times if identity.gateway else {}
    problem = next((problem for row in found if (problem := _unit_problem(row, times.get(row.name)))), None)
    return structs.replace(identity, database_problem=problem)


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
        write_delay_seconds=gateways.write_delay_seconds(gateway),
        settings={str(outcome): names for outcome, names in gateway.settings.items()},
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
        names=few(sorted(scrape.families), _NAMES_COUNT),
    )
    return Problem(said, _CHOOSE)


def _families(scrape: Scrape) -> set[str]:
    return {name for family in scrape.families for name in spellings(family)}


_ITS_METRICS = msg("give the gateway's own metrics endpoint with --url")
#: Pages of metrics that are often given by mistake: the beginning of a family that only they have.
_OTHER_PAGES = (
    (
        "prometheus_build_info",
        msg("the page of a Prometheus server itself"),
        msg("give the gateway's own metrics endpoint with --url, or this server with --prometheus"),
    ),
    (
        "vm_app_version",
        msg("the page of a VictoriaMetrics server itself"),
        msg("give the gateway's own metrics endpoint with --url, or this server with --prometheus"),
    ),
    ("node_", msg("the page of a node_exporter"), _ITS_METRICS),
    ("grafana_build_info", msg("the page of a Grafana server"), _ITS_METRICS),
    ("pg_up", msg("the page of a postgres_exporter"), _ITS_METRICS),
)


def _no_family(scrape: Scrape) -> Problem:
    names = sorted(scrape.families)
    if not names:
        return Problem(
            msg("none of its targets had a metric in the window"), msg("start the gateway, or check --match")
        )
    for family, what, remedy in _OTHER_PAGES:
        if any(name.startswith(family) for name in names):
            return Problem(msg("this is {what}, not a gateway's", what=msg(what)), remedy)
    return Problem(
        msg(
            "not a supported gateway: nothing known among its {families}: {names}",
            families=plural(len(names), "metric family"),
            names=few(names, _NAMES_COUNT),
        )
    )


def _no_table(database: Database) -> Problem:
    names = sorted(database.schema.tables)
    tables = msg("not a supported gateway: none of its tables is known: {names}", names=few(names, _NAMES_COUNT))
    return Problem(tables if names else msg("it has no tables"))


def _other(found: detection.Detected | None, chosen: detection.Detected | None) -> Problem:
    names = [one.gateway.name for one in (found, chosen) if one]
    return Problem(
        msg("it is a database of {theirs}, but the scrape is from {ours}", theirs=names[0], ours=names[-1]), _CHOOSE
    )


def _unit_problem(row: TableRecord, time: TimeColumn | None) -> Problem | None:
    """Why the times of one table cannot be read; rows without a time among others with one are no reason."""
    own = time.unit if time else "ms"
    declared = msg("text") if own == "text" else msg(_UNITS[own][2])
    newest = row.last_ms if row.last_ms is not None else row.newest_ms
    if newest is None:
        read, unit = ("text", msg("text")) if own != "text" else ("ms", msg("numbers"))
        said = msg("the times in its table {table} are {unit}, not {declared}", **_said(row, unit, declared))
        return Problem(said, _in_times(time, read)) if row.untimed else None
    value = newest / _MILLISECONDS.get(own, 1.0)
    found = next((unit for unit, (low, high, _) in _UNITS.items() if low <= value < high), own)
    if own in {found, "text"}:
        return None
    text = "the times in its table {table} are {unit}, not {declared}: {newest}"
    said = msg(text, **_said(row, msg(_UNITS[found][2]), declared), newest=f"{value:.0f}")
    return Problem(said, _in_times(time, found))


def _said(row: TableRecord, unit: Message, declared: Message) -> dict[str, str]:
    return {"table": row.name, "unit": unit, "declared": declared}


def _in_times(time: TimeColumn | None, unit: str) -> Message:
    """What to do about a unit: a definition of the event relation says it, queries written by hand convert."""
    if time is None:
        return _TO_MILLISECONDS
    known = msg('say so in [times] of the gateway definition: unit = "{unit}"', unit=unit)
    return known if unit != "ms" or time.unit != "text" else msg("say their unit in [times] of the gateway definition")
