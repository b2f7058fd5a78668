"""Finds files whose requests are those of another one: a copy, or a backup that is behind."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import groupby, pairwise
from math import sqrt
from typing import NamedTuple

from llmgw_report.messages import Message, msg
from llmgw_report.model.database import Database, Row, Table
from llmgw_report.units import ratio

#: Of the moments that a file does not share by chance: from which on it is a copy, and from which on some of its
#: requests may be in both, by the milliseconds that times are multiples of.
_COPY, _PARTLY = 0.5, {1: 0.05, 1000: 0.5}
#: Of the moments in the time that two files have in common. Where clients send their requests in bursts, two replicas
#: share moments too, and have others of their own between them.
_ALL = 0.9
#: Moments that two files share beyond chance at least, by the milliseconds that their times are multiples of, and more
#: in times of how much chance varies.
_FEWEST, _VARIES = {1: 2, 1000: 10}, 4
#: Moments from which on they have a schedule if most of them are as long after the one before, with as many requests.
_SCHEDULED = 5
#: In which a rate is about the same.
_RATE_MS = 600_000
#: What a request is told by, beside its time.
_NAMES = ("outcome", "provider", "instance", "model", "api_key")


class _Requests(NamedTuple):
    """Of a file; `moments` are the hashes of a time, names, and how many requests of these names were then.

    `times` are those of the moments, and `step` what all of them are multiples of, in milliseconds; `numbers` are how
    many requests. `rates` are how many moments with such names and such a number there were in each ten minutes.
    """

    file: str
    place: int
    rows: Sequence[Row]
    total: float
    moments: "array[int]"
    times: "array[float]"
    numbers: "array[int]"
    rates: Counter[int]
    step: int


class Shared(NamedTuple):
    """What a file has in common with another one: it is a copy, or some of its requests may count twice."""

    file: str
    words: Message
    copied: bool


def copies(databases: Mapping[str, Database], related: Callable[[str, str], bool]) -> Iterator[Shared]:
    """Each file that is a copy of another one in the window, or may be in part, and why it is taken for that.

    Two processes have requests at the same moments by chance alone: how many that are, their rates say. Few of them
    prove nothing, but for two files that are `related`: before the window they have the same requests. Of two files the
    one with fewer requests is the copy, and of two that are alike the later one.
    """
    kept: list[_Requests] = []
    for part in sorted(_parts(databases), key=lambda one: (-one.total, one.place)):
        found = [shared for other in kept if (shared := _shared(part, other, related(part.file, other.file)))]
        if not any(one.copied for one in found):
            kept.append(part)
        yield from sorted(found, key=lambda one: not one.copied)[:1]


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
    moments, at, numbers, rates, step = array("q"), array("d"), array("q"), Counter[int](), 1000
    for own, times in alike.items():
        for at_ms, its in groupby(sorted(times)):
            n = sum(1 for _ in its)
            moments.append(hash((own, at_ms, n)))
            at.append(at_ms)
            numbers.append(n)
            rates[hash((own, at_ms // _RATE_MS, n))] += 1
            step = step if at_ms % step == 0 else 1
    return _Requests(file, place, table.rows, total, moments, at, numbers, rates, step)


def _shared(part: _Requests, other: _Requests, related: bool) -> Shared | None:  # noqa: FBT001 - a fact about both
    step = min(part.step, other.step)
    both = set(part.moments).intersection(other.moments)
    if step != 1 and not related and _have_schedule(part, both):
        return None
    if len(part.rows) > 1 and part.rows == other.rows:
        return Shared(part.file, msg("it has the same requests as {file}: a copy of it", file=other.file), copied=True)
    chance = sum(n * min(1.0, other.rates[one] * step / _RATE_MS) for one, n in part.rates.items())
    beyond, rest = len(both) - chance, len(part.moments) - chance
    # What has a schedule asks also files that are related at the same whole seconds.
    fewest = 0 if related and step == 1 else _FEWEST[step]
    if not both or beyond < fewest + _VARIES * sqrt(chance):
        return None
    share = ratio(len(both) / len(part.moments))
    if beyond > _COPY * rest:
        words = msg(
            "{ratio} of its requests are in {file} as well: a copy of it, or a backup", ratio=share, file=other.file
        )
        return Shared(part.file, words, copied=True)
    if beyond <= _PARTLY[step] * rest or not _overlap(part, other, both):
        return None
    words = msg("about {ratio} of its requests may be in {file} as well, and count twice", ratio=share, file=other.file)
    return Shared(part.file, words, copied=False)


def _have_schedule(part: _Requests, both: AbstractSet[int]) -> bool:
    """Whether most of what two files share is as regular as a probe, which asks every replica at the same seconds."""
    each = sorted(
        (at, n) for at, n, moment in zip(part.times, part.numbers, part.moments, strict=True) if moment in both
    )
    steps = Counter((later - earlier, n) for (earlier, _), (later, n) in pairwise(each))
    return len(each) > _SCHEDULED and 2 * max(steps.values()) >= len(each)


def _overlap(part: _Requests, other: _Requests, both: AbstractSet[int]) -> bool:
    """Whether two files share nearly all moments of a time."""
    shared = [at for at, moment in zip(part.times, part.moments, strict=True) if moment in both]
    first, last = min(shared), max(shared)
    return all(len(shared) >= _ALL * sum(first <= at <= last for at in one.times) for one in (part, other))
