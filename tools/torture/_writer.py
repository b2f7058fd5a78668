"""A gateway at full rate: `python -m tools.torture._writer DATABASE`, one row and one commit after the other.

It waits for no lock, so that every SQLITE_BUSY is counted, and ends when its input does. Beside the database it
leaves the start and the length of each commit, in nanoseconds of the clock that all processes of a machine share.
"""

import json
import sqlite3
import sys
import time
from array import array
from contextlib import closing
from pathlib import Path
from select import select
from typing import NamedTuple

ROW = "INSERT INTO logs (timestamp, level, target, message) VALUES (?, 'INFO', 'gateway', 'Created new session')"
#: Commits between two looks at the input and at the log.
COMMITS = 200


class Commits(NamedTuple):
    """All commits in the order of time; `busy` were refused, `logs` are sizes of the log as time went on."""

    starts: "array[int]"
    lengths: "array[int]"
    busy: int
    logs: "array[int]"
    after: int


def written(database: Path) -> Commits:
    """What a writer left."""
    busy, after = json.loads(database.with_suffix(".json").read_text())
    starts, lengths, logs = (array("q", database.with_suffix(kind).read_bytes()) for kind in (".s", ".l", ".w"))
    return Commits(starts, lengths, busy, logs, after)


def _write(database: Path) -> Commits:
    log = database.with_name(database.name + "-wal")
    starts, lengths, logs, busy = array("q"), array("q"), array("q"), 0
    with closing(sqlite3.connect(database, isolation_level=None, timeout=0)) as connection:
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        print("ready", flush=True)
        while not select([sys.stdin], [], [], 0)[0]:
            for _ in range(COMMITS):
                busy += _commit(connection, starts, lengths)
            logs.append(log.stat().st_size)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return Commits(starts, lengths, busy, logs, log.stat().st_size)


def _commit(connection: sqlite3.Connection, starts: "array[int]", lengths: "array[int]") -> bool:
    """One row; whether it was refused."""
    began = time.monotonic_ns()
    try:
        connection.execute(ROW, (time.time_ns() // 1_000_000,))
    except sqlite3.OperationalError:
        return True
    lengths.append(time.monotonic_ns() - began)
    starts.append(began)
    return False


def main() -> None:
    """Write until standard input ends, then leave the figures."""
    database = Path(sys.argv[1])
    found = _write(database)
    for kind, values in ((".s", found.starts), (".l", found.lengths), (".w", found.logs)):
        database.with_suffix(kind).write_bytes(values.tobytes())
    database.with_suffix(".json").write_text(json.dumps([found.busy, found.after]))


if __name__ == "__main__":
    main()
