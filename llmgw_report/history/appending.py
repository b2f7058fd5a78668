"""Adds a run to the file, whole or not at all."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing

import msgspec

from llmgw_report.errors import ReportError
from llmgw_report.history.chain import doubtful
from llmgw_report.history.clock import NO_CLOCK, UNKNOWN_BOOT, dated
from llmgw_report.history.file import VERSION, connect, pragma
from llmgw_report.history.pruning import prune
from llmgw_report.history.runs import Entry, Figures, packed, step
from llmgw_report.model.timestamp import CLOCKS_DIFFER_MS


def append(path: str, entry: Entry, now_ms: int) -> None:
    """Add a run, and delete some of what is too old or too much. ReportError if it could not be written."""
    kept = False
    body = packed(entry.reading) if entry.figures.counts else None
    try:
        with closing(connect(path)) as database:
            database.execute("BEGIN IMMEDIATE")
            if pragma(database, "user_version") != VERSION:
                raise sqlite3.DatabaseError("another program has changed it meanwhile")
            clock = dated(database, entry.clock).number
            _insert(database, entry, body, clock if entry.figures.at_ms <= now_ms + CLOCKS_DIFFER_MS else NO_CLOCK)
            _remember_patterns(database, entry)
            database.execute("COMMIT")
            kept = True
            # With --at all of them may be old.
            prune(database, min(now_ms, entry.figures.at_ms), clock)
    except (sqlite3.Error, OSError, ValueError) as error:
        message = f"--history {path}: {error}"
        hint = "this run is in it, and the next one will delete what is too old"
        raise ReportError(
            message, hint if kept else "this run is not in it; the next one will compare with an earlier one"
        ) from error


def _insert(database: sqlite3.Connection, entry: Entry, body: bytes | None, clock: int) -> None:
    figures, dating = entry.figures, entry.clock
    key: dict[str, object] = {"source": entry.source, "gateway": entry.gateway, "clock": clock}
    before, after = _neighbour(database, key, figures, "<="), _neighbour(database, key, figures, ">")
    failing = _failing(database, entry, clock)
    columns = {
        **key,
        "at_ms": figures.at_ms,
        "took_ms": figures.took_ms,
        "started_ms": figures.started_ms,
        "requests": figures.requests,
        "success": figures.success,
        "good": figures.good,
        "bad": figures.bad,
        **(_step(None, figures) if entry.doubtful else _step(before, figures)),
        "boot": dating and (dating.boot or UNKNOWN_BOOT),
        "booted_ms": dating and dating.booted_ms,
        "verdict": entry.verdict,
        "log_rows": entry.log_rows,
        "hidden_rows": entry.hidden_rows,
        "failing": msgspec.json.encode(failing).decode(),
    }
    names, marks = ", ".join(columns), ", ".join(f":{name}" for name in columns)
    added = database.execute(f"INSERT INTO run ({names}) VALUES ({marks})", columns)  # noqa: S608 - names of ours
    if body is not None:
        database.execute("INSERT INTO reading (run, body) VALUES (?, ?)", (added.lastrowid, body))
    if after is not None and figures.counts:  # another run read later and was faster: its step begins here now
        _set_step(database, after.id, _step(figures, after))
    if figures.counts:
        _forget_doubtful(database, key)


def _step(before: Figures | None, now: Figures) -> dict[str, int | None]:
    """The columns of what was counted between two runs, and of how long that was where it is known how it ended."""
    requests, good, bad = step(before, now)
    took_ms = None if before is None or good is None or bad is None else now.at_ms - before.at_ms
    return {"more_requests": requests, "more_good": good, "more_bad": bad, "more_ms": took_ms}


def _set_step(database: sqlite3.Connection, run: int, columns: dict[str, int | None]) -> None:
    names = ", ".join(f"{name} = :{name}" for name in columns)
    database.execute(f"UPDATE run SET {names} WHERE id = :id", {**columns, "id": run})  # noqa: S608 - names of ours


#: Among so many of the newest runs it is looked whether processes took turns.
_DOUBTED_RUNS = 100


def _forget_doubtful(database: sqlite3.Connection, key: dict[str, object]) -> None:
    """Take back what earlier runs took for traffic, where this one shows that processes took turns."""
    rows = database.execute(
        f"SELECT {', '.join(_Placed.__struct_fields__)} FROM run"  # noqa: S608 - names of ours
        " WHERE source = :source AND gateway = :gateway AND clock = :clock AND coalesce(requests, success) IS NOT NULL"
        f" ORDER BY at_ms DESC, id DESC LIMIT {_DOUBTED_RUNS}",
        key,
    ).fetchall()
    runs = [_placed(row) for row in reversed(rows)]
    for place in doubtful(runs):
        _set_step(database, runs[place].id, _step(None, runs[place]))


def _remember_patterns(database: sqlite3.Connection, entry: Entry) -> None:
    database.executemany(
        "INSERT INTO pattern (gateway, digest, first_ms, seen_ms) VALUES (?1, ?2, ?3, ?3)"
        " ON CONFLICT (gateway, digest) DO UPDATE SET"
        " first_ms = min(first_ms, excluded.first_ms), seen_ms = max(seen_ms, excluded.seen_ms)",
        [(entry.gateway, one, entry.figures.at_ms) for one in entry.patterns],
    )


class _Placed(Figures, frozen=True, kw_only=True):
    id: int


def _neighbour(database: sqlite3.Connection, key: dict[str, object], now: Figures, side: str) -> _Placed | None:
    """The nearest run with counters on one side of an instant."""
    order = "DESC" if side == "<=" else "ASC"
    row = database.execute(
        f"SELECT {', '.join(_Placed.__struct_fields__)} FROM run"  # noqa: S608 - names of ours
        " WHERE source = :source AND gateway = :gateway"
        f" AND clock = :clock AND coalesce(requests, success) IS NOT NULL AND at_ms {side} :at"
        f" ORDER BY at_ms {order}, id {order} LIMIT 1",
        key | {"at": now.at_ms},
    ).fetchone()
    return row and _placed(row)


def _placed(row: Sequence[object]) -> _Placed:
    """A run as the file says; ValueError where a column holds what none can."""
    return msgspec.convert(dict(zip(_Placed.__struct_fields__, row, strict=True)), _Placed)


def _failing(database: sqlite3.Connection, entry: Entry, clock: int) -> dict[str, tuple[int, int]]:
    """Since when and for how many runs each finding has not passed; the run before this one knows the rest."""
    row = database.execute(
        "SELECT failing FROM run WHERE source = ? AND clock = ? AND at_ms <= ? ORDER BY at_ms DESC, id DESC LIMIT 1",
        (entry.source, clock, entry.figures.at_ms),
    ).fetchone()
    old = msgspec.json.decode(row[0] or "{}", type=dict[str, tuple[int, int]]) if row else {}
    found = {}
    for name in entry.failing:
        since, runs = old.get(name, (entry.figures.at_ms, 0))
        found[name] = since, runs + 1
    return found
