"""Finds copies among files that have no request in the window: the trend and the error budget go further back.

A backup that is behind by more than the window has nothing there that could be compared. What it has before that is
compared in a window of the same length, that of its own newest requests, which both files are read for once more.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec import structs

from llmgw_report.messages import Message
from llmgw_report.model.database import Database, Plan, Query, Schema
from llmgw_report.pipeline.copies import copies
from llmgw_report.pipeline.measure import Windows
from llmgw_report.pipeline.reading import PlanFor

ReadIn = Callable[[str, Windows], Database | None]
"""Reads a file for other windows."""


class _Earlier(NamedTuple):
    """Requests of a file: whether it has some in the window, and how many in each part of what goes further back."""

    in_window: bool
    counted: dict[tuple[str, object], float]


def earlier_copies(
    databases: Mapping[str, Database], windows: Windows, read_in: ReadIn
) -> Iterator[tuple[str, Message]]:
    """Each file without a request in the window that is a copy of another one, and why it is taken for that."""
    counted = {file: _earlier(one) for file, one in databases.items()}
    kept = list(databases)
    for file, own in counted.items():
        own_windows = _newest(databases[file], windows)
        if own.in_window or not own.counted or own_windows is None:
            continue
        for other in [one for one in kept if one != file and _may_hold(counted[one], own)]:
            found = {one: database for one in (other, file) if (database := read_in(one, own_windows))}
            copy = next((one for one in copies(found) if one.copied and one.file == file), None)
            if copy:
                kept.remove(file)
                yield file, copy.words
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
    trend = {("trend", row["bucket"]): _number(row["requests"]) for row in _rows(database, "trend")}
    budget = {
        ("budget", row["window_seconds"]): _number(row["good"]) + _number(row["bad"])
        for row in _rows(database, "budget")
    }
    return _Earlier(bool(outcomes and outcomes.rows), {place: n for place, n in (trend | budget).items() if n})


def _may_hold(whole: _Earlier, part: _Earlier) -> bool:
    return all(n <= whole.counted.get(place, 0) for place, n in part.counted.items())


def _newest(database: Database, windows: Windows) -> Windows | None:
    """The window of the newest requests of a file."""
    buckets = [round(_number(row["bucket"])) for row in _rows(database, "trend") if row["requests"]]
    if buckets:
        until_ms = windows.trend_since_ms + (max(buckets) + 1) * windows.bucket_ms
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
