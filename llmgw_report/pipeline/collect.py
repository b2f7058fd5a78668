"""Reads both sources at the same time and puts what they gave into one snapshot."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from llmgw_report import gateways
from llmgw_report.config.settings import DatabaseTarget, ServerTarget, Settings
from llmgw_report.gateways.definition import Gateway
from llmgw_report.gateways.definition import load as load_query
from llmgw_report.gateways.normalise import interest
from llmgw_report.gateways.rows import TableRecord
from llmgw_report.model import timestamp
from llmgw_report.model.database import Database, Plan, Schema
from llmgw_report.model.report import Baseline, Input, Snapshot
from llmgw_report.model.run import Machine
from llmgw_report.model.scrape import Interest
from llmgw_report.model.sections import Basis, Sections
from llmgw_report.pipeline.identify import Identity, identify, info, mixed, reject_other_time_units, with_places
from llmgw_report.pipeline.inputs import absent, inputs
from llmgw_report.pipeline.measure import Measured, Windows, measure, with_groups, with_times
from llmgw_report.pipeline.reading import DatabaseReading, MetricsReading, PlanFor, QueryPlanner, wish_of
from llmgw_report.pipeline.redact import redact_document
from llmgw_report.pipeline.sections import sections
from llmgw_report.pipeline.sections.targets import targets
from llmgw_report.pipeline.sections.traffic import started

if TYPE_CHECKING:
    from llmgw_report.pipeline.remember import Earlier

_DATES = frozenset({"tables", "started"})
#: Queries that may return tens of thousands of rows, which nothing reads once they are records.
_MANY_ROWS = ("outcomes", "attempted")


class Collected(Struct, frozen=True, kw_only=True):
    """The snapshot, and the time that reading its sources took; `database` is what was read of it, without the rows."""

    snapshot: Snapshot
    scrape_seconds: float | None
    query_seconds: dict[str, float]
    database_seconds: float | None
    database: Database | None = None


def collect(settings: Settings, machine: Machine) -> Collected:
    """Read the sources, detect the gateway, measure. A source that cannot be read is an input with a reason.

    Raises UsageError only for a baseline or a history that is not ours, before anything is read.
    """
    earlier = _baseline(settings)
    windows = windows_of(settings, machine)
    runs = _history(settings, windows, machine)
    candidates = gateways.load_with_pairs(settings.gateway) if settings.gateway else gateways.load_all()
    extra = tuple(load_query(Path(file), builtin=False) for file in settings.queries)
    wanted = interest(candidates, windows.group_by)
    if not isinstance(settings.metrics, ServerTarget):
        wanted = with_places(wanted, candidates)
    planner = QueryPlanner(candidates, extra, settings.database, windows, named=settings.gateway is not None)
    windows, metrics, database = _read(settings, windows, wanted, planner, machine)
    if not isinstance(settings.metrics, ServerTarget):
        metrics.reject(mixed(metrics.result, wanted, candidates, named=settings.gateway is not None))
    identity = identify(
        candidates,
        named=settings.gateway is not None,
        scrapes=metrics.results,
        database=database.result,
        interest=wanted,
    )
    identity = reject_other_time_units(identity, database.result)
    if identity.gateway:
        identity = structs.replace(identity, gateway=planner.as_read(identity.gateway))
    measured = _with_rows_once(measure(windows, identity, metrics.results, database.result, wanted), database)
    measured = with_groups(with_times(measured, metrics.buckets, metrics.spans, wanted), metrics.groups, wanted)
    found = _live(measured, settings, machine, metrics, identity)
    sources = inputs(metrics, database, identity, settings.at_ms)
    snapshot = _snapshot(measured, found, sources, identity, _expected(settings, metrics))
    return Collected(
        # Compared once redacted, as the earlier report is: a name that is hidden in one of them would seem lost.
        snapshot=_with_basis(_compared(_remembered(redact_document(snapshot, settings), runs, settings), earlier)),
        scrape_seconds=metrics.seconds if settings.metrics else None,
        query_seconds=_query_seconds(database.result),
        database_seconds=database.result.read_seconds if database.result else None,
        database=structs.replace(database.result, tables={}) if database.result else None,
    )


def _with_rows_once(measured: Measured, database: DatabaseReading) -> Measured:
    """What was measured, with records alone where there are many rows; a log is still to be compared with the rows."""
    if database.result is None or database.result.log is not None or measured.database is None:
        return measured
    tables = database.result.tables
    records_of = {name: structs.replace(tables[name], rows=()) for name in _MANY_ROWS if name in measured.rows}
    database.result = structs.replace(database.result, tables=tables | records_of)
    return structs.replace(measured, database=database.result)


def _expected(settings: Settings, metrics: MetricsReading) -> int | None:
    """Of a server that was not read nobody knows how many are up; databases beside it are none of its targets."""
    unread = isinstance(settings.metrics, ServerTarget) and metrics.error is not None
    return None if unread else settings.expect_targets


def _read(
    settings: Settings, windows: Windows, wanted: Interest, planner: QueryPlanner, machine: Machine
) -> tuple[Windows, MetricsReading, DatabaseReading]:
    """Both sources at the same time; where all of the gateway's life is the window, first how long that is."""
    wish = wish_of(settings.metrics, planner.candidates, wanted, windows, machine)
    if windows.whole and settings.database and settings.window.process_age is None:
        metrics = MetricsReading(settings.metrics, wanted, machine, wish)
        windows, left = _whole_window(windows, metrics, settings.database, planner, machine)
        metrics.buckets = ()  # they are of the trend window that was asked for
        database = _reading(settings.database, planner, planner.candidates, windows, machine)
        database.start()
        database.wait()
        if database.result:
            database.result = structs.replace(database.result, left=(*left, *database.result.left))
        return windows, metrics, database
    database = _reading(settings.database, planner, planner.candidates, windows, machine)
    database.start()
    metrics = MetricsReading(settings.metrics, wanted, machine, wish)
    database.wait()
    return windows, metrics, database


def _reading(
    target: DatabaseTarget | None, planner: PlanFor, candidates: Sequence[Gateway], windows: Windows, machine: Machine
) -> DatabaseReading:
    """The reading of the database, or of all of them."""
    if target is None or not target.files:
        return DatabaseReading(target, planner, windows, machine)
    from llmgw_report.pipeline.reading_files import FilesReading  # most runs read one database

    return FilesReading(target, planner, candidates, windows, machine)


class _Dates(Struct, frozen=True):
    """Plans the queries that know how old the rows are, and no others."""

    planner: QueryPlanner

    def __call__(self, schema: Schema) -> Plan:
        """The plan of the planner, without its other queries."""
        found = self.planner(schema)
        return structs.replace(found, queries=tuple(one for one in found.queries if one.name in _DATES), relations=())


def _whole_window(
    windows: Windows, metrics: MetricsReading, target: DatabaseTarget, planner: QueryPlanner, machine: Machine
) -> tuple[Windows, tuple[str, ...]]:
    """The windows, from the start of the process or the oldest row on; as they are where neither is known.

    Also the files that SQLite made beside the database and that could not be removed: to the next reading they were
    there before.
    """
    ever = windows.beginning(0)
    database = _reading(target, _Dates(planner), planner.candidates, ever, machine)
    database.start()
    database.wait()
    identity = identify(
        planner.candidates,
        named=planner.named,
        scrapes=metrics.results,
        database=database.result,
        interest=metrics.interest,
    )
    measured = measure(ever, identity, metrics.results, database.result, metrics.interest)
    since_ms = timestamp.milliseconds(started(measured) or "")
    if since_ms is None:
        rows = measured.table("tables", TableRecord) or ()
        # A window begins after its first instant.
        since_ms = min((round(row.first_ms) - 1 for row in rows if row.first_ms is not None), default=None)
    left = database.result.left if database.result else ()
    if since_ms is None or since_ms >= windows.until_ms:
        return windows, left
    return windows.beginning(since_ms), left


def _live(
    measured: Measured, settings: Settings, machine: Machine, metrics: MetricsReading, identity: Identity
) -> Sections:
    """The sections; with --interval also the rates between two scrapes."""
    found = _sections(measured, settings)
    if settings.interval is None:
        return found
    from llmgw_report.pipeline import second_scrape  # most runs scrape once

    return second_scrape.compared(found, metrics, settings.interval, measured, identity, machine)


def windows_of(settings: Settings, machine: Machine) -> Windows:
    """The windows before the instant evaluated, which is now unless --at names another."""
    now_ms = machine.now_ms()
    until_ms = settings.at_ms if settings.at_ms is not None else now_ms
    chosen = settings.window
    return Windows(
        until_ms=until_ms,
        # Rows that are written while we read are newer than our start as well.
        latest_ms=max(until_ms, now_ms) + timestamp.CLOCKS_DIFFER_MS,
        since_ms=until_ms - round(chosen.window * 1000),
        trend_since_ms=until_ms - round(chosen.trend_window * 1000),
        bucket_ms=max(1, round(chosen.bucket * 1000)),
        slow_ms=round(chosen.slow * 1000),
        top=chosen.top,
        group_by=settings.group_by,
        burn_windows=settings.slo.windows() if settings.slo else (),
        whole=chosen.lifetime,
        process_age_ms=None if chosen.process_age is None else round(chosen.process_age * 1000),
    )


def _baseline(settings: Settings) -> Baseline | None:
    if settings.baseline is None:
        return None
    from llmgw_report.pipeline import baseline  # most runs compare with nothing

    # It was written without secrets, but a file can be edited, and names from it are shown again.
    return redact_document(baseline.load(settings.baseline), settings)


def _compared(snapshot: Snapshot, earlier: Baseline | None) -> Snapshot:
    if earlier is None:
        return snapshot
    from llmgw_report.pipeline import baseline  # most runs compare with nothing

    compared, history = baseline.compared(snapshot, earlier), snapshot.sections.history
    if history is None or history.since is None:
        return compared
    # What was counted since an earlier run is the window: an older report would make it longer, or count it twice.
    return structs.replace(compared, sections=structs.replace(compared.sections, outcomes=snapshot.sections.outcomes))


def _history(settings: Settings, windows: Windows, machine: Machine) -> "Earlier | None":
    if settings.history is None:
        return None
    from llmgw_report.pipeline import remember  # most runs remember nothing

    return remember.load(settings, windows, machine)


def _remembered(snapshot: Snapshot, runs: "Earlier | None", settings: Settings) -> Snapshot:
    if runs is None:
        return snapshot
    from llmgw_report.pipeline import remember  # most runs remember nothing

    return remember.compared(snapshot, runs, settings)


def _with_basis(snapshot: Snapshot) -> Snapshot:
    """The snapshot, its window saying what its outcomes are of."""
    outcomes = snapshot.sections.outcomes
    whole = snapshot.window.whole == "yes" and snapshot.sections.database is None
    basis: Basis = outcomes.basis if outcomes else "lifetime" if whole else "window"
    return structs.replace(snapshot, window=structs.replace(snapshot.window, basis=basis))


def _sections(measured: Measured, settings: Settings) -> Sections:
    found = sections(measured)
    if settings.tests:
        from llmgw_report.pipeline.sections.tests import tests  # most runs have no test results

        found = structs.replace(found, tests=tests(settings.tests, settings.window.top))
    if settings.slo:
        from llmgw_report.pipeline.sections import budget  # most runs have no objective

        left = budget.error_budget(measured, settings.slo, found.most_traffic, found.outcomes)
        found = structs.replace(found, error_budget=left)
    return found


def _snapshot(
    measured: Measured, found: Sections, sources: tuple[Input, ...], identity: Identity, expected: int | None
) -> Snapshot:
    gateway = info(identity, measured.indicators)
    return Snapshot(
        at=timestamp.text(measured.windows.until_ms),
        gateway=gateway,
        window=measured.windows.window(),
        inputs=sources,
        sections=found,
        absent=absent(measured, found, gateway, sources),
        targets=targets(measured, found.outcomes, sources),
        expected_targets=expected,
    )


def _query_seconds(database: Database | None) -> dict[str, float]:
    if database is None:
        return {}
    seconds = {name: table.elapsed_seconds for name, table in database.tables.items()}
    return seconds | {one.name: one.elapsed_seconds for one in database.failed if not one.missing_column}
