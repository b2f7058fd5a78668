"""Opens, makes, migrates, reads, appends to and prunes the file of earlier runs.

sqlite-utils makes the tables and deletes from them, which few runs do; it takes longer to import than most whole runs,
so that reading and appending use sqlite3 alone. The journal is SQLite's own rollback journal: WAL would leave two more
files beside it, and runs are minutes apart.
"""

import os
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import msgspec
from msgspec import Struct

from llmgw_report.errors import ReportError, UsageError
from llmgw_report.history.chain import Chain, chain
from llmgw_report.history.runs import Entry, Figures, Reading, Run, packed, step, unpacked
from llmgw_report.model.timestamp import CLOCKS_DIFFER_MS

#: In the header of the file, beside the version of its tables: "LLMH".
APPLICATION_ID = 0x4C4C4D48
VERSION = 1
KEPT_MS = 30 * 86_400_000
KEPT_BYTES = 64 << 20
#: Runs that one run deletes at most, so that no run is long; the next one goes on.
STEP_RUNS = 1_000
#: Not every run deletes: what is too old waits until there is a day of it.
_LATE_MS = 86_400_000
_LOCK_SECONDS = 5.0
_HEADER = b"SQLite format 3\0"
_HINT = "name another file with --history; a new one is made at the first run"
#: Of these a list of changes is made.
_NEWEST_RUNS = 20


class KnownErrors(Struct, frozen=True, kw_only=True):
    """Digests of the error patterns that any run saw; `rows` and `hidden` are of the newest run with a log."""

    gateway: str
    digests: frozenset[str]
    rows: int
    hidden: int


class Loaded(Struct, frozen=True, kw_only=True):
    """What the file says before the sources are read.

    `runs` are those from the one that is subtracted on, the newest last; `readings` are theirs by id, of the few that
    can be needed. `steps` are what was counted between runs (time, time before, requests, bad), `counted` good and bad
    requests by the seconds of a window.
    """

    count: int
    first_ms: int | None
    runs: tuple[Run, ...] = ()
    newest: tuple[Run, ...] = ()
    readings: dict[int, Reading] = {}
    steps: tuple[tuple[int, int, int, int], ...] = ()
    counted: dict[int, tuple[int, int]] = {}
    errors: KnownErrors | None = None


class Wanted(Struct, frozen=True, kw_only=True):
    """Of which source, and over which windows in milliseconds before `at_ms`; `burn_windows` are in seconds."""

    source: str
    at_ms: int
    window_ms: int
    trend_ms: int
    burn_windows: tuple[int, ...] = ()


def prepare(path: str) -> None:
    """Make the file, or bring its tables up to date. UsageError for one that cannot be used: read-only, not ours."""
    with _refused(path):
        _require_ours(path)
        with closing(_open(path)) as database:
            # Found out now: a report that cannot be remembered would let the next run judge a longer window.
            database.execute("BEGIN IMMEDIATE")
            version = _pragma(database, "user_version")
            if version > VERSION:
                message = f"--history {path}: made by a newer version of this program (tables {version}, not {VERSION})"
                raise UsageError(message, "use that version, or name another file")
            if version < VERSION:
                _migrate(database, version)
            database.execute("COMMIT")


def _require_ours(path: str) -> None:
    """Look at the header before SQLite does: opening a gateway's own database for writing could change it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        return
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise UsageError(f"--history {path}: not a regular file", _HINT)
        header = stream.read(100)
    if not os.access(path, os.W_OK):
        raise UsageError(f"--history {path}: read-only", _HINT)
    if not os.access(Path(path).resolve().parent, os.W_OK | os.X_OK):
        raise UsageError(f"--history {path}: its folder is read-only, and SQLite's journal has to be there", _HINT)
    # Without a byte it was made by a run that was killed before its first commit.
    if header and (not header.startswith(_HEADER) or int.from_bytes(header[68:72], "big") != APPLICATION_ID):
        raise UsageError(f"--history {path}: not a history of llmgw-report, or damaged", _HINT)


def _migrate(database: sqlite3.Connection, version: int) -> None:
    """Every step from its version to ours, in the transaction that is open: a run that is killed changes nothing."""
    from sqlite_utils import Database

    tables = Database(database, execute_plugins=False)
    for migration in MIGRATIONS[version:]:
        migration(tables)
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _create(tables: "Database") -> None:  # type: ignore[name-defined]  # noqa: F821
    columns = {"id": int, "source": str, "gateway": str, "at_ms": int, "started_ms": int, "requests": int, "good": int}
    more = {"bad": int, "more_requests": int, "more_good": int, "more_bad": int, "dated_ahead": int}
    texts = {"verdict": str, "failing": str, "log_rows": int, "hidden_rows": int}
    run = tables["run"]
    run.create({**columns, **more, **texts}, pk="id", not_null={"source", "gateway", "at_ms", "dated_ahead"})
    # Sums over thirty days are read from the index alone.
    run.create_index(["source", "gateway", "at_ms", "dated_ahead", "more_good", "more_bad"], index_name="run_by_time")
    tables["reading"].create({"run": int, "body": bytes}, pk="run")
    tables["pattern"].create({"gateway": str, "digest": str, "seen_ms": int}, pk=("gateway", "digest"))


#: The step at place n leads from version n to n + 1.
MIGRATIONS = (_create,)


def load(path: str, wanted: Wanted) -> Loaded:
    """What earlier runs of this source say. UsageError for a file that is damaged."""
    with _refused(path), closing(_open(path)) as database:
        database.execute("BEGIN")
        last = _runs(database, wanted, f"AND {_WHOLE} ORDER BY at_ms DESC, id DESC LIMIT 1")
        newest = tuple(reversed(_runs(database, wanted, f"ORDER BY at_ms DESC, id DESC LIMIT {_NEWEST_RUNS}")))
        count, first = database.execute(
            f"SELECT count(*), min(at_ms) FROM run WHERE {_USABLE}",  # noqa: S608 - of this module
            _parameters(wanted),
        ).fetchone()
        known = _known_errors(database, wanted, newest)
        if not last:
            return Loaded(count=count, first_ms=first, newest=newest, errors=known)
        gateway = last[0].gateway
        since_ms = _base_ms(database, wanted, gateway, wanted.window_ms, _WHOLE)
        runs = _runs(
            database,
            wanted,
            f"AND gateway = :gateway AND {_WHOLE} AND at_ms >= :from ORDER BY at_ms, id",
            gateway=gateway,
            **{"from": since_ms},
        )
        counted = {
            seconds: _counted(database, wanted, gateway, _base_ms(database, wanted, gateway, seconds * 1000))
            for seconds in wanted.burn_windows
        }
        return Loaded(
            count=count,
            first_ms=first,
            runs=tuple(runs),
            newest=newest,
            readings=_readings(database, runs, chain(runs)),
            steps=_steps(database, wanted, gateway),
            counted=counted,
            errors=known,
        )


def _known_errors(database: sqlite3.Connection, wanted: Wanted, newest: Sequence[Run]) -> KnownErrors | None:
    """Of the newest run that had a log; None without one."""
    if not newest:
        return None
    gateway = newest[-1].gateway
    row = database.execute(
        f"SELECT log_rows, hidden_rows FROM run WHERE {_USABLE} AND gateway = :gateway AND log_rows > 0"  # noqa: S608
        " ORDER BY at_ms DESC, id DESC LIMIT 1",
        _parameters(wanted) | {"gateway": gateway},
    ).fetchone()
    seen = database.execute("SELECT digest FROM pattern WHERE gateway = ?", (gateway,))
    return row and KnownErrors(gateway=gateway, digests=frozenset(text for (text,) in seen), rows=row[0], hidden=row[1])


#: Runs that were dated after the clock of their machine, or of a later run, say nothing about when.
_USABLE = "source = :source AND at_ms <= :at AND at_ms > :oldest AND dated_ahead = 0"

#: With its counters still there.
_WHOLE = "id IN (SELECT run FROM reading)"


def _parameters(wanted: Wanted) -> dict[str, object]:
    return {"source": wanted.source, "at": wanted.at_ms, "oldest": wanted.at_ms - KEPT_MS - _LATE_MS}


def _runs(database: sqlite3.Connection, wanted: Wanted, rest: str, **more: object) -> list[Run]:
    rows = database.execute(
        f"SELECT id, gateway, at_ms, started_ms, requests, good, bad, verdict, failing FROM run WHERE {_USABLE} {rest}",  # noqa: S608 - of this module
        _parameters(wanted) | more,
    )
    return [
        Run(
            id=row[0],
            gateway=row[1],
            at_ms=row[2],
            started_ms=row[3],
            requests=row[4],
            good=row[5],
            bad=row[6],
            verdict=row[7],
            failing=msgspec.json.decode(row[8] or "{}", type=dict[str, tuple[int, int]]),
        )
        for row in rows
    ]


def _base_ms(
    database: sqlite3.Connection, wanted: Wanted, gateway: str, window_ms: int, which: str = "requests IS NOT NULL"
) -> int:
    """The time of the youngest run that is at least a window old, else of the oldest.

    Cron does not begin each run to the second.
    """
    slack = min(CLOCKS_DIFFER_MS, window_ms // 10)
    place = f"FROM run WHERE {_USABLE} AND gateway = :gateway AND {which}"
    values = _parameters(wanted) | {"gateway": gateway, "before": wanted.at_ms - window_ms + slack}
    query = (
        f"SELECT coalesce((SELECT at_ms {place} AND at_ms <= :before ORDER BY at_ms DESC LIMIT 1),"
        f" (SELECT at_ms {place} ORDER BY at_ms LIMIT 1))"
    )
    found: int = database.execute(query, values).fetchone()[0]
    return found


def _counted(database: sqlite3.Connection, wanted: Wanted, gateway: str, since_ms: int) -> tuple[int, int]:
    """Good and bad requests of the steps after an instant; one whose figures would be a guess is in neither."""
    good, bad = database.execute(
        f"SELECT coalesce(sum(more_good), 0), coalesce(sum(more_bad), 0) FROM run"  # noqa: S608
        f" WHERE {_USABLE} AND gateway = :gateway AND at_ms > :since",
        _parameters(wanted) | {"gateway": gateway, "since": since_ms},
    ).fetchone()
    return good, bad


def _steps(database: sqlite3.Connection, wanted: Wanted, gateway: str) -> tuple[tuple[int, int, int, int], ...]:
    rows = database.execute(
        "SELECT at_ms, lag(at_ms) OVER (ORDER BY at_ms, id), more_requests, more_bad FROM run"  # noqa: S608
        f" WHERE {_USABLE} AND gateway = :gateway AND requests IS NOT NULL AND at_ms >= :since ORDER BY at_ms, id",
        _parameters(wanted) | {"gateway": gateway, "since": wanted.at_ms - wanted.trend_ms},
    )
    return tuple((at, before, n, bad or 0) for at, before, n, bad in rows if before is not None and n is not None)


def _readings(database: sqlite3.Connection, runs: Sequence[Run], found: Chain) -> dict[int, Reading]:
    """Of the run to subtract, those before restarts, and the newest, after which the next restart may come."""
    places = {*found.ends, len(runs) - 1, *([] if found.base is None else [found.base])}
    wanted = [runs[place].id for place in places]
    marks = ", ".join("?" * len(wanted))
    rows = database.execute(f"SELECT run, body FROM reading WHERE run IN ({marks})", wanted)  # noqa: S608
    return {run: unpacked(body) for run, body in rows}


def append(path: str, entry: Entry, now_ms: int) -> None:
    """Add a run, and delete some of what is too old or too much. ReportError if it could not be written."""
    body = packed(entry.reading) if entry.figures.counts else None
    try:
        with closing(_open(path)) as database:
            database.execute("BEGIN IMMEDIATE")
            if _pragma(database, "user_version") != VERSION:
                raise sqlite3.DatabaseError("another program has changed it meanwhile")
            _insert(database, entry, body, now_ms)
            database.execute("COMMIT")
            _prune(database, now_ms)
    except (sqlite3.Error, OSError, ValueError) as error:
        message = f"--history {path}: {error}"
        raise ReportError(message, "this run is not in it; the next one will compare with an earlier one") from error


def _insert(database: sqlite3.Connection, entry: Entry, body: bytes | None, now_ms: int) -> None:
    figures, key = entry.figures, {"source": entry.source, "gateway": entry.gateway}
    # The clock has gone back: what it said before is no time that a later run can count from.
    database.execute(
        "UPDATE run SET dated_ahead = 1 WHERE source = :source AND at_ms > :now AND dated_ahead = 0",
        {"source": entry.source, "now": now_ms + CLOCKS_DIFFER_MS},
    )
    before, after = _neighbour(database, key, figures, "<="), _neighbour(database, key, figures, ">")
    requests, good, bad = step(before, figures)
    failing = _failing(database, entry)
    columns = {
        **key,
        "at_ms": figures.at_ms,
        "started_ms": figures.started_ms,
        "requests": figures.requests,
        "good": figures.good,
        "bad": figures.bad,
        "more_requests": requests,
        "more_good": good,
        "more_bad": bad,
        "dated_ahead": int(figures.at_ms > now_ms + CLOCKS_DIFFER_MS),
        "verdict": entry.verdict,
        "log_rows": entry.log_rows,
        "hidden_rows": entry.hidden_rows,
        "failing": msgspec.json.encode(failing).decode(),
    }
    names = ", ".join(columns)
    marks = ", ".join(f":{name}" for name in columns)
    added = database.execute(f"INSERT INTO run ({names}) VALUES ({marks})", columns)  # noqa: S608 - names of ours
    if body is not None:
        database.execute("INSERT INTO reading (run, body) VALUES (?, ?)", (added.lastrowid, body))
    if after is not None and figures.counts:  # another run read later and was faster: its step begins here now
        database.execute(
            "UPDATE run SET more_requests = ?, more_good = ?, more_bad = ? WHERE id = ?",
            (*step(figures, after), after.id),
        )
    database.executemany(
        "INSERT INTO pattern (gateway, digest, seen_ms) VALUES (?, ?, ?)"
        " ON CONFLICT (gateway, digest) DO UPDATE SET seen_ms = max(seen_ms, excluded.seen_ms)",
        [(entry.gateway, one, figures.at_ms) for one in entry.patterns],
    )


class _Placed(Figures, frozen=True, kw_only=True):
    id: int


def _neighbour(database: sqlite3.Connection, key: dict[str, str], now: Figures, side: str) -> _Placed | None:
    """The nearest run with counters on one side of an instant."""
    order = "DESC" if side == "<=" else "ASC"
    row = database.execute(
        "SELECT id, at_ms, started_ms, requests, good, bad FROM run WHERE source = :source AND gateway = :gateway"  # noqa: S608
        f" AND dated_ahead = 0 AND requests IS NOT NULL AND at_ms {side} :at"
        f" ORDER BY at_ms {order}, id {order} LIMIT 1",
        key | {"at": now.at_ms},
    ).fetchone()
    return row and _Placed(id=row[0], at_ms=row[1], started_ms=row[2], requests=row[3], good=row[4], bad=row[5])


def _failing(database: sqlite3.Connection, entry: Entry) -> dict[str, tuple[int, int]]:
    """Since when and for how many runs each finding has not passed; the run before this one knows the rest."""
    row = database.execute(
        "SELECT failing FROM run WHERE source = ? AND dated_ahead = 0 AND at_ms <= ?"
        " ORDER BY at_ms DESC, id DESC LIMIT 1",
        (entry.source, entry.figures.at_ms),
    ).fetchone()
    old = msgspec.json.decode(row[0] or "{}", type=dict[str, tuple[int, int]]) if row else {}
    found = {}
    for name in entry.failing:
        since, runs = old.get(name, (entry.figures.at_ms, 0))
        found[name] = since, runs + 1
    return found


def _prune(database: sqlite3.Connection, now_ms: int) -> None:
    """Delete what is too old, and readings where all is too much: the few figures beside them are small."""
    oldest = database.execute("SELECT at_ms FROM run ORDER BY id LIMIT 1").fetchone()[0]
    size = (_pragma(database, "page_count") - _pragma(database, "freelist_count")) * _pragma(database, "page_size")
    if (oldest is None or oldest > now_ms - KEPT_MS - _LATE_MS) and size <= KEPT_BYTES:
        return
    from sqlite_utils import Database

    tables = Database(database, execute_plugins=False)
    with tables.atomic():
        old = "id IN (SELECT id FROM run WHERE at_ms < ? ORDER BY id LIMIT ?)"
        values = [now_ms - KEPT_MS, STEP_RUNS]
        tables.table("reading").delete_where(old.replace("id IN", "run IN", 1), values)
        tables.table("run").delete_where(old, values)
        tables.table("pattern").delete_where("seen_ms < ?", [now_ms - KEPT_MS])
        if size > KEPT_BYTES:
            few = max(1, min(STEP_RUNS, tables.table("reading").count // 10))
            tables.table("reading").delete_where("run IN (SELECT run FROM reading ORDER BY run LIMIT ?)", [few])


def _open(path: str) -> sqlite3.Connection:
    """For reading and writing; it is never made here, where its mode would be the umask's."""
    address = f"file:{quote(str(Path(path).absolute()))}?mode=rw"
    return sqlite3.connect(address, uri=True, timeout=_LOCK_SECONDS, isolation_level=None)


def _pragma(database: sqlite3.Connection, name: str) -> int:
    found: int = database.execute(f"PRAGMA {name}").fetchone()[0]
    return found


@contextmanager
def _refused(path: str) -> Iterator[None]:
    """Every error of SQLite and of the system as a UsageError: the sources are not read yet."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"--history {path}: {error.strerror or error}", _HINT) from error
    except (sqlite3.Error, ValueError) as error:
        hint = "wait for the other run" if "locked" in str(error) else _HINT
        raise UsageError(f"--history {path}: {error}", hint) from error
