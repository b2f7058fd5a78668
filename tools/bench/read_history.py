"""Reads a history and appends to it, as one run does, so many times: `read_history.py FILE TIMES`."""

import sqlite3
import sys
from contextlib import closing

from msgspec import structs

from llmgw_report.history import appending, file, loading
from llmgw_report.history.runs import Entry, Figures, unpacked

MINUTE = 60_000


def main() -> None:
    """Of the newest run that the file holds, as if it had been a minute later each time."""
    path, times = sys.argv[1], int(sys.argv[2])
    with closing(sqlite3.connect(path)) as database:
        source, gateway, at_ms, body = database.execute(
            "SELECT source, gateway, at_ms, body FROM run JOIN reading ON run = id ORDER BY id DESC LIMIT 1"
        ).fetchone()
    one = Entry(
        source=source,
        gateway=gateway,
        verdict="pass",
        figures=Figures(at_ms=at_ms, requests=1_000_000, success=1_000_000, good=1_000_000, bad=0),
        failing=("error-ratio",),
        reading=unpacked(body),
    )
    for turn in range(1, times + 1):
        now_ms = at_ms + turn * MINUTE
        file.prepare(path)
        wanted = loading.Lookup(source=source, at_ms=now_ms, window_ms=60 * MINUTE, trend_ms=12 * 60 * MINUTE)
        loading.load(path, wanted)
        appending.append(path, structs.replace(one, figures=structs.replace(one.figures, at_ms=now_ms)), now_ms)


if __name__ == "__main__":
    main()
