"""Logs that are not as a gateway writes them are reported on, and the report can be evaluated again."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from shutil import copy

import pytest

from llmgw_report.sources.sqlite import build
from tests.process import CHECKOUT, call

UNHEALTHY = CHECKOUT / "examples" / "unhealthy"
AT = ("--at", "2026-03-02T12:00:00Z", "--metrics-file", "metrics.prom", "--db-path", "log.db")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE logs SET timestamp = timestamp + 0.25",
        "UPDATE logs SET timestamp = timestamp + 0.25 WHERE level = 'ERROR'",
        "DELETE FROM logs WHERE message LIKE 'Handling %' AND id % 3 = 0",
        "DELETE FROM logs WHERE message LIKE 'Completed %' AND id % 3 = 0",
        "UPDATE logs SET timestamp = timestamp / 1000 * 1000",
    ],
)
def test_a_report_is_made_and_may_be_evaluated_again(change: str, tmp_path: Path) -> None:
    copy(UNHEALTHY / "metrics.prom", tmp_path)
    build((UNHEALTHY / "database.sql").read_text("utf-8"), tmp_path / "log.db")
    with closing(sqlite3.connect(tmp_path / "log.db")) as database, database:
        assert database.execute(change).rowcount > 0
    made = call(*AT, "-o", "json=saved.json", cwd=tmp_path)
    assert made.returncode in {0, 1, 3}, made.stderr
    saved = json.loads((tmp_path / "saved.json").read_text("utf-8"))
    ratios = [one["ratio"] for one in saved["sections"]["coverage"] if one["ratio"] is not None]
    assert all(0 <= ratio <= 1 for ratio in ratios)
    again = call("--rejudge", "saved.json", cwd=tmp_path)
    assert again.returncode == made.returncode, again.stderr
