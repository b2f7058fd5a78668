"""The window of --window all: the life of the process, or all rows where nothing shows when that began."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from llmgw_report.cli.demo import example
from tests.process import call
from tests.system.cases.inputs import log, spread
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


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gateway that is 60 days old, and failed for a day 50 days ago."""
    folder = tmp_path_factory.mktemp("old")
    day = 86_400.0
    requests = [*spread(600, since=60 * day, until=60), *spread(300, since=50 * day, until=49 * day, ending="failed")]
    log(*requests, starts=(60 * day + 60,))(folder / "o.db")
    return folder


@pytest.mark.parametrize("bucket", ["1m", "5m", "9m", "1h"])
def test_every_row_counts_whatever_a_step_of_the_trend_is(bucket: str, old: Path) -> None:
    """10,000 steps of 5 minutes are 34.7 days."""
    report, other = (whole(old, "--no-metrics", "--bucket", one) for one in (bucket, "30m"))
    total = report["sections"]["traffic"]["total"]
    assert (total["requests"], total["outcomes"]["server_error"]) == (900, 300)
    assert report["window"]["seconds"] > 59 * 86_400
    for name in ("traffic", "outcomes", "counts", "window_counts", "slow_requests", "token_efficiency"):
        assert report["sections"][name] == other["sections"][name], name
    assert report["verdict"] == other["verdict"]
    judged, as_well = (
        [(one["fingerprint"], one["status"], one["seen"]) for one in its["findings"]] for its in (report, other)
    )
    assert judged == as_well


@pytest.mark.parametrize(("bucket", "seconds"), [("1m", 540), ("5m", 600), ("9m", 540), ("1h", 3600)])
def test_the_trend_alone_has_longer_steps_and_says_so(bucket: str, seconds: int, old: Path) -> None:
    report = whole(old, "--no-metrics", "--bucket", bucket)
    trend = report["sections"]["trend"]
    assert trend["bucket_seconds"] == report["window"]["bucket_seconds"] == seconds
    assert sum(point["requests"] for point in trend["points"]) == 900
    assert 10_000 >= len(trend["points"]) > 59 * 86_400 / seconds
    said = [one["reason"] for one in report["absent"] if one["quantity"].startswith("request trend per ")]
    assert len(said) == (bucket in {"1m", "5m"})
    assert all("more than 10,000 steps" in one for one in said)
