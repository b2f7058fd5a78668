"""The window of --window all: the life of the process, or all rows where nothing shows when that began."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from llmgw_report.cli.demo import example
from tests.process import call
from tools.golden import EXAMPLES

NOON = "2026-03-02T12:00:00Z"


def demo(folder: Path) -> Path:
    """The demo's database, of a gateway that started again at 06:30."""
    with example(EXAMPLES / "unhealthy"):
        (folder / "o.db").write_bytes(Path("observability.db").read_bytes())
        (folder / "m.prom").write_text(Path("metrics.prom").read_text())
    return folder


def whole(folder: Path, *arguments: str) -> dict[str, Any]:
    done = call("--db-path", "o.db", "--at", NOON, "--window", "all", "-f", "json", *arguments, cwd=folder)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_it_begins_with_the_process_and_both_sources_count_the_same_requests(tmp_path: Path) -> None:
    report = whole(demo(tmp_path), "--metrics-file", "m.prom")
    assert report["window"]["since"].startswith("2026-03-02T06:30:00")
    traffic = report["sections"]["traffic"]
    totals, rows = traffic["lifetime"]["total"], traffic["total"]
    assert totals["requests"] == rows["requests"] == 3832
    assert (
        totals["outcomes"]["server_error"] == sum(rows["outcomes"][name] for name in ("server_error", "timeout")) == 306
    )


def test_without_a_start_it_begins_with_the_oldest_row(tmp_path: Path) -> None:
    folder = demo(tmp_path)
    with sqlite3.connect(folder / "o.db") as connection:
        connection.execute("DELETE FROM metrics_snapshots")
        connection.execute("DELETE FROM logs WHERE message LIKE 'Starting LLM Gateway on %'")
        (oldest, requests) = connection.execute(
            "SELECT min(timestamp), sum(message LIKE 'Handling %') FROM logs"
        ).fetchone()
    connection.close()
    report = whole(folder, "--no-metrics")
    assert report["window"]["seconds"] * 1000 == 1772452800000 - oldest + 1
    assert report["sections"]["traffic"]["total"]["requests"] == requests


def test_a_database_without_a_row_leaves_the_window_as_it_is(tmp_path: Path) -> None:
    folder = demo(tmp_path)
    with sqlite3.connect(folder / "o.db") as connection:
        for table in ("logs", "spans", "metrics_snapshots"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - the names are above
    connection.close()
    report = whole(folder, "--no-metrics")
    assert (report["window"]["seconds"], report["exit"]["code"]) == (3600, 3)


@pytest.mark.parametrize("sources", [("--db-path", "o.db"), ("--no-db",)], ids=["rows", "totals alone"])
def test_the_last_line_says_that_all_was_asked_for(sources: tuple[str, ...], tmp_path: Path) -> None:
    """`window=1h` beside totals of six hours would be a figure of another time."""
    scrape = ("--metrics-file", "m.prom", "--at", NOON)
    done = call(*scrape, *sources, "--window", "all", cwd=demo(tmp_path))
    assert done.stderr.splitlines()[-1].endswith(" window=all")
    assert call(*scrape, *sources, "--window", "1h", cwd=tmp_path).stderr.splitlines()[-1].endswith(" window=1h")
