"""Rows as they are found: one that is broken costs itself, and what is no number is not 0."""

import json
import sqlite3
from pathlib import Path

import pytest

from llmgw_report.cli.demo import example
from llmgw_report.pipeline.sections.evidence import _fields
from tests.process import call

EXAMPLES = Path(__file__).parents[2] / "examples"
COMMAND = (
    "--no-metrics",
    "--db-path",
    "observability.db",
    "--at",
    "2026-01-09T01:26:40Z",
    "--group-by",
    "model",
    "-f",
    "json",
)


def test_a_broken_row_costs_itself(tmp_path: Path) -> None:
    with example(EXAMPLES / "verification"):
        (tmp_path / "observability.db").write_bytes(Path("observability.db").read_bytes())
    with sqlite3.connect(tmp_path / "observability.db") as database:
        database.execute(
            "UPDATE logs SET fields = '{broken'"
            " WHERE id = (SELECT max(id) FROM logs WHERE message LIKE 'Handling native%')"
        )
        database.execute(
            "UPDATE logs SET fields = json_set(fields, '$.duration_ms', 'n/a')"
            " WHERE id = (SELECT max(id) FROM logs WHERE message LIKE 'Completed%')"
        )
        database.execute(
            "INSERT INTO logs (timestamp, level, target, message, fields)"
            " SELECT max(timestamp), 'ERROR', 't', 'went wrong', '[1' FROM logs"
        )
    database.close()
    report = json.loads(call(*COMMAND, cwd=tmp_path).stdout)
    total = report["sections"]["traffic"]["total"]
    assert (total["requests"], total["latency"]["count"], total["tokens"]["input"]) == (14, 2, 72)
    assert total["latency"]["mean_seconds"] > 4
    assert report["sections"]["window_counts"]["error_levels"] == {"ERROR": 1}
    assert [(one["name"], one["count"]) for one in report["sections"]["rows_left_out"]] == [("traffic", 2)]
    assert report["sections"]["failed_queries"] == []


def test_levels_of_several_files_add_up_to_those_of_one(tmp_path: Path) -> None:
    with example(EXAMPLES / "verification"):
        content = Path("observability.db").read_bytes()
    levels = []
    for name, kept in (("whole.db", "1"), ("even.db", "id % 2 = 0"), ("odd.db", "id % 2 = 1")):
        (tmp_path / name).write_bytes(content)
        with sqlite3.connect(tmp_path / name) as database:
            database.execute("UPDATE logs SET level = 'WARN' WHERE message LIKE 'Starting%'")
            for table in ("logs", "metrics_snapshots"):
                database.execute(f"DELETE FROM {table} WHERE NOT ({kept})")  # noqa: S608 - the lines above
        database.close()
    for files in (["whole.db"], ["even.db", "odd.db"]):
        named = [word for name in files for word in ("--db-path", name)]
        done = call("--no-metrics", *named, "--at", "2026-01-09T01:26:40Z", "-f", "json", cwd=tmp_path)
        levels.append(json.loads(done.stdout)["sections"]["database"]["levels"])
    assert levels[0] == levels[1] == {"ERROR": 0, "WARN": 6, "INFO": 61}


def test_json_that_is_nested_too_deep_to_read() -> None:
    assert _fields("[" * 5000 + "]" * 5000, ("model",)) == {"": "10000 characters"}


def test_a_field_is_shown_only_if_the_definition_lists_it() -> None:
    assert _fields('{"model": "m", "request_sample": "what was said", "new": 1}', ("model",)) == {"model": "m"}
    assert _fields('"what was said"', ("model",)) == {"": "15 characters"}


REQUESTS = """CREATE TABLE requests (request_id TEXT PRIMARY KEY, timestamp INTEGER, api_key_name TEXT, provider TEXT,
instance TEXT, model TEXT, status TEXT, input_tokens INTEGER, output_tokens INTEGER, duration_ms INTEGER,
cache_creation_input_tokens INTEGER, cache_read_input_tokens INTEGER, total_cost REAL)"""
NEWEST_MS = 1767921995000


@pytest.mark.parametrize("value", [2**63 - 1, 1e19, float("inf"), float("-inf"), -5, "text", b"\xff"], ids=repr)
@pytest.mark.parametrize(
    "column", ["timestamp", "input_tokens", "duration_ms", "total_cost", "cache_read_input_tokens"]
)
def test_a_value_that_cannot_be_right_costs_itself_and_is_said(tmp_path: Path, column: str, value: object) -> None:
    good = [(f"r{n}", NEWEST_MS - n * 1000, *"kpim", "success", 100, 50, 800, 0, 10, 0.5) for n in range(40)]
    with sqlite3.connect(tmp_path / "observability.db") as database:
        database.execute(REQUESTS)
        database.executemany("INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", good)
        database.execute(f"UPDATE requests SET {column} = ? WHERE request_id = 'r5'", (value,))  # noqa: S608 - ours
    database.close()
    report = json.loads(call(*COMMAND, cwd=tmp_path).stdout)
    sections = report["sections"]
    total = sections["traffic"]["total"]
    dated = column != "timestamp"
    assert sections["failed_queries"] == []
    assert sections["traffic"]["total"]["requests"] == sum(one["requests"] for one in sections["trend"]["points"])
    assert sections["traffic"]["total"]["requests"] == 39 + dated
    assert total["latency"]["mean_seconds"] == pytest.approx(0.8)
    assert total["cost_usd"] == 19.5 + 0.5 * (dated and column != "total_cost")
    assert total["tokens"]["cached_read"] == 390 + 10 * (dated and column != "cache_read_input_tokens")
    checks = {one["check"] for one in report["findings"] if one["status"] == "warn"}
    assert ("queries-complete" if dated else "times-plausible") in checks
    (table,) = sections["database"]["tables"]
    assert table["first"].startswith("2026-01-09T01:25")


@pytest.mark.parametrize("said", ["", "12 or so", "1.5", "-3", "9" * 30])
def test_a_text_that_is_no_number_is_never_0(tmp_path: Path, said: str) -> None:
    with example(EXAMPLES / "verification"):
        (tmp_path / "observability.db").write_bytes(Path("observability.db").read_bytes())
    before = json.loads(call(*COMMAND, cwd=tmp_path).stdout)["sections"]["traffic"]["total"]
    with sqlite3.connect(tmp_path / "observability.db") as database:
        database.execute(
            "INSERT INTO logs (timestamp, level, target, message, fields) VALUES (?, 'INFO', 't', ?, ?)",
            (NEWEST_MS, "Completed chat completion request", json.dumps({"model": "m", "prompt_tokens": said})),
        )
    database.close()
    report = json.loads(call(*COMMAND, cwd=tmp_path).stdout)
    assert report["sections"]["traffic"]["total"]["tokens"] == before["tokens"]
    assert [one["count"] for one in report["sections"]["rows_left_out"]] == [1]
