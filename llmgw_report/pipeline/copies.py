"""Finds files whose requests are those of another one: a copy, or a backup that is behind."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from math import sqrt
from typing import NamedTuple

from llmgw_report.messages import Message, msg
from llmgw_report.model.database import Database, Row, Table
from llmgw_report.units import ratio

#: Of the moments that the file with fewer does not share by chance: from which on it is a copy, and from which on some
#: of its requests may be in both, by the milliseconds that times are multiples of. Where clients send their requests in
#: bursts, two replicas have some at the same moments, and many in the same seconds.
_COPY, _PARTLY = 0.5, {1: 0.2, 1000: 0.5}
#: Moments that two files share beyond chance at least, by the milliseconds that their times are multiples of, and more
#: in times of how much chance varies.
_FEWEST, _VARIES = {1: 2, 1000: 10}, 4
#: In which a rate is about the same.
_RATE_MS = 600_000
#: What a request is told by, beside its time.
_NAMES = ("outcome", "provider", "instance", "model", "api_key")


class _Requests(NamedTuple):
    """Of a file; `moments` are the hashes of a time, names, and how many requests of these names were then.

    `rates` are how many moments with such names and such a number there were in each ten minutes, and `step` is what
    all times are multiples of, in milliseconds.
    """

    file: str
    place: int
    rows: Sequence[Row]
    total: float
    moments: "array[int]"
    rates: Counter[int]
    step: int


class Shared(NamedTuple):
    """What a file has in common with another one: it is a copy, or some of its requests may count twice."""

    file: str
    words: Message
    copied: bool


def copies(databases: Mapping[str, Database]) -> Iterator[Shared]:
    """Each file that is a copy of another one, or may be in part, and why it is taken for that.

    Two processes have requests at the same moments by chance alone: how many that are, their rates say. Of two files
    the one with fewer requests is the copy, and of two that are alike the later one.
    """
    kept: list[_Requests] = []
    for part in sorted(_parts(databases), key=lambda one: (-one.total, one.place)):
        found = [shared for other in kept if (shared := _shared(part, other))]
        if not any(one.copied for one in found):
            kept.append(part)
        yield from sorted(found, key=lambda one: not one.copied)[:1]


def compared(file: str, database: Database | None, other: str, whole: Database | None) -> list[Shared]:
    """What a file has in common with one other, also where it has requests that this has no more."""
    parts = list(_parts({name: one for name, one in ((file, database), (other, whole)) if one}))
    if len(parts) != 2:  # noqa: PLR2004 - both of them
        return [not_compared(file, other)]
    shared = _shared(*parts)
    return [shared] if shared else []


def not_compared(file: str, other: str) -> Shared:
    """That nobody knows what they have in common before the window."""
    words = msg("it was not compared with {file} before the window: of a copy, requests count twice", file=other)
    return Shared(file, words, copied=False)


def _parts(databases: Mapping[str, Database]) -> Iterator[_Requests]:
    for place, (file, one) in enumerate(databases.items()):
        table = one.tables.get("outcomes")
        if table and {"time_ms", "outcome", "requests"} <= set(table.columns):
            yield _part(file, place, table)


def _no_times() -> "array[float]":
    return array("d")


def _part(file: str, place: int, table: Table) -> _Requests:
    time, count = table.columns.index("time_ms"), table.columns.index("requests")
    names = [table.columns.index(name) for name in (*_NAMES, "requests") if name in table.columns]
    alike: dict[int, array[float]] = defaultdict(_no_times)
    total = 0.0
    for row in table.rows:
        at_ms, n = row[time], row[count]
        total += n if isinstance(n, (int, float)) else 0
        if isinstance(at_ms, (int, float)):
            alike[hash(tuple(row[name] for name in names))].append(at_ms)
    moments, rates, step = array("q"), Counter[int](), 1000
    for own, times in alike.items():
        for at_ms, its in groupby(sorted(times)):
            n = sum(1 for _ in its)
            moments.append(hash((own, at_ms, n)))
            rates[hash((own, at_ms // _RATE_MS, n))] += 1
            step = step if at_ms % step == 0 else 1
    return _Requests(file, place, table.rows, total, moments, rates, step)


def _shared(part: _Requests, other: _Requests) -> Shared | None:
    if len(part.rows) > 1 and part.rows == other.rows:
        return Shared(part.file, msg("it has the same requests as {file}: a copy of it", file=other.file), copied=True)
    fewer, more = sorted((part, other), key=lambda one: len(one.moments))
    step = min(part.step, other.step)
    shared = len(set(fewer.moments).intersection(more.moments))
    chance = sum(n * min(1.0, more.rates[one] * step / _RATE_MS) for one, n in fewer.rates.items())
    beyond, rest = shared - chance, len(fewer.moments) - chance
    if beyond < _FEWEST[step] + _VARIES * sqrt(chance) or beyond <= _PARTLY[step] * rest:
        return None
    copied, part_of_it = beyond > _COPY * rest, ratio(shared / len(part.moments))
    words = (
        msg(
            "{ratio} of its requests are in {file} as well: a copy of it, or a backup",
            ratio=part_of_it,
            file=other.file,
        )
        if copied
        else msg(
            "about {ratio} of its requests may be in {file} as well, and count twice", ratio=part_of_it, file=other.file
        )
    )
    return Shared(part.file, words, copied)
