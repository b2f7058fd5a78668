"""Replay a fleet of known truth to real servers and compare every figure of the reports with it: `make fleet`.

A Prometheus, a VictoriaMetrics and a PostgreSQL are started on free ports of the loopback interface with data in
temporary folders, and end with this program. FLEET_ROWS sets the number of spend-log rows (default 3,000,000; the
fleet's own, about 150,000, are always there). A whole run writes the table of docs/fleet-truth.md.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from tools.fleet import engines, sources, table
from tools.fleet.line import Line
from tools.fleet.postgres import PLACES, Postgres
from tools.fleet.sources import Fleet, Server
from tools.fleet.spend_logs import SpendLogs
from tools.temporary import temporary

ROWS = 3_000_000


def lines(rows: int, folder: Path) -> Iterator[Line]:
    """Every figure of every source."""
    fleet = Fleet()
    with ExitStack() as running:
        servers = []
        for name, start in (("Prometheus", engines.prometheus), ("VictoriaMetrics", engines.victoria)):
            (folder / name).mkdir()
            servers.append(Server(name, running.enter_context(start(folder / name)), fleet, folder))
            engines.write(servers[-1].url, fleet.samples)
        engines.flush(servers[-1].url)
        for server in servers:
            yield from server.lines()
        postgres, logs = running.enter_context(Postgres.running()), SpendLogs(fleet.all, rows)
        file = folder / "pg.txt"
        file.write_text(postgres.url(logs.copy(postgres)))
        yield from sources.spend_logs("PostgreSQL", file, logs, folder)
        yield from sources.both("PostgreSQL and Prometheus", servers[0], file, logs)
    yield from sources.history("history", fleet, folder)
    yield from sources.own_log("llm-gateway's database", folder)


def main() -> int:
    """Print each figure as it is found, then those that fall short; 1 if one does."""
    absent = engines.missing(engines.PROMETHEUS, engines.PROMTOOL, engines.VICTORIA) + ["postgresql"] * (not PLACES)
    if absent:
        print(f"not installed: {', '.join(absent)}", file=sys.stderr)
        return 2
    rows = int(os.environ.get("FLEET_ROWS") or ROWS)
    found = []
    with temporary("fleet") as folder:
        print(table.HEAD, flush=True)
        for line in lines(rows, folder):
            print(table.row(line), flush=True)
            found.append(line)
    missed = [line for line in found if not line.met]
    print(f"\n{len(found) - len(missed)} of {len(found)} figures are what is wanted")
    print("\n".join(["", "Missed:", *map(table.row, missed)] if missed else []))
    if rows == ROWS and not missed:
        table.write(found)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
