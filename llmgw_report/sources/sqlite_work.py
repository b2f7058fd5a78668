"""Queries shared between connections, a thread for each: SQLite computes without holding Python's lock."""

from collections.abc import Callable, Sequence
from threading import Thread

from llmgw_report.model.table import FailedQuery, Query, Table

Outcome = Table | FailedQuery
Run = Callable[[Query], Outcome]


def share(queries: Sequence[Query], runs: Sequence[Run]) -> list[Outcome]:
    """The outcome of every query, in the order of `queries`. Each of `runs` is called in one thread only.

    The heaviest begins first, and whoever is free takes the next, so that no thread ends up with both
    of the long ones.
    """
    waiting = sorted(enumerate(queries), key=lambda item: item[1].weight)
    outcomes: dict[int, Outcome] = {}
    bugs: list[BaseException] = []
    helpers = [
        # Daemon: an interrupted run does not wait for a query.
        Thread(target=_work, args=(waiting, run, outcomes, bugs), daemon=True)
        for run in runs[1 : len(queries)]
    ]
    for helper in helpers:
        helper.start()
    _work(waiting, runs[0], outcomes, bugs)
    for helper in helpers:
        helper.join()
    if bugs:
        raise bugs[0]
    return [outcomes[index] for index in range(len(queries))]


def _work(waiting: list[tuple[int, Query]], run: Run, outcomes: dict[int, Outcome], bugs: list[BaseException]) -> None:
    try:
        while True:
            try:
                index, query = waiting.pop()
            except IndexError:
                return
            outcomes[index] = run(query)
    except BaseException as bug:  # noqa: BLE001 - it is raised again in the thread that waits for this one
        bugs.append(bug)
