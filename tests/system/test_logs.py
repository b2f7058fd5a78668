"""Log files as a source: beside a database, alone, and where the gateway itself writes them."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

from tests.builders.databases import build
from tests.process import call

AT = "2026-11-26T02:30:00Z"
ALONE = ("--no-metrics", "--no-db", "--at", AT, "--format", "json")
DEFINITION = """title = "Edge"
about = "A proxy that writes an access log and nothing else."
keeps = ["database"]
detect = {}
[times]
log_lines = { column = "time_ms", unit = "ms" }
[log]
time = "start_time"
[log.columns]
status = "response_code"
model = "gen_ai.model"
ms = "duration"
"""
REQUESTS = """-- title: lines of the access log
SELECT time_ms, iif(status < 400, 'success', 'server-error') AS outcome, status, model, ms_to_s(ms) AS seconds
FROM log_lines WHERE time_ms > :since_ms AND time_ms <= :until_ms
"""
#: A table of requests as the product makes it, with one success in it.
TABLE = """CREATE TABLE requests (request_id TEXT PRIMARY KEY, timestamp INTEGER, api_key_name TEXT, provider TEXT,
instance TEXT, model TEXT, status TEXT, input_tokens INTEGER, output_tokens INTEGER, duration_ms INTEGER);
INSERT INTO requests VALUES ('r0', 1795659900000, 'web', 'openai', 'main', 'm', 'success', 10, 5, 300);"""


def lines(n: int, failed: int) -> str:
    """An access log of 5 requests a minute up to the end, of which the last have failed; it holds a key as well."""
    found = (
        {
            "start_time": f"2026-11-26T02:{number // 5:02d}:{number % 5 * 12:02d}.5Z",
            "response_code": 503 if number >= n - failed else 200,
            "gen_ai": {"model": "m"},
            "duration": 100 + number,
            "authorization": "Bearer sk-aaaabbbbccccddddeeeeffff0000",
        }
        for number in range(n)
    )
    return "".join(f"{json.dumps(line)}\n" for line in found)


def edge(folder: Path) -> tuple[str, ...]:
    """The gateway that only writes a log, defined in a folder."""
    (folder / "edge").mkdir()
    (folder / "edge" / "gateway.toml").write_text(DEFINITION)
    (folder / "edge" / "requests.sql").write_text(REQUESTS)
    return "--gateway", "edge"


def report(*arguments: str, cwd: Path) -> tuple[int, dict[str, Any]]:
    done = call(*arguments, cwd=cwd, environment={"LLMGW_REPORT_WINDOW": "1h"})
    return done.returncode, json.loads(done.stdout)


def test_a_log_alone(tmp_path: Path) -> None:
    (tmp_path / "good.jsonl").write_text(lines(150, 0))
    with gzip.open(tmp_path / "bad.jsonl.gz", "wt") as file:
        file.write(lines(150, 30))
    gateway = edge(tmp_path)
    code, good = report(*ALONE, *gateway, "--log", "good.jsonl", cwd=tmp_path)
    assert (code, good["verdict"]["status"]) == (0, "pass")
    total = good["sections"]["traffic"]["total"]
    assert (total["requests"], total["outcomes"]["success"], total["latency"]["count"]) == (150, 150, 150)
    assert [(one["kind"], one["status"]) for one in good["inputs"]] == [
        ("metrics", "skipped"),
        ("database", "skipped"),
        ("log", "ok"),
    ]
    code, bad = report(*ALONE, *gateway, "--log", "bad.jsonl.gz", cwd=tmp_path)
    assert code == 1
    assert bad["sections"]["traffic"]["total"]["outcomes"]["server_error"] == 30
    _, both = report(*ALONE, *gateway, "--log", "good.jsonl", "--log", "bad.jsonl.gz", cwd=tmp_path)
    assert both["sections"]["traffic"]["total"]["requests"] == 300
    assert "sk-aaaa" not in json.dumps((good, bad, both))


def test_a_log_whose_gateway_is_not_named_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "good.jsonl").write_text(lines(20, 0))
    code, found = report(*ALONE, "--log", "good.jsonl", cwd=tmp_path)
    assert code == 3
    assert "--gateway" in found["verdict"]["headline"]


def test_a_log_that_is_not_there_leaves_the_database_and_is_no_pass(tmp_path: Path) -> None:
    build(TABLE, tmp_path / "o.db")
    arguments = ("--no-metrics", "--db-path", "o.db", "--at", AT, "--format", "json", "--log", "gone.jsonl")
    code, found = report(*arguments, cwd=tmp_path)
    assert code == 3
    assert "gone.jsonl" in found["verdict"]["headline"]
    assert found["sections"]["traffic"]["total"]["requests"] == 1


def test_the_log_of_the_day_is_found_as_the_database_is(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "logs").mkdir()
    build(TABLE, tmp_path / "data" / "observability.db")
    begun = {"message": "Handling chat completion request", "stream": False}
    failed = {"message": "response failed", "classification": "Status code: 502 Bad Gateway", "latency": "9 ms"}
    log = "".join(
        f"{json.dumps({'timestamp': f'2026-11-26T02:2{n}:00.0{place}Z', 'level': 'INFO', 'fields': fields})}\n"
        for n in range(8)
        for place, fields in ((0, begun), (1, failed))
    )
    (tmp_path / "logs" / "requests.2026-11-26").write_text(log)
    arguments = ("--no-metrics", "--at", AT, "--format", "json")
    code, found = report(*arguments, cwd=tmp_path)
    assert code == 1
    outcomes = found["sections"]["traffic"]["total"]["outcomes"]
    assert (outcomes["success"], outcomes["server_error"]) == (1, 8)
    assert found["inputs"][2]["target"] == "logs/requests.2026-11-26"
    # A database that was named may be another gateway's than that of this folder.
    code, found = report(*arguments, "--db-path", "data/observability.db", cwd=tmp_path)
    assert (code, len(found["inputs"])) == (3, 2)
    # One that was closed last week has lines of all of the time, and none of the last hour.
    os.utime(tmp_path / "logs" / "requests.2026-11-26", (1_795_000_000, 1_795_000_000))
    read = [report(*arguments, "--window", window, cwd=tmp_path)[1]["inputs"] for window in ("1h", "all")]
    assert [[one["target"] for one in its if one["kind"] == "log"] for its in read] == [
        [],
        ["logs/requests.2026-11-26"],
    ]
