"""Reads both sources at the same time: the database in threads of its own, the scrape in this one."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import gcd, inf
from pathlib import Path
from threading import Thread

from msgspec import structs

from llmgw_report import gateways
from llmgw_report.config.settings import DatabaseTarget, MetricsTarget, ServerTarget
from llmgw_report.errors import SourceError
from llmgw_report.gateways import detection
from llmgw_report.gateways.definition import Gateway
from llmgw_report.messages import join, msg
from llmgw_report.model.database import Database, Plan, Query, Schema
from llmgw_report.model.run import Machine, Progress
from llmgw_report.model.scrape import Interest, Scrape, Wish, merged
from llmgw_report.pipeline import merge
from llmgw_report.pipeline.copies import copies
from llmgw_report.pipeline.measure import Windows
from llmgw_report.units import plural

#: Of those that were not named: a file a day is a month.
_MOST_LOG_FILES = 31
#: Each has two connections. More at once gain nothing on two cores, and share the memory that SQLite may use.
_AT_ONCE = 2
#: Files that are larger are read at once only if the largest of them has no more requests than this in the window:
#: percentiles sort these, and two such sorts do not fit into that memory.
_SMALL_BYTES, _FEW_REQUESTS = 32 << 20, 100_000
#: Queries without which nobody knows how the requests of a file ended.
_NEEDED = ("requests", "outcomes", "traffic")
_GIVE_ONE = msg("give the files of one gateway alone, or make a report of each")
_LEAVE_OUT = msg("leave one of them out")
_CHECK = msg("check the file, or leave it out of --db-path")
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
        since = min(self.windows.since_ms, self.windows.trend_since_ms) / 1000
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


def parameters(windows: Windows) -> dict[str, str | int]:
    """The parameters that every query may use: times in milliseconds, half-open windows."""
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
        "burn_since_ms": windows.until_ms - 1000 * max(windows.burn_windows, default=0),
        "burn_step_ms": 1000 * max(1, gcd(*windows.burn_windows)),
    }


class FilesReading(DatabaseReading):
    """Reads each file as if it were the only one; `result` is the sum of those that are of one product."""

    def __init__(
        self,
        target: DatabaseTarget,
        planner: PlanFor,
        candidates: Sequence[Gateway],
        windows: Windows,
        machine: Machine,
    ) -> None:
        super().__init__(target, planner, windows, machine)
        self.candidates = candidates
        self.parts = tuple(
            DatabaseReading(structs.replace(target, path=file, files=()), planner, windows, machine, Progress())
            for file in target.files
        )

    def run(self) -> None:
        """Read all files and set `result`, or the `error` of the first if none can be used."""
        began = self.machine.elapsed()
        try:
            self._read()
            self._leave_out()
            self._add_up()
        except BaseException as error:  # noqa: BLE001 - raised again in `wait`
            self.bug = error
        self.seconds = self.machine.elapsed() - began

    def _read(self) -> None:
        """Two at once where they are small; the largest first, and alone, where they are not."""
        waiting = sorted(self.parts, key=_size)
        self.progress.queries, self.progress.ended = len(waiting), 0
        at_once = _AT_ONCE
        if _size(waiting[-1]) > _SMALL_BYTES:
            largest = waiting.pop()
            self._read_one(largest)
            at_once = _AT_ONCE if _requests(largest.result) <= _FEW_REQUESTS else 1
        self._read_rest(waiting, at_once)
        from llmgw_report.sources.sqlite.query import OUT_OF_MEMORY  # not imported by a run without a database

        # The memory is of all connections: one that ran out of it is read once more, alone.
        for part in self.parts if at_once > 1 else ():
            if part.result and any(one.reason == OUT_OF_MEMORY for one in part.result.failed):
                self._read_one(part)

    def _read_rest(self, waiting: list[DatabaseReading], at_once: int) -> None:
        def work() -> None:
            while waiting:
                try:
                    part = waiting.pop()
                except IndexError:
                    return
                self._read_one(part)

        # Daemons: neither an interrupted run nor the end of the process waits for a query.
        workers = [Thread(target=work, daemon=True) for _ in range(min(at_once, len(waiting)))]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def _read_one(self, part: DatabaseReading) -> None:
        part.run()
        if part.bug is not None:
            self.bug = part.bug
        if part.result:
            windows = self.windows
            part.result = merge.in_slices(part.result, len(self.parts), windows.since_ms, windows.until_ms)
        self.progress.ended += 1

    def _leave_out(self) -> None:
        """Name the problem of each file that cannot be added to the others."""
        products = {part: self._product(part.result) for part in self.parts if part.result}
        counts = Counter(name for name in products.values() if name)
        for part, name in products.items():
            if len(counts) > 1:
                part.left_out = _several(counts)
            elif counts and not name:
                part.left_out = _foreign(counts)
            else:
                part.left_out = _incomplete(part.result)
        self._leave_out_copies()

    def _product(self, database: Database | None) -> str:
        found = detection.by_tables(self.candidates, database.schema.tables) if database else None
        return found.gateway.name if found else ""

    def _leave_out_copies(self) -> None:
        parts = {part.target.path: part for part in self.parts if part.target and part.result and not part.left_out}
        for file, reason in copies({file: part.result for file, part in parts.items() if part.result}):
            parts[file].left_out = SourceError(reason, _LEAVE_OUT)

    def _add_up(self) -> None:
        usable = [part.result for part in self.parts if part.result and not part.left_out]
        if usable:
            self.result = merge.merged(usable, self.windows.top, len(self.parts))
            self.result = structs.replace(self.result, left=tuple(name for one in usable for name in one.left))
        else:
            self.error = next((part.error for part in self.parts if part.error), None)


def _size(part: DatabaseReading) -> int:
    """Bytes of the file; 0 where there is none, which its reading will say."""
    try:
        return Path(part.target.path).stat().st_size if part.target else 0
    except OSError:
        return 0


def _requests(database: Database | None) -> float:
    """Of the window; a file that could not be read may have any number."""
    table = database.tables.get("traffic") if database else None
    if table is None or not {"total", "requests"} <= set(table.columns):
        return inf
    total, requests = table.columns.index("total"), table.columns.index("requests")
    known = (row[requests] for row in table.rows if row[total])
    return sum(n for n in known if isinstance(n, (int, float)))


def _foreign(counts: Mapping[str, int]) -> SourceError:
    return SourceError(msg("it is no database of {gateway}", gateway=join(", ", list(counts))), _GIVE_ONE)


def _several(counts: Mapping[str, int]) -> SourceError:
    files = (msg("{files} of {gateway}", files=plural(n, "file"), gateway=name) for name, n in counts.items())
    return SourceError(msg("the databases are of several gateways: {names}", names=join(", ", files)), _GIVE_ONE)


def _incomplete(database: Database | None) -> SourceError | None:
    """Why nobody knows how the requests of a file ended."""
    for one in database.failed if database else ():
        if one.name in _NEEDED and not one.missing_column:
            return SourceError(msg("its query {query} failed: {why}", query=one.name, why=msg(one.reason)), _CHECK)
    return None
