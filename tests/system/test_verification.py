"""The figures of the verification document, on the very database and scrape; and that no instant invents traffic."""

import json
import sqlite3
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from llmgw_report.model import timestamp
from tests.builders import published
from tests.process import CHECKOUT, call

VERIFIED = "2026-01-09T01:26:40Z"
WHOLE = "2026-01-11T11:08:07Z"
Document = dict[str, Any]


def report(*arguments: str | Path, at: str, exit_codes: Collection[int] = (0,)) -> Document:
    """One run, from a folder without a configuration."""
    words = (*map(str, arguments), "--at", at, "--format", "json", "--no-config")
    done = call(*words, cwd=CHECKOUT, environment={"LLMGW_REPORT_WINDOW": ""})
    assert done.returncode in exit_codes, done.stderr
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
    sources = ("--metrics-file", gateway / "metrics.prom", "--db-path", gateway / "observability.db")
    return report(*sources, at=VERIFIED, exit_codes=(1,))


def test_traffic(verified: Document) -> None:
    total = verified["sections"]["traffic"]["total"]
    assert (total["requests"], total["outcomes"]["success"], total["outcomes"]["error"]) == (14, 9, 5)
    assert total["error_ratio"] == {"low": 0, "high": 5 / 14}  # nothing records whose fault the five were
    assert (total["tokens"]["input"], total["tokens"]["output"]) == (72, 60)


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
    facts = {one["check"] for one in verified["findings"] if one["status"] == "info"}
    assert facts == {"spans-present", "latency-coverage", "token-coverage", "trend-trusted", "auth-failures-visible"}
    failed = [(one["check"], one["subject"]) for one in verified["findings"] if one["status"] == "fail"]
    openai = {"provider": "openai"}
    assert failed == [("serving", openai | {"instance": "ollama-local"}), ("serving", openai)]
    assert (verified["verdict"]["status"], verified["exit"]["code"]) == ("fail", 1)


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
    sections = report("--no-metrics", "--db-path", database, *span, at=at, exit_codes=(0, 1, 3))["sections"]
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
    sources = ("--metrics-file", scrape, "--no-db", "--window", "all")
    found = report(*sources, at="2026-11-24T00:00:00Z", exit_codes=(1,))
    total = found["sections"]["traffic"]["total"]
    assert (total["requests"], total["outcomes"]["success"], total["tokens"]["input"]) == (24, 13, 6385)
    assert (total["latency"]["source"], total["latency"]["count"]) == ("histogram", 13)
    failed = [(one["check"], *one["subject"].values()) for one in found["findings"] if one["status"] == "fail"]
    # The total, and the model and the upstream that failed all of their five.
    assert ("error-ratio",) in failed
    assert ("serving", "broken") in failed
