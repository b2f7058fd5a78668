"""The figures of the verification document, on the very database and scrape; and that no instant invents traffic."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llmgw_report.model import timestamp
from tests.builders import published
from tests.process import CHECKOUT

VERIFIED = "2026-01-09T01:26:40Z"
WHOLE = "2026-01-11T11:08:07Z"
Document = dict[str, Any]


def report(*arguments: str | Path, at: str, exit_code: int = 0) -> Document:
    """One run as a process, from a folder without a configuration."""
    done = subprocess.run(
        [sys.executable, "-m", "llmgw_report", *arguments, "--at", at, "--format", "json", "--no-config"],
        env={"PYTHONPATH": str(CHECKOUT), "PATH": os.environ["PATH"]},
        capture_output=True,
        check=False,
    )
    assert done.returncode == exit_code, done.stderr.decode()
    document: Document = json.loads(done.stdout)
    return document


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its scrape and its database."""
    folder = tmp_path_factory.mktemp("gateway")
    published.llm_gateway(folder)
    return folder


@pytest.fixture(scope="module")
def verified(gateway: Path) -> Document:
    return report("--metrics-file", gateway / "metrics.prom", "--db-path", gateway / "observability.db", at=VERIFIED)


def test_traffic(verified: Document) -> None:
    total = verified["sections"]["traffic"]["total"]
    assert (total["requests"], total["errors"]) == (14, 5)
    assert (total["input_tokens"], total["output_tokens"]) == (72, 60)


def test_latency_is_of_three_requests_and_has_no_p99(verified: Document) -> None:
    latency = verified["sections"]["traffic"]["total"]["latency"]
    assert latency["mean_seconds"] == pytest.approx(3.73, abs=0.005)
    assert (latency["count"], latency["p99_seconds"]) == (3, None)
    assert latency["reason"]


def test_outcomes_and_health(verified: Document) -> None:
    rows = verified["sections"]["instances"]
    assert {row["instance"]: row["health"] for row in rows} == {"anthropic-primary": "ok", "ollama-local": "ok"}
    assert {row["instance"]: row["by_status"] for row in rows} == {
        "anthropic-primary": {"success": 9},
        "ollama-local": {"business_error": 5},
    }
    assert verified["sections"]["sessions"]["total"] == 1


def test_the_database(verified: Document) -> None:
    database = verified["sections"]["database"]
    assert {table["name"]: table["rows"] for table in database["tables"]} == {
        "logs": 67,
        "spans": 0,
        "metrics_snapshots": 29,
    }
    assert database["levels"] == {"ERROR": 0, "WARN": 0, "INFO": 67}
    newest = database["recent_logs"][0]
    assert newest["message"] == "Completed native Anthropic messages request"
    assert newest["fields"]["duration_ms"] == "2967"


def test_what_was_found(verified: Document) -> None:
    found = {one["check"] for one in verified["findings"] if one["status"] == "warn"}
    assert found >= {"spans-present", "errors-logged", "latency-coverage", "trend-trusted", "auth-failures-visible"}
    assert "fail" not in {one["status"] for one in verified["findings"]}
    assert (verified["verdict"]["status"], verified["exit"]["code"]) == ("warn", 0)


def test_the_whole_database(gateway: Path) -> None:
    found = report("--no-metrics", "--db-path", gateway / "observability.db", at=WHOLE)
    rows = {table["name"]: table["rows"] for table in found["sections"]["database"]["tables"]}
    assert (rows["logs"], rows["metrics_snapshots"]) == (158, 246)


def instants() -> Iterator[tuple[str, str, str]]:
    """A dozen moments over the three days of the database, each with another window and bucket."""
    first, last = timestamp.parse("2026-01-08T09:00:00Z"), timestamp.parse(WHOLE)
    windows = (("12h", "5m"), ("1h", "7m"), ("26h", "1h"), ("80h", "15m"))
    for step in range(12):
        moment = timestamp.text(last - step * (last - first) // 11)
        yield moment, *windows[step % len(windows)]


@pytest.mark.parametrize(("at", "window", "bucket"), list(instants()))
def test_the_trend_is_the_requests_that_rows_start(gateway: Path, at: str, window: str, bucket: str) -> None:
    database = gateway / "observability.db"
    span = ("--window", window, "--trend-window", window, "--bucket", bucket)
    sections = report("--no-metrics", "--db-path", database, *span, at=at)["sections"]
    wanted = started(database, timestamp.parse(at), int(window.removesuffix("h")) * 3_600_000)
    assert sum(point["requests"] for point in sections["trend"]["points"]) == wanted
    assert sections["traffic"]["total"]["requests"] == wanted


def test_those_requests_are_many(gateway: Path) -> None:
    database = gateway / "observability.db"
    assert started(database, timestamp.parse(WHOLE), timestamp.parse(WHOLE)) == 97


def started(database: Path, until: int, milliseconds: int) -> int:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    (count,) = connection.execute(
        "SELECT count(*) FROM logs WHERE message LIKE 'Handling %request' AND timestamp > ? AND timestamp <= ?",
        (until - milliseconds, until),
    ).fetchone()
    connection.close()
    return int(count)


def test_litellm(tmp_path: Path) -> None:
    scrape = published.litellm(tmp_path)
    # Five of its 24 requests went to an upstream that was down: proven above 5 %.
    found = report("--metrics-file", scrape, "--no-db", at="2026-11-24T00:00:00Z", exit_code=1)
    total = found["sections"]["traffic"]["total"]
    assert (total["requests"], total["errors"], total["input_tokens"]) == (24, 11, 6385)
    assert total["error_base"] - total["errors"] == 13
    assert (total["latency"]["source"], total["latency"]["count"]) == ("histogram", 13)
    # The total, and the upstream that failed all of its five.
    assert [one["check"] for one in found["findings"] if one["status"] == "fail"] == ["error-ratio"] * 2
