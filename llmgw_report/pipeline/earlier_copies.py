"""Finds copies among files that have no request in the window: the trend and the error budget go further back.

A backup that is behind by more than the window has nothing there that could be compared. What it has before that is
compared in a window of the same length, that of its own newest requests, which the files are read for once more.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec import structs

from llmgw_report.model.database import Database, Plan, Query, Schema, Value, number
from llmgw_report.pipeline.copies import Shared, compared, not_compared
from llmgw_report.pipeline.measure import Windows
from llmgw_report.pipeline.reading import PlanFor

ReadIn = Callable[[str, Windows], Database | None]
"""Reads a file for other windows."""

#: How requests ended, and the query whose answer others need.
_ASKED = frozenset({"outcomes", "bounds"})
#: Readings for each of the files at most: one of few requests may be in many others, and there may be 500 of them.
_READINGS = 3


class _Earlier(NamedTuple):
    """Requests of a file: whether some are in the window, how many are in the trend and in the budget, and of when."""

    in_window: bool
    trend: dict[int, float]
    budget: float
    first_ms: float
    last_ms: float

    def may_hold(self, part: "_Earlier") -> bool:
        """Whether the newest requests of a part may be among these; those before the first of these may be gone."""
        if not part.trend or not self.trend:
            return not part.trend and part.budget > 0 < self.budget and self.first_ms <= part.last_ms <= self.last_ms
        first, last = max(min(part.trend), min(self.trend)), max(part.trend)
        return part.trend[last] <= self.trend.get(last, 0) and all(
            part.trend.get(bucket, 0) == self.trend.get(bucket, 0) for bucket in range(first + 1, last)
        )

    def newest(self, windows: Windows) -> Windows:
        """The window of the newest requests."""
        until_ms = round(self.last_ms)
        if self.trend:
            until_ms = windows.trend_since_ms + (max(self.trend) + 1) * windows.bucket_ms
        since_ms = until_ms - max(windows.until_ms - windows.since_ms, windows.bucket_ms)
        return structs.replace(windows, until_ms=until_ms, since_ms=since_ms, trend_since_ms=since_ms, burn_windows=())


def earlier_copies(databases: Mapping[str, Database], windows: Windows, read_in: ReadIn) -> Iterator[Shared]:
    """Each file without a request in the window that is a copy of another one, may be in part, or was not compared."""
    counted = {file: _earlier(one) for file, one in databases.items()}
    kept, left = list(databases), _READINGS * len(databases)
    for file, own in reversed(counted.items()):  # of two that are alike the later one is the copy
        others = [] if own.in_window else [one for one in kept if one != file and counted[one].may_hold(own)]
        if not others:
            continue
        newest, found = own.newest(windows), list[Shared]()
        again = read_in(file, newest)
        for other in others[: max(0, left)]:
            found += compared(file, again, other, read_in(other, newest))
            if found and found[-1].copied:
                kept.remove(file)
                break
        else:
            found += (not_compared(file, other) for other in others[max(0, left) :])
        left -= len(others)
        yield from sorted(found, key=lambda one: not one.copied)[:1]


def outcomes_alone(planner: PlanFor) -> PlanFor:
    """The planner of a reading that only asks how requests ended."""

    def plan(schema: Schema) -> Plan:
        whole = planner(schema)
        relations = (structs.replace(one, derived=_of_outcomes(one.derived), remote=()) for one in whole.relations)
        kept = tuple(one for one in relations if one.derived)
        return structs.replace(whole, queries=_of_outcomes(whole.queries), relations=kept)

    return plan


def _of_outcomes(queries: Iterable[Query]) -> tuple[Query, ...]:
    return tuple(one for one in queries if one.name in _ASKED)


def _earlier(database: Database) -> _Earlier:
    outcomes = database.tables.get("outcomes")
    trend = {round(number(row["bucket"])): number(row["requests"]) for row in _rows(database, "trend")}
    return _Earlier(
        bool(outcomes and outcomes.rows),
        {bucket: n for bucket, n in trend.items() if n},
        sum(number(row["good"]) + number(row["bad"]) for row in _rows(database, "budget")),
        min((number(row["first_ms"]) for row in _rows(database, "tables")), default=0),
        max((number(row["last_ms"]) for row in _rows(database, "tables")), default=0),
    )


def _rows(database: Database, name: str) -> Iterator[Mapping[str, Value]]:
    if table := database.tables.get(name):
        yield from (dict(zip(table.columns, row, strict=True)) for row in table.rows)
