"""Finds files whose requests are those of another one: a copy, or a backup that is behind."""

from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from math import inf
from typing import NamedTuple

from llmgw_report.messages import Message, msg
from llmgw_report.model.database import Database, Row, Table
from llmgw_report.units import ratio

#: Of the requests of the file with fewer, from which on they are no coincidence.
_MOST = 0.5
#: Of the moments of a file, those with a request.
_SPARSE = 0.1
#: Requests that two files share at least, by the milliseconds that their times are multiples of.
_FEWEST = {1: 2, 1000: 10}
#: What a request is told by, beside its time.
_NAMES = ("outcome", "provider", "instance", "model", "api_key")


class _Requests(NamedTuple):
    """Of a file; its requests as the hashes of what they are told by: of twenty files there may be millions."""

    file: str
    place: int
    rows: Sequence[Row]
    requests: "array[int]"
    total: float
    fewest: float


def copies(databases: Mapping[str, Database]) -> Iterator[tuple[str, Message]]:
    """Each file that is a copy of another one, and why it is taken for that.

    Two processes have no two requests at the same milliseconds throughout. Of two files the one with fewer requests is
    the copy, and of two that are alike the later one.
    """
    tables = {
        file: table
        for file, one in databases.items()
        if (table := one.tables.get("outcomes")) and {"time_ms", "outcome", "requests"} <= set(table.columns)
    }
    parts = [_part(file, place, table) for place, (file, table) in enumerate(tables.items())]
    kept: list[_Requests] = []
    for part in sorted(parts, key=lambda one: (-one.total, one.place)):
        reason = next((reason for other in kept if (reason := _same(part, other))), None)
        if reason is None:
            kept.append(part)
        else:
            yield part.file, reason


def _part(file: str, place: int, table: Table) -> _Requests:
    time, count = table.columns.index("time_ms"), table.columns.index("requests")
    names = [table.columns.index(name) for name in _NAMES if name in table.columns]
    requests, times, total = set[int](), set[float](), 0.0
    for row in table.rows:
        at_ms, n = row[time], row[count]
        total += n if isinstance(n, (int, float)) else 0
        if isinstance(at_ms, (int, float)):
            requests.add(hash((at_ms, *(row[name] for name in names))))
            times.add(at_ms)
    return _Requests(file, place, table.rows, array("q", requests), total, _fewest(times))


def _fewest(times: Collection[float]) -> float:
    """How many requests two files share at least that is no chance; infinite where any number could be.

    A file may have seconds alone, and where nearly every moment has a request, all files share them.
    """
    step = 1000 if all(one % 1000 == 0 for one in times) else 1
    if len(times) <= 1 or len(times) > _SPARSE * (max(times) - min(times)) / step:
        return inf
    return _FEWEST[step]


def _same(part: _Requests, other: _Requests) -> Message | None:
    if len(part.rows) > 1 and part.rows == other.rows:
        return msg("it has the same requests as {file}: a copy of it", file=other.file)
    shared = len(set(part.requests).intersection(other.requests))
    fewer = min(len(part.requests), len(other.requests))
    if shared < max(part.fewest, other.fewest) or shared <= _MOST * fewer:
        return None
    return msg(
        "{ratio} of its requests are in {file} as well: a copy of it, or a backup",
        ratio=ratio(shared / fewer),
        file=other.file,
    )
