"""Every product whose states are kept beside this file is reported as what truly happened to it.

`products/<gateway>/<state>/` holds what the gateway would have left behind: `metrics.prom`, `database.sql` (a script
that makes its database, after the product's `schema.sql`), log files `*.jsonl`, `spend_logs.json` (rows of LiteLLM in
PostgreSQL). `truth.json` says what happened:

    {"about": "one line", "at": "2026-11-20T10:00:00Z", "verdict": "PASS",
     "figures": {"traffic.total.requests": 40, "traffic.total.latency.p50_seconds": [0.1, 0.12],
                 "traffic.rows[group=alice].cost_usd": 0.25}}

A path leads through `sections` of the document; `[field=value]` picks the row of a list; two numbers are a range; a
figure that is not recorded is null. `capture` instead of files names a folder of real captures, and the test is
skipped where those are absent; `metrics`, `database` and `log` then name its files. `[provider=x]` picks the outcomes
of a subject too, and `[total=]` those of all.
"""

import json
import lzma
import os
import re
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest

from llmgw_report import gateways
from llmgw_report.model import timestamp
from tests.builders.databases import build
from tests.builders.postgres import Postgres, captured
from tests.builders.products import script
from tests.checks.test_each import CASES
from tests.process import call

HERE = Path(__file__).parent / "products"
CAPTURES = Path(os.environ.get("GATEWAY_CAPTURES", Path(__file__).parents[3] / "shared" / "captures"))
STATES = sorted(HERE.glob("*/*/truth.json"))


@pytest.mark.parametrize("file", STATES, ids=lambda file: f"{file.parent.parent.name}/{file.parent.name}")
def test_what_happened_is_what_the_report_says(file: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    truth = json.loads(file.read_text())
    document = _report(file.parent, truth, tmp_path, request)
    assert document["gateway"]["name"] == truth.get("gateway", file.parent.parent.name)
    assert _status(document) == truth["verdict"], document["verdict"]
    found = {path: _figure(document["sections"], path) for path in truth["figures"]}
    wrong = {path: (found[path], wanted) for path, wanted in truth["figures"].items() if not _is(found[path], wanted)}
    assert not wrong, f"path: (report, truth) {wrong}"
    _assert_same_counts(document)


def _assert_same_counts(document: dict[str, Any]) -> None:
    """The error budget and the error ratio of one window are made of the same requests."""
    budget, outcomes = (document["sections"][name] for name in ("error_budget", "outcomes"))
    seconds = document["window"]["seconds"]
    counted = [(one["good"], one["bad"]) for one in (budget or {}).get("windows", ()) if one["seconds"] == seconds]
    if counted and outcomes["source"] == "database" and outcomes["successes_only"] == "no":
        found = outcomes["subjects"][0]["outcomes"]
        bad = sum(found[name] for name in ("rate_limited", "upstream_refused", "timeout", "server_error"))
        assert counted == [(found["success"] + found["error"] + found["unknown"], bad)]


@pytest.mark.parametrize("name", gateways.names())
def test_a_product_that_comes_with_the_program_has_a_state_that_is_proven(name: str) -> None:
    if not (HERE / name).is_dir():
        pytest.skip(f"{name} is new: no state of it is kept yet")
    assert [file for file in STATES if file.parent.parent.name == name]


def test_every_state_is_one_of_a_product_that_is_there() -> None:
    assert {file.parent.parent.name for file in STATES} <= set(gateways.names())


def _status(document: dict[str, Any]) -> str:
    """The verdict; warnings of a check that is new, which no state could know, are not in it."""
    status: str = document["verdict"]["status"].upper()
    warned = {one["check"] for one in document["findings"] if one["status"] == "warn"}
    return "PASS" if status == "WARN" and not warned & set(CASES) else status


def _report(folder: Path, truth: dict[str, Any], work: Path, request: pytest.FixtureRequest) -> dict[str, Any]:
    metrics, database, logs = _files(folder, truth, work)
    args = ["--metrics-file", str(metrics)] if metrics else ["--no-metrics"]
    if rows := _spend_logs(folder, truth):
        server: Postgres = request.getfixturevalue("postgres")
        database = work / "url.txt"
        database.write_text(server.url(server.spend_logs(rows)))
        args += ["--db-url-file", str(database)]
    else:
        args += ["--db-path", str(database)] if database else ["--no-db"]
    args += [part for log in logs for part in ("--log", str(log))]
    args += truth.get("arguments", [] if database else ["--window", "all"])
    args += ["--no-config", "--at", truth["at"], "-f", "json"]
    done = call(*args, cwd=work, environment={"LLMGW_REPORT_WINDOW": ""})
    assert done.stdout, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def _spend_logs(folder: Path, truth: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows for PostgreSQL: of a capture, or each as often as it says, a second after the one before."""
    if file := truth.get("spend_logs"):
        return captured(CAPTURES / truth["capture"] / file)
    if not (folder / "spend_logs.json").exists():
        return []
    made = json.loads((folder / "spend_logs.json").read_text())
    first = timestamp.parse(made["first"])
    rows = [row for row in made["rows"] for _ in range(row.get("times", 1))]
    return [{"time_ms": first + 1000 * number, **row} for number, row in enumerate(rows)]


def _files(folder: Path, truth: dict[str, Any], work: Path) -> tuple[Path | None, Path | None, list[Path]]:
    """The scrape, the database and the logs, as copies: a reader of a live database may leave files beside it."""
    if capture := truth.get("capture"):
        if not (CAPTURES / capture).is_dir():
            pytest.skip("the captures of real gateways are absent")
        paths = [
            _copied(CAPTURES / capture / name, work) for name in (truth.get("metrics"), truth.get("database")) if name
        ]
        metrics = paths[0] if truth.get("metrics") else None
        logs = [_copied(CAPTURES / capture / name, work) for name in truth.get("log", ())]
        return metrics, paths[-1] if truth.get("database") else None, logs
    metrics = folder / "metrics.prom" if (folder / "metrics.prom").exists() else None
    logs = [_copied(file, work) for file in sorted(folder.glob("*.jsonl"))]
    if not (folder / "database.sql").exists():
        return metrics, None, logs
    database = work / "database.db"
    build(script(folder), database)
    return metrics, database, logs


def _copied(file: Path, work: Path) -> Path:
    if file.suffix != ".xz":
        for one in sorted(file.parent.glob(f"{file.name}*")):
            if one.name in {file.name, f"{file.name}-wal"}:
                shutil.copy(one, work)
        return work / file.name
    if file.name.endswith(".tar.xz"):
        with tarfile.open(file) as packed:
            packed.extractall(work, filter="data")
        return next(work.glob("*.db"))
    (work / file.stem).write_bytes(lzma.decompress(file.read_bytes()))
    return work / file.stem


def _figure(found: object, path: str) -> object:
    """What the path leads to; None where the document has nothing there."""
    for name, field, value in re.findall(r"([\w-]+)(?:\[([\w-]+)=([^\]]*)\])?", path):
        found = found.get(name) if isinstance(found, dict) else None
        if field and isinstance(found, list):
            found = next((row for row in found if _is_of(row, field, value)), None)
    return found


def _is_of(row: dict[str, Any], field: str, value: str) -> bool:
    """Whether it is this row of a list; a subject has names instead of fields, and that of the total has none."""
    return row.get("subject") == ({field: value} if value else {}) or row.get(field) == value


def _is(found: object, wanted: object) -> bool:
    if isinstance(wanted, list):
        return isinstance(found, (int, float)) and wanted[0] <= found <= wanted[1]
    return bool(found == (pytest.approx(wanted, rel=1e-6) if isinstance(wanted, float) else wanted))
