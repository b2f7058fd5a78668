"""Counts once what several files have of the same requests in the tables that go further back than the window.

One may be a backup of another, or the archive of one that keeps few days, and rotated ones may overlap. The trend and
the error budget say of each step of the time how many requests it had and when they were: where two files say the same
of many steps in a row, it is the same requests. Whether a whole file is a copy cannot be known from some of its
requests, and to read it once more would cost the gateway as much again.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import combinations, groupby
from operator import add, le
from typing import NamedTuple

from msgspec import structs

from llmgw_report.model.database import Database, Table, number


class _Columns(NamedTuple):
    """Of a table by steps of the time: that of the step, of its requests, and of other numbers of them."""

    step: str
    requests: tuple[str, ...]
    others: tuple[str, ...]


#: The tables that go further back than the window.
TABLES = {
    "trend": _Columns("bucket", ("requests",), ("errors", "error_rows")),
    "budget": _Columns("part", ("good", "bad"), ("undone",)),
}
_TIMES, _TIMED, _MEAN = "times_ms", "timed", "mean_seconds"
#: What proves that requests are the same: so many steps in a row that are, in which durations differ. What has a
#: schedule, such as a probe, asks every replica at the same seconds, or in the same millisecond, but does not take as
#: long at both. Where durations are unknown, or a file has fewer steps: as many requests in steps whose times have
#: milliseconds.
_IN_A_ROW = 8


class _Step(NamedTuple):
    """What a file says of a step of the time: its requests, the sum of their times, all its numbers, and durations.

    Durations are to the microsecond: a sum depends on the order in which it is made.
    """

    requests: float
    times_ms: float
    numbers: tuple[float, ...]
    timed: float
    seconds: float

    def mean_seconds(self) -> float | None:
        """None where no duration is known."""
        return round(self.seconds / self.timed, 6) if self.timed else None


_Steps = Mapping[int, _Step]
_Pair = tuple[str, str]
"""Two files, the one that was named first before the other."""
_Places = AbstractSet[tuple[str, int]]
"""Steps of tables."""


class Repeats(NamedTuple):
    """The database of a file without the steps that another file has too, and one that has; None if none."""

    file: str
    rest: Database
    other: str | None


class CountedOnce:
    """The steps of the time of files of one product, and which of them the same requests are in."""

    def __init__(self, databases: Mapping[str, Database]) -> None:
        self._databases = databases
        self._steps = {
            file: {name: found for name in TABLES if (found := _steps_of(one.tables.get(name)))}
            for file, one in databases.items()
        }
        self._pairs = dict.fromkeys(filter(self._is_proven, self._candidates()))
        # Of three files that agree in a step two were not compared yet.
        self._pairs |= dict.fromkeys(filter(self._is_proven, self._through_another()))

    def related(self, one: str, other: str) -> bool:
        """Whether some of the requests of one file are in the other."""
        return (one, other) in self._pairs or (other, one) in self._pairs

    def repeats(self, copies: AbstractSet[str]) -> Iterator[Repeats]:
        """What every file has that is related to another one; some are known to be `copies`."""
        dropped, by = defaultdict[str, set[tuple[str, int]]](set), dict[str, str]()
        for one, other in self._pairs:
            for name, mine, theirs in self._common(one, other):
                equal = {place for place in mine if mine[place] == theirs.get(place)}
                repeated = {
                    one: _cut(mine, theirs, equal, is_copy=one in copies),
                    other: equal | _cut(theirs, mine, equal, is_copy=other in copies),
                }
                for file, places in repeated.items():
                    dropped[file] |= {(name, place) for place in places}
                    if places:
                        by.setdefault(file, one if file == other else other)
        for file in dict.fromkeys(file for pair in self._pairs for file in pair):
            yield Repeats(file, _without(self._databases[file], dropped[file]), by.get(file))

    def _common(self, one: str, other: str) -> Iterator[tuple[str, _Steps, _Steps]]:
        """The tables that both files have."""
        mine, theirs = self._steps[one], self._steps[other]
        yield from ((name, mine[name], theirs[name]) for name in mine if name in theirs)

    def _is_proven(self, pair: _Pair) -> bool:
        return any(_is_proof(mine, theirs) for _, mine, theirs in self._common(*pair))

    def _through_another(self) -> Iterator[_Pair]:
        """Pairs of files that are related to the same one."""
        places = {file: place for place, file in enumerate(self._databases)}
        beside = defaultdict[str, list[str]](list)
        for one, other in self._pairs:
            beside[one].append(other)
            beside[other].append(one)
        pairs = {pair for its in beside.values() for pair in combinations(sorted(its, key=places.__getitem__), 2)}
        yield from sorted(pairs.difference(self._pairs))

    def _candidates(self) -> Iterator[_Pair]:
        """Pairs of files that agree in enough steps: of many that agree in one each is compared with the first."""
        agreed = Counter[tuple[str, _Pair]]()
        for name in TABLES:
            steps = {file: its[name] for file, its in self._steps.items() if name in its}
            for place in sorted(set().union(*steps.values())):
                first = dict[_Step, str]()
                for file, its in steps.items():
                    step = its.get(place)
                    if step and step.requests and (other := first.setdefault(step, file)) != file:
                        agreed[name, (other, file)] += 1
        found = (
            pair for (name, pair), n in agreed.items() if n >= min(_fewest(self._steps[file][name]) for file in pair)
        )
        yield from dict.fromkeys(found)


def _fewest(steps: _Steps) -> int:
    """In how many steps a file has to agree with another one: in all that it has, if these are few."""
    return min(_IN_A_ROW, len(steps))


def _is_proof(one: _Steps, other: _Steps) -> bool:
    same = _longest(one, other)
    if len(same) < min(_fewest(one), _fewest(other)):
        return False
    means = [mean for step in same if (mean := step.mean_seconds()) is not None]
    if len(means) < _IN_A_ROW:
        return sum(step.requests for step in same if step.times_ms % 1000) >= _IN_A_ROW
    # Whole seconds are few different ones, however many steps there are.
    return 2 * len(set(means)) >= min(len(means), 2 * _IN_A_ROW)


def _longest(one: _Steps, other: _Steps) -> list[_Step]:
    """The most steps in a row, of those that both files have, of which they say the same."""
    places = sorted(one.keys() & other.keys())
    rows = ([one[place] for place in its] for same, its in groupby(places, lambda at: one[at] == other[at]) if same)
    return max(rows, key=len, default=[])


def _cut(mine: _Steps, theirs: _Steps, equal: AbstractSet[int], *, is_copy: bool) -> set[int]:
    """The first and the last step of a file that was cut there: beside one that is equal, and part of the other's.

    The other one goes on, unless this is known to be a copy. Of two clones that end there each has its own requests.
    """
    places = sorted(mine)
    ends = ((places[0], places[1]), (places[-1], places[-2])) if places[1:] else ()
    return {
        end
        for end, beside in ends
        if beside in equal
        and end not in equal
        and end in theirs
        and _is_part(mine[end], theirs[end])
        and (is_copy or (min(theirs) < end if end < beside else end < max(theirs)))
    }


def _is_part(one: _Step, other: _Step) -> bool:
    """Whether the requests of one may be some of those of the other: it has fewer, and no more that ended alike."""
    return one.requests < other.requests and all(map(le, one.numbers, other.numbers))


def _steps_of(table: Table | None) -> _Steps:
    """What a table says by step of the time; nothing if it does not say when the requests of a step were."""
    if table is None or not table.builtin:
        return {}
    columns = TABLES[table.name]
    if not {columns.step, _TIMES, *columns.requests} <= set(table.columns):
        return {}
    at = {name: table.columns.index(name) for name in table.columns}
    numbers = [at[name] for name in (*columns.requests, *columns.others) if name in at]
    found = dict[int, _Step]()
    for row in table.rows:
        place, times_ms = row[at[columns.step]], row[at[_TIMES]]
        if not (isinstance(place, int) and isinstance(times_ms, int)):
            continue
        timed, mean = (number(row[at[name]]) if name in at else 0.0 for name in (_TIMED, _MEAN))
        counts = tuple(number(row[n]) for n in numbers)
        step = _Step(sum(counts[: len(columns.requests)]), times_ms, counts, timed, round(timed * mean, 6))
        found[place] = _together(found[place], step) if place in found else step
    return found


def _together(one: _Step, other: _Step) -> _Step:
    """The rows of one step, of which some are in a shorter window."""
    return _Step(
        one.requests + other.requests,
        one.times_ms + other.times_ms,
        tuple(map(add, one.numbers, other.numbers)),
        one.timed + other.timed,
        round(one.seconds + other.seconds, 6),
    )


def _without(database: Database, dropped: _Places) -> Database:
    """The database without the rows of steps of its tables."""
    tables = dict(database.tables)
    for name in {name for name, _ in dropped}:
        table = tables[name]
        place = table.columns.index(TABLES[name].step)
        rows = tuple(row for row in table.rows if (name, row[place]) not in dropped)
        tables[name] = structs.replace(table, rows=rows)
    return structs.replace(database, tables=tables)
