"""Runs queries on several connections at once, and gives up a query that nothing can interrupt.

SQLite looks at an interrupt between two steps of its virtual machine, and one step can take minutes: `instr` of a
long text in another does, in a query as in a generated column. The thread of such a query is left alone with its
connection, which ends with the process; the report goes on without it.
"""

import sqlite3
from collections.abc import Callable, Sequence
from threading import Thread
from time import perf_counter

from llmgw_report.messages import msg
from llmgw_report.model.database import FailedQuery, Query, QueryResult
from llmgw_report.sources.sqlite.query import QueryContext, late

#: After its deadline, for a query that can be interrupted.
_GRACE_SECONDS = 0.5
_POLL_SECONDS = 0.05
#: For which a thread is alone before another helps it. Each asks for Python's lock at every row and every text, and a
#: small database takes two of them more time to wait for one another than to read.
_ALONE_SECONDS = 0.03
_NO_CONNECTION = msg("not run: queries before it could not be interrupted, and no connection is left")

RunQuery = Callable[[sqlite3.Connection, Query], QueryResult]
Job = Sequence[Query]
"""Queries for one connection, one after the other. If the first fails the others are not run: they are put to it."""


class Workers:
    """A thread for a connection, where the others are not enough; `connections` are those that still answer.

    `abandoned` is whether one does not answer any more.
    """

    def __init__(self, connections: Sequence[sqlite3.Connection]) -> None:
        self.connections = list(connections)
        self.abandoned = False

    def run(self, jobs: Sequence[Job], run: RunQuery, context: QueryContext) -> list[QueryResult]:
        """The result of every query that was run, in the order of `jobs`.

        The heaviest job begins first, and a thread that is free takes the next, so that none ends up with both of
        the long ones. Short transactions begin with the lightest: the time that they share is not for one.
        """
        waiting = sorted(
            enumerate(jobs),
            key=lambda item: sum(query.weight for query in item[1]),
            reverse=context.lock_time is not None,
        )
        results: dict[int, list[QueryResult]] = {}
        workers = [_Worker(connection, waiting, run, context) for connection in self.connections[: len(jobs)]]
        try:
            for worker in workers:
                # Taken by those before it while they were alone, nothing may be left.
                if waiting:
                    worker.start()
                    worker.join(_ALONE_SECONDS)
            self._wait(workers)
        finally:
            for worker in workers:
                worker.stop()
                if worker.given_up:
                    # Nobody may close a connection that a thread is still in.
                    self.connections.remove(worker.connection)
                    self.abandoned = True
        for worker in workers:
            results |= worker.results
        # A worker may have been given up before another took its last query.
        for index, job in waiting:
            results[index] = [FailedQuery(name=job[0].name, title=job[0].title, reason=_NO_CONNECTION)]
        return [result for index in range(len(jobs)) for result in results[index]]

    def _wait(self, workers: Sequence["_Worker"]) -> None:
        """Until none is left to wait for, or one has stopped by a bug, which is raised."""
        while True:
            busy = [worker for worker in workers if worker.is_alive() and not worker.given_up]
            for worker in workers:
                worker.inspect()
            if not busy:
                return
            busy[0].join(_POLL_SECONDS)


class _Worker(Thread):
    """Takes jobs from `waiting`, which all workers share, until there are none."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        waiting: list[tuple[int, Job]],
        run: RunQuery,
        context: QueryContext,
    ) -> None:
        # Daemon: neither an interrupted run nor the end of the process waits for a query.
        super().__init__(daemon=True)
        self.connection = connection
        self.results: dict[int, list[QueryResult]] = {}
        self.given_up = False
        self._waiting, self._run, self._context = waiting, run, context
        self._current: tuple[int, Sequence[Query], float] | None = None
        self._bug: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.given_up:
                try:
                    index, job = self._waiting.pop()
                except IndexError:
                    return
                self.results[index] = []
                self._do(index, job)
        except BaseException as bug:  # noqa: BLE001 - raised again in the thread that waits for this one
            self._bug = bug
        finally:
            self._current = None

    def _do(self, index: int, job: Job) -> None:
        for place, query in enumerate(job):
            self._current = (index, job[place:], perf_counter() + self._context.seconds(query) + _GRACE_SECONDS)
            result = self._run(self.connection, query)
            if self.given_up:
                return
            self.results[index].append(result)
            if query is job[0] and isinstance(result, FailedQuery):
                return

    def inspect(self) -> None:
        """Give the thread up whose query should have ended; raises the bug that stopped it."""
        if self._bug is not None:
            raise self._bug
        current = self._current
        if current and not self.given_up and perf_counter() > current[2]:
            index, (query, *rest), _ = current
            self.given_up = True
            failed = [FailedQuery(name=query.name, title=query.title, reason=late(query, self._context))]
            if self.results[index]:  # the rows that the rest is put to are on this connection alone
                failed += [FailedQuery(name=one.name, title=one.title, reason=_NO_CONNECTION) for one in rest]
            self.results = {**self.results, index: [*self.results[index], *failed]}

    def stop(self) -> None:
        """End it where another failed or the run was interrupted; give it up if it does not end soon."""
        if self.given_up or not self.is_alive():
            return
        self._waiting.clear()
        end = perf_counter() + _GRACE_SECONDS
        while self.is_alive() and perf_counter() < end:
            # More than once: an interrupt that comes before the query has begun is lost.
            self.connection.interrupt()
            self.join(_POLL_SECONDS)
        self.given_up = self.is_alive()
