"""Reads both sources at the same time: the database in threads of its own, the scrape in this one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import ceil, gcd
from pathlib import Path
from threading import Thread

from llmgw_report import gateways
from llmgw_report.config.settings import DatabaseTarget, MetricsTarget, ServerTarget
from llmgw_report.errors import SourceError
from llmgw_report.gateways import detection
from llmgw_report.gateways.definition import Gateway
from llmgw_report.messages import msg
from llmgw_report.model.database import Database, Plan, Query, Schema
from llmgw_report.model.run import Machine, Progress
from llmgw_report.model.scrape import Interest, Scrape, Wish, merged
from llmgw_report.pipeline.measure import Windows

#: Of those that were not named: a file a day is a month.
_MOST_LOG_FILES = 31
PlanFor = Callable[[Schema], Plan]


#: Roles of which a gateway may have as many values as it has clients.
_WIDE = ("api-key", "model", "team", "fallback-model")
_COUNTED = ("requests", "attempts")


class QueryPlanner:
    """Chooses the queries for a database by its schema: the gateway's own, and the user's."""

    def __init__(
        self,
        candidates: Sequence[Gateway],
        extra: Sequence[Query],
        target: DatabaseTarget | None = None,
        windows: Windows | None = None,
        *,
        named: bool,
    ) -> None:
        self.candidates = candidates
        self.named = named
        self.extra = tuple(extra)
        self.target = target
        self.windows = windows

    def __call__(self, schema: Schema) -> Plan:
        """The plan for a schema: that of the gateway whose tables these are, or of a named one whatever the tables."""
        if self.named:
            gateway = detection.of_named(self.candidates, schema.tables, schema.dialect)
            _require_dialect(gateway, schema)
        elif (found := detection.by_tables(self.candidates, schema.tables, schema.dialect)) and not found.others:
            gateway = found.gateway
        else:
            return Plan(queries=self.extra, log_files=self.target.logs if self.target else ())
        files = self._log_files(gateway)
        return gateways.plan(gateway.with_log() if files else gateway, self.extra, files)

    def as_read(self, gateway: Gateway) -> Gateway:
        """The product as its sources show it: with its log files, where there are some."""
        return gateway.with_log() if self._log_files(gateway) else gateway

    def _log_files(self, gateway: Gateway) -> tuple[str, ...]:
        """The log files that were named, else those that lie where the database was found without being named."""
        if self.target is None or self.windows is None:
            return ()
        if self.target.logs or self.target.named or gateway.log is None:
            return self.target.logs
        since = 0 if self.windows.whole else min(self.windows.since_ms, self.windows.trend_since_ms) / 1000
        found = sorted({file for glob in gateway.log.files for file in Path().glob(glob) if file.is_file()})
        return tuple(str(file) for file in found if file.stat().st_mtime >= since)[-_MOST_LOG_FILES:]


def _require_dialect(gateway: Gateway, schema: Schema) -> None:
    """SourceError for a named definition whose queries are in another database's SQL."""
    if gateway.dialect != schema.dialect and "database" in gateway.keeps:
        option = "--db-url-file" if gateway.dialect == "postgresql" else "--db-path"
        message = msg("{gateway} has no queries for this kind of database", gateway=gateway.name)
        raise SourceError(message, msg("give its database with {option}", option=option))


def _reader(target: DatabaseTarget) -> Callable[..., Database]:
    """What reads such a database; it is not imported by a run without one."""
    if target.url is not None:
        from llmgw_report.sources import postgres

        return postgres.read
    from llmgw_report.sources import sqlite

    return sqlite.read


class DatabaseReading(Thread):
    """Reads the database beside the scrape: both take most of their time outside Python."""

    def __init__(
        self,
        target: DatabaseTarget | None,
        planner: PlanFor,
        windows: Windows,
        machine: Machine,
        progress: Progress | None = None,
    ) -> None:
        super().__init__(daemon=True)
        self.target = target
        self.planner = planner
        self.windows = windows
        self.machine = machine
        self.progress = progress or machine.progress
        self.result: Database | None = None
        self.error: SourceError | None = None
        self.bug: BaseException | None = None
        self.seconds = 0.0
        #: The readings of several files, and why one of them is not among those that were added up.
        self.parts: tuple[DatabaseReading, ...] = ()
        self.left_out: SourceError | None = None

    def run(self) -> None:
        """Set `result` or `error`; a bug is kept for the thread that waits, which would not notice it."""
        if self.target is None:
            return
        began = self.machine.elapsed()
        try:
            self.result = _reader(self.target)(self.target, self.planner, parameters(self.windows), self.progress)
        except SourceError as error:
            self.error = error
        except BaseException as error:  # noqa: BLE001 - raised again in `wait`
            self.bug = error
        self.seconds = self.machine.elapsed() - began

    def wait(self) -> None:
        """Wait until the database was read; raises the bug that stopped it, if one did."""
        self.join()
        if self.bug is not None:
            raise self.bug


class MetricsReading:
    """Reads the scrape: `result`, or the `error` that says why there is none."""

    def __init__(
        self, target: MetricsTarget | None, interest: Interest, machine: Machine, wish: Wish | None = None
    ) -> None:
        self.target = target
        self.interest = interest
        self.results: tuple[Scrape, ...] = ()
        self.buckets: tuple[Scrape, ...] = ()
        self.spans: Mapping[int, Scrape] = {}
        self.groups: Scrape | None = None
        self.notes: tuple[str, ...] = ()
        self.error: SourceError | None = None
        self.seconds = 0.0
        self.read_ms = machine.now_ms()
        if target is None:
            return
        began = machine.elapsed()
        try:
            self._read(target, machine, wish)
        except SourceError as error:
            self.error = error
        self.seconds = machine.elapsed() - began

    def _read(self, target: MetricsTarget, machine: Machine, wish: Wish | None) -> None:
        if isinstance(target, ServerTarget) and wish is not None:
            from llmgw_report.sources import promql  # not imported by a run without a server

            found = promql.window(target, wish, machine.progress)
            self.results, self.buckets, self.spans = found.scrapes, found.buckets, found.spans
            self.groups, self.notes = found.groups, found.notes
            return
        from llmgw_report.sources import prometheus  # not imported by a run without a scrape

        self.results = (prometheus.scrape(target, self.interest, machine.progress),)

    def reject(self, problem: SourceError | None) -> None:
        """Leave out what was read, if there is a reason to."""
        if problem is not None:
            self.results, self.error = (), problem

    @property
    def result(self) -> Scrape | None:
        """The scrape; of several processes what the product is told by, all their families and samples."""
        return merged(self.results)


def wish_of(
    target: MetricsTarget | None, candidates: Sequence[Gateway], wanted: Interest, windows: Windows, machine: Machine
) -> Wish | None:
    """What to ask of a server; None where the metrics come from the gateway itself."""
    if not isinstance(target, ServerTarget):
        return None
    mapped = [(name, one) for gateway in candidates for name, its in gateway.metrics.items() for one in its]
    return Wish(
        interest=wanted,
        names=frozenset(name for gateway in candidates for name in _names(gateway)),
        starts=frozenset(one.family for name, one in mapped if name == "process-start"),
        wide=frozenset(
            label for _, one in mapped for role in one.labels if role in _WIDE for label in one.label_names(role)
        ),
        requests=frozenset(
            sample
            for name, one in mapped
            if name in _COUNTED
            for sample in (one.family, one.split.family if one.split else one.family)
        ),
        until_ms=windows.until_ms,
        now_ms=machine.now_ms(),
        seconds=(windows.until_ms - windows.since_ms) / 1000,
        bucket_seconds=windows.bucket_ms / 1000,
        buckets=-(-(windows.until_ms - windows.trend_since_ms) // windows.bucket_ms),
        spans=windows.burn_windows,
        durations=frozenset(one.family for name, one in mapped if name == "latency"),
    )


def _names(gateway: Gateway) -> Iterator[str]:
    """Sample names of the families that tell the product, or are known and not read."""
    detect = gateway.detect
    for name in (*detect.families, *detect.any_families, *detect.not_families, *gateway.families.other):
        yield from (name, f"{name}_count", f"{name}_total", f"{name}_info")


#: The parts of the longest window of the error budget at most: for 30 days they are of an hour.
_BURN_PARTS = 720


def parameters(windows: Windows) -> dict[str, str | int]:
    """The parameters that every query may use: times in milliseconds, half-open windows."""
    longest_ms, step_ms = 1000 * max(windows.burn_windows, default=0), 1000 * max(1, gcd(*windows.burn_windows))
    return {
        "until_ms": windows.until_ms,
        "latest_ms": windows.latest_ms,
        "since_ms": windows.since_ms,
        "trend_since_ms": windows.trend_since_ms,
        "bucket_ms": windows.bucket_ms,
        "slow_ms": windows.slow_ms,
        "top": windows.top,
        "group_by": windows.group_by,
        "burn_windows": str(list(windows.burn_windows)),  # a list of whole numbers is written alike in JSON
        "burn_since_ms": windows.until_ms - longest_ms,
        "burn_step_ms": step_ms,
        "burn_part_ms": step_ms * max(1, ceil(longest_ms / step_ms / _BURN_PARTS)),
    }
