"""Makes one database of those that several processes of a gateway wrote: what adds up is added, and nothing else.

Counts, sums, buckets of time and the sketches of durations are exact. A percentile of several files is read off the
added sketch, which says between which two durations it lies: no mean of percentiles is one. Distinct sessions, saved
counters and the age of a process are of one file each, and are left out.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from math import isfinite

import msgspec
from msgspec import Struct, structs

from llmgw_report.gateways.rows import RECORDS
from llmgw_report.messages import msg
from llmgw_report.model.database import Database, FailedQuery, Reading, Table, Value, number
from llmgw_report.model.moments import EachMoment, Moments
from llmgw_report.model.outcomes import DIMENSIONS
from llmgw_report.model.quantities import DURATIONS, INTERVAL_FIELDS, PERCENTILES, ROW_FIGURES, TOKEN_TYPES
from llmgw_report.pipeline.counted_once import TABLES
from llmgw_report.pipeline.event_runs import Key
from llmgw_report.pipeline.tally import Counts, Tally

Row = dict[str, Value]
Cells = Sequence[Value]
Fold = Callable[[Cells], Value]

#: The column with the name of a row's process, beside those of the query, and the queries whose rows stay apart by it.
TARGET = "target"
_APART = frozenset({"outcomes", "attempted", "instances", "health"})
#: What a file says of its own process alone.
_OF_ONE = {
    "sessions": msg("a session that two files have would count twice"),
    "snapshots": msg("counters of several processes are no series"),
    "started": msg("each of several processes has a start of its own"),
}


class Merging(Struct, frozen=True):
    """How the rows of one query become one for each `key`; columns that `fold` does not name add up."""

    key: tuple[str, ...]
    fold: Mapping[str, Fold] = {}


def _text(found: object) -> str:
    return msgspec.json.encode(found).decode()


def _known(cells: Cells) -> list[float]:
    return [cell for cell in cells if isinstance(cell, (int, float))]


def _sum(cells: Cells) -> Value:
    """NULL where no file has a number: absent is not zero."""
    known = _known(cells)
    return sum(known) if known else None


def _least(cells: Cells) -> Value:
    return min(_known(cells), default=None)


def _least_of_all(cells: Cells) -> Value:
    """NULL if one file does not know it: its own may be the least."""
    return None if None in cells else _least(cells)


def _most(cells: Cells) -> Value:
    return max(_known(cells), default=None)


def _known_elements(cells: Cells) -> Value:
    """All elements of those JSON arrays that there are."""
    return _joined([cell for cell in cells if isinstance(cell, str)])


def _joined(cells: Cells) -> Value:
    """All elements of JSON arrays; NULL if one file did not count them."""
    if not all(isinstance(cell, str) for cell in cells):
        return None
    return _text([one for cell in cells for one in msgspec.json.decode(str(cell))])


_MERGED = {
    "tables": Merging(("name",), {"first_ms": _least, "last_ms": _most, "newest_ms": _most}),
    "levels": Merging(("level", "rest_of")),
    "error_patterns": Merging(
        ("level", "message", "outcome"),
        {
            **dict.fromkeys(("providers", "instances"), _known_elements),
            "first_ms": _least,
            "last_ms": _most,
            "buckets": _joined,
            "began_ms": _least_of_all,
        },
    ),
    "window": Merging(()),
    "requests": Merging(()),
    "attempts": Merging(()),
    "token_efficiency": Merging(("model",)),
    "budget": Merging(("window_seconds",)),
}
_READINGS: tuple[Reading, ...] = ("short transactions", "copy", "live")


def merged(parts: Sequence[Database], top: int, of: int, past: Sequence[Database] = ()) -> Database:
    """One database of several of one product, the outcomes and states of each beside its name.

    Lists of the longest or newest have `top` rows. `of` so many databases these are the ones that could be read; of
    those of the `past` only what goes further back than the window counts.
    """
    names = dict.fromkeys(name for part in parts for name in part.tables)
    failed = {one.name: one for part in parts for one in _failed(part)}
    tables = {}
    for name in names:
        found = {part.target: part.tables[name] for part in parts if name in part.tables}
        own = not any(table.builtin for table in found.values())
        earlier = {one.target: one.tables[name] for one in past if name in one.tables and name in TABLES and not own}
        if own or (name not in failed and name not in _OF_ONE):
            tables[name] = _titled(_table(found | earlier, top), len(found), of)
    first = parts[0]
    alone = (FailedQuery(name=name, title=name, reason=_OF_ONE[name], missing_column=True) for name in _OF_ONE)
    absent = {one.name: one for part in parts for one in part.failed if one.missing_column and one.name not in names}
    return structs.replace(
        first,
        target=", ".join(part.target for part in parts),
        tables=tables,
        failed=(*failed.values(), *absent.values(), *(one for one in alone if one.name in names)),
        read_seconds=sum(part.read_seconds for part in parts),
        left=(),
        reading=next(one for one in _READINGS if any(part.reading == one for part in parts)),
        files=tuple(part.target for part in parts),
    )


def _titled(table: Table, n: int, of: int) -> Table:
    """The table, its title saying of how many databases the figures are that are made of it."""
    if table.name not in {"traffic", "trend"}:
        return table
    title = msg("{rows} (of {n} of {all} databases)", rows=msg(table.title), n=n, all=of)
    return structs.replace(table, title=title)


def _failed(part: Database) -> Iterable[FailedQuery]:
    """Queries that failed in one file: a sum over the others would look like the sum over all."""
    for one in part.failed:
        if not one.missing_column:
            yield structs.replace(one, reason=msg("{target}: {reason}", target=part.target, reason=msg(one.reason)))


def _table(of: Mapping[str, Table], top: int) -> Table:
    """One table of those that a query returned of each file."""
    found = list(of.values())
    first = found[0]
    if first.name in _APART and (apart := _each_moment(of)) is not None:
        return apart
    columns = tuple(dict.fromkeys(name for one in found for name in one.columns))
    rows = [[dict(zip(one.columns, row, strict=True)) for row in one.rows] for one in found]
    if first.name not in RECORDS or not first.builtin:
        columns, together = _of_users(columns, rows, list(of))
    elif first.name in _APART:
        columns, together = (*columns, TARGET), _beside(rows, of)
    elif first.name == "traffic":
        columns = (*columns, "files", TARGET)
        together = [_traffic(its) for its in _grouped([row for its in rows for row in its], ("total", "grp"))]
        together += [row | {"files": 1} for row in _beside(rows, of) if row["total"]]
    else:
        columns, together = _added(first.name, columns, rows, top)
    return _of_all(found, columns, tuple(tuple(row.get(name) for name in columns) for row in together))


def _beside(rows: Sequence[Sequence[Row]], of: Iterable[str]) -> list[Row]:
    """All rows, each with its file."""
    return [row | {TARGET: target} for target, its in zip(of, rows, strict=True) for row in its]


def _of_all(found: Sequence[Table], columns: tuple[str, ...], rows: Sequence[Cells]) -> Table:
    return structs.replace(
        found[0],
        columns=columns,
        rows=rows,
        elapsed_seconds=sum(one.elapsed_seconds for one in found),
        truncated=any(one.truncated for one in found),
    )


def _each_moment(of: Mapping[str, Table]) -> Table | None:
    """The rows of each beside its file, where all of them share what is alike: a busy gateway has a million of them."""
    found = list(of.values())
    columns, alike, moments = found[0].columns, list[Cells](), Moments()
    for target, one in of.items():
        if not isinstance(one.rows, EachMoment) or one.columns != columns:
            return None
        alike += ((*row, target) for row in one.rows.alike)
        moments.extend(one.rows.moments)
        at = one.rows.at
    return _of_all(found, (*columns, TARGET), EachMoment(alike, moments, at))


def _of_users(
    columns: tuple[str, ...], rows: Sequence[Sequence[Row]], targets: Sequence[str]
) -> tuple[tuple[str, ...], list[Row]]:
    """Rows of a query that nobody knows how to add: each beside its file, which comes last so that `first` stays."""
    name = next(one for one in ("target", "target_file", "llmgw_target") if one not in columns)
    together = [row | {name: target} for target, its in zip(targets, rows, strict=True) for row in its]
    return (*columns, name), together


def _added(
    name: str, columns: tuple[str, ...], rows: Sequence[Sequence[Row]], top: int
) -> tuple[tuple[str, ...], list[Row]]:
    together = [row for its in rows for row in its]
    if name == "trend":
        return columns, [_bucket(its) for its in _grouped(together, ("bucket",))]
    if name == "slow_requests":
        matches = sum(round(number(its[0]["matches"])) for its in rows if its)
        longest = sorted(together, key=lambda row: -number(row["duration_seconds"]))
        return columns, [row | {"matches": matches} for row in longest[:top]]
    if name == "recent_logs":
        newest = sorted(together, key=lambda row: -number(row["time_ms"]))
        return columns, newest[:top]
    how = _MERGED[name]
    return columns, [_row(its, how) for its in _grouped(together, how.key)]


def _grouped(rows: Iterable[Row], key: tuple[str, ...]) -> list[list[Row]]:
    groups: dict[Cells, list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row.get(name) for name in key), []).append(row)
    return list(groups.values())


def _row(rows: Sequence[Row], how: Merging) -> Row:
    if len(rows) == 1:
        return rows[0]
    names = dict.fromkeys(name for row in rows for name in row)
    return {
        name: rows[0][name] if name in how.key else how.fold.get(name, _sum)([row.get(name) for row in rows])
        for name in names
    }


def _bucket(rows: Sequence[Row]) -> Row:
    """One bucket of the trend, on the grid that all files share."""
    mean = _mean([(row.get("timed"), row.get("mean_seconds")) for row in rows])
    return _row(rows, Merging(("bucket",), {"mean_seconds": lambda _: mean, "buckets": _sketch}))


def _mean(found: Iterable[tuple[Value, Value]]) -> float | None:
    known = [(number(n), number(mean)) for n, mean in found if n and mean is not None]
    total = sum(n for n, _ in known)
    return sum(n * mean for n, mean in known) / total if total else None


#: Prefix of the columns of each latency family.
_PREFIXES = tuple("" if one.by_name else f"{one.field}_" for one in DURATIONS)
_RANKS = (*(f"{name}_seconds" for name in PERCENTILES), *INTERVAL_FIELDS)
_ADDED = ("requests", "counted", "implausible", *(one.column for one in TOKEN_TYPES.values()))


def _traffic(rows: Sequence[Row]) -> Row:
    """One group of several files; its percentiles are those of one file, or of the sketch of all."""
    if len(rows) == 1:
        return rows[0] | {"files": 1}
    found: Row = {name: rows[0].get(name) for name in ("total", "grp")}
    found |= {name: _sum([row.get(name) for row in rows]) for name in _ADDED}
    for figure in ROW_FIGURES:
        known = _known([row.get(figure.field) for row in rows])
        together = figure.together(known) if known else None
        found[figure.field] = together if together is not None and isfinite(together) else None
    for prefix in _PREFIXES:
        found |= _durations(rows, prefix)
    return found | {"files": max(1, sum(bool(row.get("requests")) for row in rows))}


def _durations(rows: Sequence[Row], prefix: str) -> Row:
    own = [row for row in rows if row.get(f"{prefix}observed")]
    names = (f"{prefix}mean_seconds", f"{prefix}buckets", *(f"{prefix}{rank}" for rank in _RANKS))
    observed = _sum([row.get(f"{prefix}observed") for row in rows])
    if len(own) == 1:
        return {name: own[0].get(name) for name in names} | {f"{prefix}observed": observed}
    mean = _mean([(row.get(f"{prefix}observed"), row.get(f"{prefix}mean_seconds")) for row in own])
    sketch = _sketch([row.get(f"{prefix}buckets") for row in own])
    return {f"{prefix}observed": observed, f"{prefix}mean_seconds": mean, f"{prefix}buckets": sketch}


def _sketch(cells: Cells) -> str | None:
    """The added sketch; None if one file has none: the rest would look like all of it."""
    if not cells or not all(isinstance(cell, str) for cell in cells):
        return None
    counted: dict[str, int] = {}
    for cell in cells:
        for place, n in msgspec.json.decode(str(cell)).items():
            counted[place] = counted.get(place, 0) + n
    return _text(counted)


def added(parts: Iterable[Tally]) -> Tally:
    """What several processes counted; each of their names is one of the sum, which has no more of them than another."""
    whole = Tally()
    for part in parts:
        for key, counts in part.counts.items():
            _add(whole.counts[_key(whole, key)], counts)
        whole.events.extend(part.events, partial(_key, whole))
        for names, counts in part.cells.items():
            named = (whole.named(dimension, name) for dimension, name in zip(DIMENSIONS, names, strict=True))
            _add(whole.cells[tuple(named)], counts)
        for key, at_ms in part.unobserved_at.items():
            own = _key(whole, key)
            whole.unobserved_at[own] = max(at_ms, whole.unobserved_at.get(own, at_ms))
    return whole


def _add(whole: Counts, part: Counts) -> None:
    for outcome, n in part.items():
        whole[outcome] += n


def _key(whole: Tally, key: Key) -> Key:
    """The subject of a part by the names of the sum."""
    theirs = dict(key)
    ours = {str(one): whole.named(one, theirs[one]) for one in DIMENSIONS if one in theirs}
    return tuple((dimension, ours[dimension] or name) for dimension, name in key)
