"""The gateway that docs/writing-a-gateway.md builds step by step is right about a clean and about a dead one."""

import json
import re
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

from llmgw_report import gateways
from llmgw_report.gateways.macros import expanded
from llmgw_report.gateways.relation import columns
from tests.builders.databases import build
from tests.process import call

GUIDE = (Path(__file__).parents[2] / "docs" / "writing-a-gateway.md").read_text("utf-8")
SCHEMA = """CREATE TABLE calls (id INTEGER PRIMARY KEY, finished_at TEXT, key_id INTEGER, model TEXT, upstream TEXT,
  http_status INTEGER, millis REAL, prompt_tokens INTEGER, answer_tokens INTEGER, dollars REAL, failure TEXT);
CREATE INDEX calls_by_time ON calls (finished_at);
CREATE TABLE keys (id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO keys VALUES (1, 'alice'), (2, 'bob');
"""
INSERT = "INSERT INTO calls VALUES ({});\n"
AT = "2026-11-20T10:00:00Z"


def block(language: str, word: str = "") -> str:
    """The first block of the guide in this language that has this word."""
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    return next(text for text in blocks if word in text)


def metrics() -> str:
    """The mappings that the guide adds to the definition."""
    return block("toml", "example_build_info")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "example").mkdir()
    (tmp_path / "example" / "gateway.toml").write_text(block("toml") + "\n" + metrics(), "utf-8")
    (tmp_path / "example" / "requests.sql").write_text(block("sql"), "utf-8")
    return tmp_path


def report(folder: Path, calls: list[str], *arguments: str) -> dict[str, Any]:
    build(SCHEMA + "".join(map(INSERT.format, calls)), folder / "example.db")
    done = page(folder, "--gateway", "./example", "--db-path", "example.db", "--at", AT, "-f", "json", *arguments)
    assert done.stdout, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def row(number: int, status: int = 200, upstream: str | None = "alpha") -> str:
    """One request, a second after the one before."""
    good = status == 200
    figures = f"{100 + number}, 20, 5, 0.001, NULL" if good else "9, NULL, NULL, NULL, 'no answer'"
    named = f"'{upstream}'" if upstream else "NULL"
    time = f"'2026-11-20 09:{50 + number // 60}:{number % 60:02}.250'"
    return f"{number}, {time}, {1 + number % 2}, 'large', {named}, {status}, {figures}"


def test_it_is_right_about_a_clean_gateway(folder: Path) -> None:
    calls = [row(number) for number in range(60)] + [row(60, 404, None), row(61, 429, None)]
    document = report(folder, calls, "--no-metrics")
    assert document["verdict"]["status"] == "pass", document["verdict"]
    total = document["sections"]["traffic"]["total"]
    outcomes = {name: count for name, count in total["outcomes"].items() if count}
    assert outcomes == {"success": 60, "client_error": 1, "limited": 1}
    assert total["tokens"]["input"] == 60 * 20
    assert total["cost_usd"] == pytest.approx(0.06)
    assert total["latency"]["p50_seconds"] == pytest.approx(0.129)


def test_it_is_right_about_a_dead_upstream(folder: Path) -> None:
    calls = [row(number) for number in range(40)] + [row(number, 502, "beta") for number in range(40, 60)]
    document = report(folder, calls, "--no-metrics")
    assert document["verdict"]["status"] == "fail"
    found = [one["subject"] for one in document["findings"] if one["status"] == "fail"]
    assert {"provider": "beta"} in found


def test_its_metrics_are_read_beside_its_rows(folder: Path) -> None:
    lines = [
        "# TYPE example_build_info gauge\nexample_build_info 1",
        '# TYPE example_requests_total counter\nexample_requests_total{upstream="alpha",model="large",code="200"} 60',
        "# TYPE example_request_duration_milliseconds histogram",
        'example_request_duration_milliseconds_bucket{upstream="alpha",model="large",le="250"} 60',
        'example_request_duration_milliseconds_bucket{upstream="alpha",model="large",le="+Inf"} 60',
        'example_request_duration_milliseconds_sum{upstream="alpha",model="large"} 7770',
        'example_request_duration_milliseconds_count{upstream="alpha",model="large"} 60',
    ]
    (folder / "metrics.prom").write_text("\n".join(lines) + "\n", "utf-8")
    document = report(folder, [row(number) for number in range(60)], "--metrics-file", "metrics.prom")
    assert document["verdict"]["status"] == "pass", document["verdict"]
    assert document["sections"]["traffic"]["total"]["requests"] == 60


def test_it_is_short_enough_and_uses_an_index(folder: Path) -> None:
    assert block("toml").count("\n") + block("sql").count("\n") <= 40
    build(SCHEMA, folder / "plan.db")
    connection = sqlite3.connect(folder / "plan.db")
    plan = connection.execute(f"EXPLAIN QUERY PLAN {expanded(block('sql'))}", {"since_ms": 1, "until_ms": 2}).fetchall()
    assert not [step[3] for step in plan if step[3].startswith("SCAN")]


def test_every_part_that_is_shown_is_one(folder: Path) -> None:
    """Every other block of TOML can be added to the example as it stands, and names what there is."""
    assert set(gateways.load(str(folder / "example")).metrics) == {"requests", "latency"}
    log = block("toml", "[log.columns]")
    (folder / "example" / "gateway.toml").write_text(f"{block('toml')}\n{metrics()}\n{log}", "utf-8")
    loaded = gateways.load(str(folder / "example")).log
    assert loaded is not None
    assert set(loaded.columns) == {"message", "request_id"}
    assert all(f"| `{name}` |" in GUIDE for name in columns())


def test_more_mappings_can_be_added_to_it(folder: Path) -> None:
    """In a list, a health of its own, and a status that another family divides."""
    split = block("toml", "[metrics.requests.split]")
    mapped = metrics().replace("\n[[metrics.latency]]", f"\n{split}\n[[metrics.latency]]")
    more = block("toml", "example_circuit_state") + block("toml", "[metrics]\n")
    (folder / "example" / "gateway.toml").write_text(f"{block('toml')}\n{mapped}\n{more}", "utf-8")
    loaded = gateways.load(str(folder / "example")).metrics
    assert set(loaded) == {"requests", "latency", "health", "tokens"}
    assert loaded["health"][0].recovery == "30s"
    (divided,) = loaded["requests"]
    assert divided.split is not None
    assert divided.split.labels == {"provider": "upstream"}


STAGES = """CREATE TABLE events (id INTEGER PRIMARY KEY, request_id TEXT, at TEXT, stage TEXT, model TEXT,
  upstream TEXT, millis REAL);
CREATE INDEX events_by_time ON events (at);
CREATE INDEX events_by_request ON events (request_id);
"""
EVENT = "INSERT INTO events (request_id, at, stage, model, upstream, millis) VALUES ('{}', '{}', '{}', {}, {}, {});\n"


def test_several_rows_of_a_request_are_one(folder: Path) -> None:
    """Rows of one request have the same time, or begin before the window."""
    script = STAGES
    for number in range(60):
        at = f"2026-11-20 09:{number % 2 + 50}:{number:02}.000" if number else "2026-11-20 08:59:59.999"
        script += EVENT.format(number, at, "begin", "'large'", "NULL", "NULL")
        end = (at if number else "2026-11-20 09:00:01.000", "fail" if number % 10 == 9 else "end")
        script += EVENT.format(number, *end, "NULL", "'alpha'", 100) if number != 58 else ""
    (folder / "example.db").unlink(missing_ok=True)
    build(script, folder / "example.db")
    (folder / "example" / "requests.sql").write_text(block("sql", "'begin'"), "utf-8")
    (folder / "example" / "gateway.toml").write_text(
        'title = "E"\nabout = "E"\n[detect.tables]\nevents = ["id", "request_id", "at", "stage", "model", "upstream", '
        '"millis"]\n[times]\nevents = { column = "at", unit = "text" }\n',
        "utf-8",
    )
    command = ("--gateway", "./example", "--db-path", "example.db", "--no-metrics", "--at", AT, "-f", "json")
    traffic = json.loads(page(folder, *command).stdout)["sections"]["traffic"]
    outcomes = {name: n for name, n in traffic["total"]["outcomes"].items() if n}
    assert outcomes == {"success": 53, "server_error": 6, "error": 1}
    assert traffic["total"]["latency"]["count"] == 53
    assert {row["group"]: row["requests"] for row in traffic["rows"]} == {"alpha": 59, "(not recorded)": 1}
    done = page(folder, "--check-gateway", "./example", "--db-path", "example.db")
    assert done.returncode == 0, done.stdout
    assert "Warnings" not in done.stdout
    connection = sqlite3.connect(folder / "example.db")
    bounds = {"since_ms": 1, "until_ms": 2}
    plan = connection.execute(f"EXPLAIN QUERY PLAN {expanded(block('sql', chr(39) + 'begin'))}", bounds).fetchall()
    assert not [step[3] for step in plan if step[3].startswith("SCAN")]


def test_its_check_finds_nothing_to_say(folder: Path) -> None:
    test_its_metrics_are_read_beside_its_rows(folder)
    done = page(folder, "--check-gateway", "./example", "--metrics-file", "metrics.prom", "--db-path", "example.db")
    assert done.returncode == 0, done.stderr
    assert "Warnings" not in done.stdout
    assert done.stdout.endswith("The definition is valid.\n")


def test_a_draft_of_it_is_right_about_what_names_say(folder: Path) -> None:
    build(SCHEMA + "".join(INSERT.format(row(number)) for number in range(60)), folder / "example.db")
    done = page(folder, "--draft-gateway", "draft", "--db-path", "example.db")
    assert done.returncode == 0, done.stderr
    (folder / "example").rename(folder / "by-hand")
    (folder / "draft").rename(folder / "example")
    (folder / "example.db").unlink()
    total = report(folder, [row(number) for number in range(60)], "--no-metrics")["sections"]["traffic"]["total"]
    assert {name: n for name, n in total["outcomes"].items() if n} == {"success": 60}
    assert (total["tokens"]["input"], total["tokens"]["output"]) == (60 * 20, 60 * 5)
    assert total["cost_usd"] == pytest.approx(0.06)
    assert total["latency"]["p50_seconds"] == pytest.approx(0.129)


def page(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return call(*arguments, "--no-config", cwd=folder, environment={"LLMGW_REPORT_WINDOW": ""})
