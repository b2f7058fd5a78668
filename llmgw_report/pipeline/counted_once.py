"""Counts once what several files have of the same requests in the tables that go further back than the window.

One may be a backup of another, or the archive of one that keeps few days, and rotated ones may overlap. The trend and
the error budget say of each part of the time how many requests it had and when they were: where two files say the same,
it is the same requests. Where one of them begins or ends inside a part, the other has more of it. Whether a whole file
is a copy cannot be told from some of its requests, and to read it once more would cost the gateway as much again.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from msgspec import structs

from llmgw_report.model.database import Database, Table, Value, number


class _Columns(NamedTuple):
    """Of a table by parts of the time: that of the part, those that add up to its requests, and others that tell it."""

    part: str
    requests: tuple[str, ...]
    others: tuple[str, ...]


#: A mean is none of them: it depends on the order of the rows.
_TABLES = {
    "trend": _Columns("bucket", ("requests",), ("errors", "error_rows", "timed")),
    "budget": _Columns("part", ("good", "bad"), ("undone",)),
}
_TIMES = "times_ms"
#: What proves that requests are the same: so many of them in parts whose times add up to no whole second, or so many
#: parts that differ from one another. A probe at whole seconds is the same in every replica, and in every part of the
#: time but the first and the last.
_REQUESTS, _DIFFERENT = 3, 4


class _Part(NamedTuple):
    """What a file says of a part of the time: its requests, the sum of their times, and other columns."""

    requests: float
    times_ms: float
    others: tuple[Value, ...]


_Parts = Mapping[int, _Part]
_Pair = tuple[str, str]
"""Two files, the one that was named first before the other."""


class Repeats(NamedTuple):
    """The database of a file without the parts of which another file has as much, and one that has; None if none."""

    file: str
    rest: Database
    other: str | None


class CountedOnce:
    """The parts of the time of files of one product, and which of them the same requests are in."""

    def __init__(self, databases: Mapping[str, Database]) -> None:
        self._databases = databases
        self._parts = {
            file: {name: found for name in _TABLES if (found := _parts_of(one.tables.get(name)))}
            for file, one in databases.items()
        }
        self._shared = dict(self._proven())

    def related(self, one: str, other: str) -> bool:
        """Whether some of the requests of one file are in the other."""
        return bool({(one, other), (other, one)} & self._shared.keys())

    def repeats(self) -> Iterator[Repeats]:
        """What every file has that is related to another one."""
        dropped, by = defaultdict[str, set[tuple[str, int]]](set), dict[str, str]()
        for (one, other), places in self._shared.items():
            for name, its in places.items():
                mine, theirs = self._parts[one][name], self._parts[other][name]
                for place in (mine.keys() & theirs.keys()).intersection(its):
                    most, least = (one, other) if mine[place].requests >= theirs[place].requests else (other, one)
                    dropped[least].add((name, place))
                    by.setdefault(least, most)
        for file in dict.fromkeys(file for pair in self._shared for file in pair):
            yield Repeats(file, _without(self._databases[file], dropped[file]), by.get(file))

    def _proven(self) -> Iterator[tuple[_Pair, dict[str, range]]]:
        """Each pair of files with the same requests, and in which parts of each table these are."""
        for one, other in self._alike():
            same = {
                name: found
                for name in self._parts[one].keys() & self._parts[other].keys()
                if (found := _same(self._parts[one][name], self._parts[other][name]))
            }
            if any(map(_prove, same.values())):
                # The part in which one of them begins or ends is not the same.
                yield (one, other), {name: range(min(its) - 1, max(its) + 2) for name, its in same.items()}

    def _alike(self) -> Iterator[_Pair]:
        """Pairs of files that may be the same in part: of many with the same part each is compared with the first."""
        agreed = defaultdict[_Pair, dict[str, dict[int, _Part]]](dict)
        for name in _TABLES:
            parts = {file: its[name] for file, its in self._parts.items() if name in its}
            for place in sorted(set().union(*parts.values())):
                first = dict[_Part, str]()
                for file, its in parts.items():
                    part = its.get(place)
                    if part and part.requests and (other := first.setdefault(part, file)) != file:
                        agreed[other, file].setdefault(name, {})[place] = part
        yield from (pair for pair, tables in agreed.items() if any(map(_prove, tables.values())))


def _same(one: _Parts, other: _Parts) -> _Parts:
    """The parts of which both say the same; none if these lie among others: then it is chance."""
    same = {place: part for place, part in one.items() if part.requests and other.get(place) == part}
    if not same:
        return {}
    both = sum(place in other for place in one if min(same) <= place <= max(same))
    return same if 2 * len(same) >= both else {}


def _prove(same: _Parts) -> bool:
    exact = sum(part.requests for part in same.values() if part.times_ms % 1000)
    return exact >= _REQUESTS or len(set(same.values())) >= _DIFFERENT


def _parts_of(table: Table | None) -> _Parts:
    """What a table says by part of the time; nothing if it does not say when the requests of a part were."""
    if table is None or not table.builtin:
        return {}
    columns = _TABLES[table.name]
    if not {columns.part, _TIMES, *columns.requests} <= set(table.columns):
        return {}
    place, times_ms = table.columns.index(columns.part), table.columns.index(_TIMES)
    requests = [table.columns.index(name) for name in columns.requests]
    others = [table.columns.index(name) for name in columns.others if name in table.columns]
    found = dict[int, _Part]()
    for row in table.rows:
        one, at_ms = row[place], row[times_ms]
        if isinstance(one, int) and isinstance(at_ms, int):
            part = _Part(sum(number(row[n]) for n in requests), at_ms, tuple(row[n] for n in others))
            found[one] = _together(found[one], part) if one in found else part
    return found


def _together(one: _Part, other: _Part) -> _Part:
    """The rows of one part, of which some are in a shorter window."""
    return _Part(one.requests + other.requests, one.times_ms + other.times_ms, one.others + other.others)


def _without(database: Database, dropped: AbstractSet[tuple[str, int]]) -> Database:
    """The database without the rows of parts of its tables."""
    tables = dict(database.tables)
    for name in {name for name, _ in dropped}:
        table = tables[name]
        place = table.columns.index(_TABLES[name].part)
        rows = tuple(row for row in table.rows if (name, row[place]) not in dropped)
        tables[name] = structs.replace(table, rows=rows)
    return structs.replace(database, tables=tables)
