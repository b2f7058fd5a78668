"""Rows as they are found: one that is broken costs itself, and what is no number is not 0."""

import json
import sqlite3
from pathlib import Path

from llmgw_report.cli.demo import example
from llmgw_report.pipeline.sections.evidence import _fields
from tests.process import run

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
    report = json.loads(run(*COMMAND, cwd=tmp_path).stdout)
    total = report["sections"]["traffic"]["total"]
    assert (total["requests"], total["latency"]["count"], total["input_tokens"]) == (14, 2, 72)
    assert total["latency"]["mean_seconds"] > 4
    assert report["sections"]["error_levels"] == {"ERROR": 1}
    assert report["sections"]["failed_queries"] == []


def test_json_that_is_nested_too_deep_to_read() -> None:
    assert _fields("[" * 5000 + "]" * 5000, ("model",)) == {"": "10000 characters"}


def test_a_field_is_shown_only_if_the_definition_lists_it() -> None:
    assert _fields('{"model": "m", "request_sample": "what was said", "new": 1}', ("model",)) == {"model": "m"}
    assert _fields('"what was said"', ("model",)) == {"": "15 characters"}
