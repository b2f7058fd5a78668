"""Reads the databases of several processes of one gateway, two at once, and makes one of those that fit together."""

from collections import Counter
from collections.abc import Mapping, Sequence
from threading import Thread

from msgspec import structs

from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.errors import SourceError
from llmgw_report.gateways import detection
from llmgw_report.gateways.definition import Gateway
from llmgw_report.messages import join, msg
from llmgw_report.model.database import Database
from llmgw_report.model.run import Machine, Progress
from llmgw_report.pipeline.measure import Windows
from llmgw_report.pipeline.merge import in_slices, merged
from llmgw_report.pipeline.reading import DatabaseReading, PlanFor
from llmgw_report.sources.sqlite.query import OUT_OF_MEMORY
from llmgw_report.units import plural

#: Each has two connections. More at once gain nothing on two cores, and share the memory that SQLite may use.
_AT_ONCE = 2
#: Queries without which nobody knows how the requests of a file ended.
_NEEDED = ("requests", "outcomes", "traffic")
_GIVE_ONE = msg("give the files of one gateway alone, or make a report of each")
_LEAVE_OUT = msg("leave one of them out")
_CHECK = msg("check the file, or leave it out of --db-path")


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
        """A file that ran out of the memory that all connections share is read once more, alone."""
        waiting = list(reversed(self.parts))
        self.progress.queries, self.progress.ended = len(waiting), 0

        def work() -> None:
            while waiting:
                try:
                    part = waiting.pop()
                except IndexError:
                    return
                self._read_one(part)

        # Daemons: neither an interrupted run nor the end of the process waits for a query.
        workers = [Thread(target=work, daemon=True) for _ in range(min(_AT_ONCE, len(waiting)))]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        for part in self.parts:
            if part.result and any(one.reason == OUT_OF_MEMORY for one in part.result.failed):
                self._read_one(part)

    def _read_one(self, part: DatabaseReading) -> None:
        part.run()
        if part.bug is not None:
            self.bug = part.bug
        if part.result:
            windows = self.windows
            part.result = in_slices(part.result, len(self.parts), windows.since_ms, windows.until_ms)
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
        """Two processes have no two requests at the same milliseconds throughout: such a file is a copy."""
        seen: dict[object, str] = {}
        for part in self.parts:
            table = part.result.tables.get("outcomes") if part.result and not part.left_out else None
            if table is None or not part.target:
                continue
            first = seen.setdefault(table.rows, part.target.path)
            if len(table.rows) > 1 and first != part.target.path:
                part.left_out = SourceError(
                    msg("it has the same requests as {file}: a copy of it", file=first), _LEAVE_OUT
                )

    def _add_up(self) -> None:
        usable = [part.result for part in self.parts if part.result and not part.left_out]
        if usable:
            self.result = merged(usable, self.windows.top, len(self.parts))
            self.result = structs.replace(self.result, left=tuple(name for one in usable for name in one.left))
        else:
            self.error = next((part.error for part in self.parts if part.error), None)


def _foreign(counts: Mapping[str, int]) -> SourceError:
    return SourceError(msg("it is no database of {gateway}", gateway=join(", ", list(counts))), _GIVE_ONE)


def _several(counts: Mapping[str, int]) -> SourceError:
    files = (msg("{files} of {gateway}", files=plural(n, "file"), gateway=name) for name, n in counts.items())
    return SourceError(msg("the databases are of several gateways: {names}", names=join(", ", files)), _GIVE_ONE)


def _incomplete(database: Database | None) -> SourceError | None:
    """Why nobody knows how the requests of a file ended."""
    for one in database.failed if database else ():
        if one.name in _NEEDED and not one.missing_column:
            return SourceError(msg("the query {name} failed: {reason}", name=one.name, reason=msg(one.reason)), _CHECK)
    return None
