"""What earlier runs say: read before the sources are, so that a damaged file ends a run before any slow work."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing

import msgspec
from msgspec import Struct, structs

from llmgw_report.history.chain import Chain, chain
from llmgw_report.history.clock import Dated, dated
from llmgw_report.history.file import connect, refused
from llmgw_report.history.pruning import KEPT_MS, LATE_MS
from llmgw_report.history.runs import PastRun, Reading, Timed, unpacked, unpacked_latency
from llmgw_report.model.run import Clock
from llmgw_report.model.timestamp import CLOCKS_DIFFER_MS

#: Of these a list of changes is made.
_NEWEST_RUNS = 20
#: Of these the latency is read, which takes longer than all figures that lie beside the readings.
_TIMED_RUNS = 30


class KnownErrors(Struct, frozen=True, kw_only=True):
    """Digests of the error patterns of runs that are a window old; `rows` and `hidden` are of the newest of them."""

    gateway: str
    digests: frozenset[str]
    rows: int
    hidden: int


class WindowSum(Struct, frozen=True, kw_only=True):
    """Good and bad requests since the run at `since_ms`, as far as the steps say: they took `counted_ms` together."""

    good: int = 0
    bad: int = 0
    counted_ms: int = 0
    since_ms: int = 0


class Loaded(Struct, frozen=True, kw_only=True):
    """What the file says before the sources are read.

    `runs` are those from the one that is subtracted on, the newest last; `readings` are theirs by id, of the few that
    can be needed. `steps` are what was counted between runs (time, time before, requests, bad), `counted` is by the
    seconds of a window. `onsets` are times of runs since which something did not pass, of which the run before was
    evaluated. `timed` are the newest of the runs with their latencies.
    """

    count: int
    first_ms: int | None
    runs: tuple[PastRun, ...] = ()
    newest: tuple[PastRun, ...] = ()
    readings: dict[int, Reading] = {}
    steps: tuple[tuple[int, int, int, int], ...] = ()
    counted: dict[int, WindowSum] = {}
    errors: KnownErrors | None = None
    clock: Dated = Dated()
    onsets: frozenset[int] = frozenset()
    timed: tuple[Timed, ...] = ()


class Lookup(Struct, frozen=True, kw_only=True):
    """Of which source, and over which windows in milliseconds before `at_ms`; `burn_windows` are in seconds.

    `with_log`: this run reads a log as well, whose patterns are compared. `number` is that of the clock by which the
    runs are to be dated, once it is known.
    """

    source: str
    at_ms: int
    window_ms: int
    trend_ms: int
    burn_windows: tuple[int, ...] = ()
    clock: Clock | None = None
    with_log: bool = True
    number: int = 0


def load(path: str, wanted: Lookup) -> Loaded:
    """What earlier runs of this source say. UsageError for a file that is damaged."""
    with refused(path), closing(connect(path)) as database:
        database.execute("BEGIN")  # one state for all queries
        clock = dated(database, wanted.clock)
        wanted = structs.replace(wanted, number=clock.number)
        newest = tuple(reversed(_runs(database, wanted, f"ORDER BY at_ms DESC, id DESC LIMIT {_NEWEST_RUNS}")))
        count, first = database.execute(
            f"SELECT count(*), min(at_ms) FROM run WHERE {_USABLE}",  # noqa: S608 - of this module
            _parameters(wanted),
        ).fetchone()
        errors = _known_errors(database, wanted, newest)
        onsets = frozenset(_onsets(database, wanted, newest))
        found = Loaded(count=count, first_ms=first, newest=newest, errors=errors, clock=clock, onsets=onsets)
        last = _runs(database, wanted, f"AND {_WHOLE} ORDER BY at_ms DESC, id DESC LIMIT 1")
        return _with_counters(found, database, wanted, last[0].gateway) if last else found


def _with_counters(found: Loaded, database: sqlite3.Connection, wanted: Lookup, gateway: str) -> Loaded:
    """With what the runs counted, from the one to subtract on."""
    since_ms = _base_ms(database, wanted, gateway, wanted.window_ms, _WHOLE)
    rest = f"AND gateway = :gateway AND {_WHOLE} AND at_ms >= :from ORDER BY at_ms, id"
    runs = _runs(database, wanted, rest, gateway=gateway, **{"from": since_ms})
    return structs.replace(
        found,
        runs=tuple(runs),
        readings=_readings(database, runs, chain(runs)),
        steps=_steps(database, wanted, gateway),
        counted=_counted(database, wanted, gateway) if wanted.burn_windows else {},
        timed=tuple(_timed(database, runs[-_TIMED_RUNS:])),
    )


def _onsets(database: sqlite3.Connection, wanted: Lookup, newest: Sequence[PastRun]) -> Iterator[int]:
    """Where the run before was UNKNOWN, what did not pass may have been there already."""
    for since_ms in {since for since, _ in newest[-1].failing.values()} if newest else ():
        row = database.execute(
            f"SELECT verdict FROM run WHERE {_USABLE} AND at_ms < :since ORDER BY at_ms DESC, id DESC LIMIT 1",  # noqa: S608
            _parameters(wanted) | {"since": since_ms},
        ).fetchone()
        if row and row[0] != "unknown":
            yield since_ms


def _known_errors(database: sqlite3.Connection, wanted: Lookup, newest: Sequence[PastRun]) -> KnownErrors | None:
    """Of runs that are a window old: a later one saw what is in this window as well. None without such a log."""
    if not newest or not wanted.with_log:
        return None
    values = _parameters(wanted) | {"gateway": newest[-1].gateway, "before": _before_ms(wanted.at_ms, wanted.window_ms)}
    row = database.execute(
        f"SELECT log_rows, hidden_rows FROM run WHERE {_USABLE} AND gateway = :gateway AND at_ms <= :before"  # noqa: S608
        " AND log_rows > 0 ORDER BY at_ms DESC, id DESC LIMIT 1",
        values,
    ).fetchone()
    seen = database.execute("SELECT digest FROM pattern WHERE gateway = :gateway AND first_ms <= :before", values)
    digests = frozenset(text for (text,) in seen)
    return row and KnownErrors(gateway=newest[-1].gateway, digests=digests, rows=row[0], hidden=row[1])


def _before_ms(at_ms: int, window_ms: int) -> int:
    """A run until then is a window old. Cron does not begin each run to the second."""
    return at_ms - window_ms + min(CLOCKS_DIFFER_MS, window_ms // 10)


#: Runs that another clock dated say nothing about when.
_USABLE = "source = :source AND at_ms <= :at AND at_ms > :oldest AND clock = :clock"

#: With its counters still there.
_WHOLE = "EXISTS (SELECT 1 FROM reading WHERE reading.run = run.id)"


def _parameters(wanted: Lookup) -> dict[str, object]:
    oldest = wanted.at_ms - KEPT_MS - LATE_MS
    return {"source": wanted.source, "at": wanted.at_ms, "oldest": oldest, "clock": wanted.number}


def _runs(database: sqlite3.Connection, wanted: Lookup, rest: str, **more: object) -> list[PastRun]:
    rows = database.execute(
        f"SELECT {', '.join(_COLUMNS)} FROM run WHERE {_USABLE} {rest}",  # noqa: S608 - of this module
        _parameters(wanted) | more,
    )
    return [_past(row) for row in rows]


_COUNTS = ("requests", "success", "good", "bad")
_COLUMNS = ("id", "gateway", "at_ms", "took_ms", "started_ms", *_COUNTS, "verdict", "failing")


def _past(row: Sequence[object]) -> PastRun:
    """A run as the file says; ValueError where a column holds what none can."""
    values = dict(zip(_COLUMNS, row, strict=True))
    return msgspec.convert(values | {"failing": msgspec.json.decode(str(values["failing"] or "{}"))}, PastRun)


def _base_ms(
    database: sqlite3.Connection,
    wanted: Lookup,
    gateway: str,
    window_ms: int,
    which: str = "coalesce(requests, success) IS NOT NULL",
) -> int:
    """The time of the youngest run that is at least a window old, else of the oldest."""
    place = f"FROM run WHERE {_USABLE} AND gateway = :gateway AND {which}"
    values = _parameters(wanted) | {"gateway": gateway, "before": _before_ms(wanted.at_ms, window_ms)}
    query = (
        f"SELECT coalesce((SELECT at_ms {place} AND at_ms <= :before ORDER BY at_ms DESC LIMIT 1),"
        f" (SELECT at_ms {place} ORDER BY at_ms LIMIT 1))"
    )
    found: int = database.execute(query, values).fetchone()[0]
    return found


_SUMMED = ("good", "bad", "ms")


def _counted(database: sqlite3.Connection, wanted: Lookup, gateway: str) -> dict[int, WindowSum]:
    """What the steps of each window counted; one whose figures would be a guess is in no sum."""
    since = {one: _base_ms(database, wanted, gateway, one * 1000) for one in wanted.burn_windows}
    sums = (
        f"coalesce(sum(more_{column}) FILTER (WHERE at_ms > :since_{one}), 0)"
        for one in wanted.burn_windows
        for column in _SUMMED
    )
    values: dict[str, object] = {f"since_{one}": at_ms for one, at_ms in since.items()}
    found = database.execute(
        f"SELECT {', '.join(sums)} FROM run WHERE {_USABLE} AND gateway = :gateway AND at_ms > :first"  # noqa: S608
        " AND more_ms IS NOT NULL",
        _parameters(wanted) | values | {"gateway": gateway, "first": min(since.values())},
    ).fetchone()
    return {
        one: WindowSum(good=good, bad=bad, counted_ms=its_ms, since_ms=since[one])
        for one, (good, bad, its_ms) in zip(wanted.burn_windows, _triples(found), strict=True)
    }


def _triples(sums: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    for place in range(0, len(sums), len(_SUMMED)):
        yield sums[place], sums[place + 1], sums[place + 2]


def _steps(database: sqlite3.Connection, wanted: Lookup, gateway: str) -> tuple[tuple[int, int, int, int], ...]:
    rows = database.execute(
        "SELECT at_ms, lag(at_ms) OVER (ORDER BY at_ms, id), more_requests, more_bad FROM run"  # noqa: S608
        f" WHERE {_USABLE} AND gateway = :gateway AND requests IS NOT NULL AND at_ms >= :since ORDER BY at_ms, id",
        _parameters(wanted) | {"gateway": gateway, "since": wanted.at_ms - wanted.trend_ms},
    )
    return tuple((at, before, n, bad or 0) for at, before, n, bad in rows if before is not None and n is not None)


def _readings(database: sqlite3.Connection, runs: Sequence[PastRun], found: Chain) -> dict[int, Reading]:
    """Of the run to subtract, those before restarts, and the newest, after which the next restart may come."""
    places = {*found.ends, len(runs) - 1, *([] if found.base is None else [found.base])}
    wanted = [runs[place].id for place in places]
    marks = ", ".join("?" * len(wanted))
    rows = database.execute(f"SELECT run, body FROM reading WHERE run IN ({marks})", wanted)  # noqa: S608
    return {run: unpacked(body) for run, body in rows}


def _timed(database: sqlite3.Connection, runs: Sequence[PastRun]) -> Iterator[Timed]:
    bodies = dict(
        database.execute(
            f"SELECT run, body FROM reading WHERE run IN ({', '.join('?' * len(runs))})",  # noqa: S608 - of this module
            [run.id for run in runs],
        )
    )
    yield from (Timed(figures=run, latency=unpacked_latency(bodies[run.id])) for run in runs if run.id in bodies)
