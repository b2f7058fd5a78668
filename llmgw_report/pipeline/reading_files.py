"""Reads several databases, each as if it were the only one, and adds up those of one product."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import inf
from pathlib import Path
from threading import Thread

from msgspec import structs

from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.errors import SourceError
from llmgw_report.gateways import detection
from llmgw_report.gateways.definition import Gateway
from llmgw_report.messages import join, msg
from llmgw_report.model.database import Database
from llmgw_report.model.run import Machine, Progress
from llmgw_report.pipeline import merge
from llmgw_report.pipeline.copies import Shared, copies
from llmgw_report.pipeline.counted_once import CountedOnce
from llmgw_report.pipeline.measure import Windows
from llmgw_report.pipeline.reading import DatabaseReading, PlanFor
from llmgw_report.sources.sqlite.query import OUT_OF_MEMORY
from llmgw_report.units import plural

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
        self._files = {
            file: DatabaseReading(structs.replace(target, path=file, files=()), planner, windows, machine, Progress())
            for file in target.files
        }
        self.parts = tuple(self._files.values())
        #: Copies, without what other files have too.
        self._past: list[Database] = []

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

    def _leave_out_copies(self) -> None:
        """Count no request twice; what a copy has before the window, and no other file, still counts."""
        files = self._usable()
        once = CountedOnce(files)
        for found in copies(files, once.related):
            self._note(found)
        for one in once.repeats({file for file in files if self._files[file].left_out}):
            if self._files[one.file].left_out:
                self._past.append(one.rest)
            elif one.other:
                self._files[one.file].result = one.rest
                words = msg("requests that {file} has too count once in the trend and the error budget", file=one.other)
                self._note(Shared(one.file, words, copied=False))

    def _product(self, database: Database | None) -> str:
        found = detection.by_tables(self.candidates, database.schema.tables) if database else None
        return found.gateway.name if found else ""

    def _usable(self) -> dict[str, Database]:
        return {file: part.result for file, part in self._files.items() if part.result and not part.left_out}

    def _note(self, found: Shared) -> None:
        part = self._files[found.file]
        if found.copied:
            part.left_out = SourceError(found.words, _LEAVE_OUT)
        elif part.result:
            part.result = structs.replace(part.result, notes=(*part.result.notes, found.words))

    def _add_up(self) -> None:
        usable = [part.result for part in self.parts if part.result and not part.left_out]
        if usable:
            self.result = merge.merged(usable, self.windows.top, len(self.parts), self._past)
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
