"""Finds copies among files that have no request in the window: the trend and the error budget go further back.

A backup that is behind by more than the window has nothing there that could be compared. What it has before that is
compared in a window of the same length, that of its own newest requests, which both files are read for once more.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec import structs

from llmgw_report.messages import Message
from llmgw_report.model.database import Database, Plan, Query, Schema
from llmgw_report.pipeline.copies import why_a_copy
from llmgw_report.pipeline.measure import Windows
from llmgw_report.pipeline.reading import PlanFor

ReadIn = Callable[[str, Windows], Database | None]
"""Reads a file for other windows."""


class _Earlier(NamedTuple):
    """Requests of a file: whether it has some in the window, how many in each bucket of the trend and in the budget."""

    in_window: bool
    trend: dict[int, float]
    budget: dict[float, float]

    def may_hold(self, part: "_Earlier") -> bool:
        """Whether the newest requests of a part may be among these; those before the first of these may be gone."""
        if not part.trend or not self.trend:
            return not part.trend and all(n <= self.budget.get(seconds, 0) for seconds, n in part.budget.items())
        first, last = max(min(part.trend), min(self.trend)), max(part.trend)
        inside = range(first + 1, last)
        return part.trend[last] <= self.trend.get(last, 0) and all(
            part.trend.get(bucket, 0) == self.trend.get(bucket, 0) for bucket in inside
        )


def earlier_copies(
    databases: Mapping[str, Database], windows: Windows, read_in: ReadIn
) -> Iterator[tuple[str, Message]]:
    """Each file without a request in the window that is a copy of another one, and why it is taken for that."""
    counted = {file: _earlier(one) for file, one in databases.items()}
    kept = list(databases)
    for file, own in counted.items():
        own_windows = _newest(own, databases[file], windows)
        others = [one for one in kept if one != file and counted[one].may_hold(own)]
        if own.in_window or not (own.trend or own.budget) or own_windows is None or not others:
            continue
        again = read_in(file, own_windows)
        for other in others if again else ():
            whole = read_in(other, own_windows)
            if again and whole and (reason := why_a_copy(file, again, {other: whole})):
                kept.remove(file)
                yield file, reason
                break


def outcomes_alone(planner: PlanFor) -> PlanFor:
    """The planner of a reading that only asks how requests ended."""

    def plan(schema: Schema) -> Plan:
        whole = planner(schema)
        relations = (structs.replace(one, derived=_of_outcomes(one.derived), remote=()) for one in whole.relations)
        kept = tuple(one for one in relations if one.derived)
        return structs.replace(whole, queries=_of_outcomes(whole.queries), relations=kept)

    return plan


def _of_outcomes(queries: Iterable[Query]) -> tuple[Query, ...]:
    return tuple(one for one in queries if one.name == "outcomes")


def _earlier(database: Database) -> _Earlier:
    outcomes = database.tables.get("outcomes")
    trend = {round(_number(row["bucket"])): _number(row["requests"]) for row in _rows(database, "trend")}
    budget = {
        _number(row["window_seconds"]): _number(row["good"]) + _number(row["bad"]) for row in _rows(database, "budget")
    }
    return _Earlier(
        bool(outcomes and outcomes.rows),
        {bucket: n for bucket, n in trend.items() if n},
        {seconds: n for seconds, n in budget.items() if n},
    )


def _newest(own: _Earlier, database: Database, windows: Windows) -> Windows | None:
    """The window of the newest requests of a file."""
    if own.trend:
        until_ms = windows.trend_since_ms + (max(own.trend) + 1) * windows.bucket_ms
    else:
        until_ms = max((round(_number(row["last_ms"])) for row in _rows(database, "tables")), default=0)
    since_ms = until_ms - max(windows.until_ms - windows.since_ms, windows.bucket_ms)
    if not until_ms:
        return None
    return structs.replace(windows, until_ms=until_ms, since_ms=since_ms, trend_since_ms=since_ms, burn_windows=())


def _rows(database: Database, name: str) -> Iterator[Mapping[str, object]]:
    if table := database.tables.get(name):
        yield from (dict(zip(table.columns, row, strict=True)) for row in table.rows)


def _number(cell: object) -> float:
    return cell if isinstance(cell, (int, float)) else 0.0
