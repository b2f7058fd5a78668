"""A query that failed: what is judged by its answer is not known, and a table that only shows something is a warning.

One query at a time is another one that runs too long, returns too many rows or too many bytes. A gateway without a
fault is then no PASS wherever the answer could have shown a fault that fails the gate.
"""

import json
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from llmgw_report import gateways
from llmgw_report.checks import load
from llmgw_report.gateways.definition import Gateway
from tests.builders.databases import build
from tests.builders.products import script
from tests.checks.test_each import CASES
from tests.process import AT, call
from tests.system.cases.inputs import Instance, llm_gateway, log, spread

PRODUCTS = Path(__file__).parents[1] / "gateways" / "products"
#: What the answer to a query that is judged becomes.
ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i)"
WAYS = {
    "time": f"-- deadline: 0.05\n{ENDLESS} AS x FROM n\n",
    "rows": "-- limit: 1\nSELECT 1 AS x UNION ALL SELECT 2\n",
    "bytes": f"WITH n (x) AS (SELECT hex(zeroblob(250000))) {' UNION ALL '.join(['SELECT x FROM n'] * 20)}\n",  # noqa: S608 - the text is above
}
RELATION = f"-- deadline: 0.05\n{ENDLESS} AS time_ms, 'success' AS outcome FROM n\n"

#: Query -> the checks that its failure makes unknown; those in capitals could have failed the gate.
OF_A_RELATION: dict[str, str] = {
    "requests": "SERVING ERROR-RATIO UNATTRIBUTED-ERROR-RATIO LATENCY-P99 client-error-ratio error-patterns"
    " auth-failures-visible latency-coverage token-coverage slow-requests first-token-p99",
    "attempts": "SERVING ERROR-RATIO UNATTRIBUTED-ERROR-RATIO INSTANCE-HEALTH client-error-ratio",
    "outcomes": "SERVING ERROR-RATIO UNATTRIBUTED-ERROR-RATIO client-error-ratio",
    "attempted": "SERVING ERROR-RATIO UNATTRIBUTED-ERROR-RATIO INSTANCE-HEALTH client-error-ratio",
    "traffic": "LATENCY-P99 auth-failures-visible error-patterns first-token-p99 latency-coverage token-coverage",
    "health": "INSTANCE-HEALTH",
    "tables": "data-fresh spans-present times-plausible trend-trusted",
    "error_patterns": "error-patterns",
    "slow_requests": "slow-requests",
    "window": "error-patterns slow-requests",
    "instances": "",
    "trend": "",
    "token_efficiency": "",
    "budget": "",
}
BY_HAND: dict[str, str] = {
    "outcomes": "SERVING ERROR-RATIO UNATTRIBUTED-ERROR-RATIO client-error-ratio",
    "traffic": "LATENCY-P99 auth-failures-visible error-patterns first-token-p99 latency-coverage token-coverage",
    "started": "SERVING ERROR-RATIO UNATTRIBUTED-ERROR-RATIO client-error-ratio errors-logged requests-reconcile",
    "tables": "data-fresh spans-present times-plausible trend-trusted",
    "levels": "errors-logged",
    "snapshots": "trend-trusted",
    "error_patterns": "error-patterns",
    "slow_requests": "slow-requests",
    "window": "error-patterns slow-requests",
    "trend": "",
    "token_efficiency": "",
    "recent_logs": "",
    "budget": "",
}


def status(document: Mapping[str, Any]) -> str:
    """The verdict; a warning of a check that is new, which nothing here could know, is not in it."""
    warned = {one["check"] for one in document["findings"] if one["status"] == "warn"}
    verdict: str = document["verdict"]["status"]
    return "pass" if verdict == "warn" and not warned & set(CASES) else verdict


def with_query(gateway: str, name: str, sql: str, folder: Path) -> Path:
    """The definition of a product with another query of that name."""
    place = folder / gateway
    shutil.copytree(next(one.folder for one in gateways.load_all() if one.name == gateway), place)
    (place / f"{name}.sql").write_text(sql)
    return place


def relation_gateway(folder: Path, *arguments: str) -> dict[str, Any]:
    """The report of a new-api without a fault, which has requests, calls and the states of channels."""
    failed = "INSERT INTO logs (id, created_at, type, model_name, channel_id, other) VALUES "
    mistake = f"{failed}(9, unixepoch('2026-11-20 09:59:00'), 5, 'big', 1, '{{\"status_code\": 400}}');"
    build(script(PRODUCTS / "new-api" / "clean") + mistake, folder / "o.db")
    return report(folder, "--no-metrics", "--at", "2026-11-20T10:00:00Z", *arguments)


def gateway_by_hand(folder: Path, *arguments: str) -> dict[str, Any]:
    """The report of an llm-gateway without a fault, whose queries are all written by hand, with its scrape."""
    log(*spread(400, since=3500, until=60), starts=(3550,))(folder / "o.db")
    (folder / "m.prom").write_text(llm_gateway(Instance({"success": 400})))
    return report(folder, "--metrics-file", "m.prom", "--at", AT, *arguments)


def report(folder: Path, *arguments: str) -> dict[str, Any]:
    given = ("--db-path", "o.db", "--no-config", "-f", "json", *arguments)
    done = call(*given, cwd=folder, environment={"LLMGW_REPORT_WINDOW": "1h"})
    assert done.stdout, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def lost(document: Mapping[str, Any]) -> set[str]:
    """Checks that a failed query made unknown, but for new ones; in capitals those that the verdict needs."""
    known = set(CASES) - {"queries-complete"}
    found = [one for one in document["findings"] if "query" in one["subject"] and one["check"] in known]
    assert all(one["status"] == "unknown" and one["reason"] for one in found)
    return {one["check"].upper() if one["required"] == "yes" else one["check"] for one in found}


ONE_FAILS = [
    *(("new-api", name, way) for name in OF_A_RELATION for way in WAYS if name not in {"requests", "attempts"}),
    *(("llm-gateway", name, way) for name in BY_HAND for way in WAYS),
    ("new-api", "requests", "relation"),
    ("new-api", "attempts", "relation"),
]
MADE = {"new-api": (relation_gateway, OF_A_RELATION), "llm-gateway": (gateway_by_hand, BY_HAND)}
#: Without these nobody knows of any request, or whether the file can be read at all.
NEEDED_BY_ALL = {"requests", "outcomes", "traffic", "tables"}


@pytest.mark.parametrize("gateway", MADE)
def test_it_passes_where_every_query_completes(gateway: str, tmp_path: Path) -> None:
    document = MADE[gateway][0](tmp_path)
    assert (status(document), document["exit"]["code"], lost(document)) == ("pass", 0, set())


@pytest.mark.parametrize("gateway", MADE)
def test_every_query_that_a_check_reads_is_among_them(gateway: str) -> None:
    product = next(one for one in gateways.load_all() if one.name == gateway)
    own = [query.name for query in gateways.queries(product)]
    read = {name.removesuffix(".sql") for slug in CASES for name in load(slug).reads if name.endswith(".sql")}
    assert {name for name in read if gateways.answering(name, own)} <= set(MADE[gateway][1])


@pytest.mark.parametrize(("gateway", "name", "way"), ONE_FAILS)
def test_what_a_failed_query_takes_with_it(gateway: str, name: str, way: str, tmp_path: Path) -> None:
    make, expected = MADE[gateway]
    definition = with_query(gateway, name, {**WAYS, "relation": RELATION}[way], tmp_path)
    document = make(tmp_path, "--gateway", str(definition))
    assert [one["name"] for one in document["sections"]["failed_queries"]] == [name]
    assert lost(document) == set(expected[name].split())
    needed = name in NEEDED_BY_ALL or expected[name] != expected[name].lower()
    expected_status = ("unknown", 3) if needed else ("warn", 0)
    assert (status(document), document["exit"]["code"]) == expected_status, document["verdict"]
    if needed:
        reasons = (document["verdict"]["headline"], *document["verdict"]["reasons"])
        assert any(document["sections"]["failed_queries"][0]["reason"][:30] in one for one in reasons)


def test_a_check_that_is_made_to_fail_the_gate_is_needed(tmp_path: Path) -> None:
    definition = with_query("llm-gateway", "error_patterns", WAYS["time"], tmp_path)
    made_to_fail = ("--set", "error-patterns.fail=10%", "--set", "error-patterns.severity=fail")
    document = gateway_by_hand(tmp_path, "--gateway", str(definition), *made_to_fail)
    assert (document["exit"]["code"], lost(document)) == (3, {"ERROR-PATTERNS"})


def test_one_that_may_only_warn_is_not(tmp_path: Path) -> None:
    definition = with_query("new-api", "health", WAYS["time"], tmp_path)
    document = relation_gateway(tmp_path, "--gateway", str(definition), "--set", "instance-health.severity=warn")
    assert (document["exit"]["code"], lost(document)) == (0, {"instance-health"})


@pytest.mark.parametrize(("word", "code"), [("zero", 3), ("fail", 1)])
def test_what_is_lost_is_not_empty(word: str, code: int, tmp_path: Path) -> None:
    definition = with_query("new-api", "health", WAYS["rows"], tmp_path)
    document = relation_gateway(tmp_path, "--gateway", str(definition), "--set", f"instance-health.on-empty={word}")
    assert document["exit"]["code"] == code


def test_an_objective_that_could_not_be_counted_is_unknown(tmp_path: Path) -> None:
    definition = with_query("llm-gateway", "budget", WAYS["time"], tmp_path)
    document = gateway_by_hand(tmp_path, "--gateway", str(definition), "--slo", "99%")
    assert (document["exit"]["code"], lost(document)) == (3, {"ERROR-BUDGET"})


def test_what_dates_the_counters_is_of_no_use_without_them(tmp_path: Path) -> None:
    definition = with_query("llm-gateway", "started", WAYS["time"], tmp_path)
    gateway_by_hand(tmp_path)
    document = report(tmp_path, "--no-metrics", "--at", AT, "--gateway", str(definition))
    assert (document["verdict"]["status"], lost(document)) == ("warn", set())


def test_a_version_without_the_column_has_nothing_to_ask_for(tmp_path: Path) -> None:
    definition = with_query("new-api", "health", "SELECT name AS instance, mood AS health FROM channels\n", tmp_path)
    document = relation_gateway(tmp_path, "--gateway", str(definition))
    assert (document["verdict"]["status"], lost(document)) == ("warn", set())


def test_a_failure_that_is_proven_stands(tmp_path: Path) -> None:
    relation_gateway(tmp_path)
    with closing(sqlite3.connect(tmp_path / "o.db")) as connection, connection:
        connection.execute("UPDATE channels SET status = 3")
        connection.execute("UPDATE abilities SET enabled = 0")
    definition = with_query("new-api", "attempted", WAYS["time"], tmp_path)
    given = ("--no-metrics", "--at", "2026-11-20T10:00:00Z", "--gateway", str(definition))
    assert report(tmp_path, *given)["exit"]["code"] == 1


def test_a_judgement_made_again_says_the_same(tmp_path: Path) -> None:
    definition = with_query("new-api", "health", WAYS["rows"], tmp_path)
    document = relation_gateway(tmp_path, "--gateway", str(definition))
    (tmp_path / "saved.json").write_text(json.dumps(document))
    done = call("--rejudge", "saved.json", "--no-config", "-f", "json", cwd=tmp_path)
    again = json.loads(done.stdout)
    assert (again["exit"]["code"], lost(again)) == (3, {"INSTANCE-HEALTH"})


def test_it_can_be_waived(tmp_path: Path) -> None:
    definition = with_query("new-api", "health", WAYS["rows"], tmp_path)
    waiver = '[[waive]]\ncheck = "instance-health"\nsubject = { query = "health" }\nreason = "known"\n'
    (tmp_path / "c.toml").write_text(f"{waiver}expires = 2026-12-31\n")
    relation_gateway(tmp_path)
    given = ("--no-metrics", "--at", "2026-11-20T10:00:00Z", "--gateway", str(definition), "--config", "c.toml")
    done = call("--db-path", "o.db", "-f", "json", *given, cwd=tmp_path, environment={"LLMGW_REPORT_WINDOW": "1h"})
    assert json.loads(done.stdout)["verdict"]["status"] == "warn"


@pytest.mark.parametrize(
    ("earlier", "compared"), [((), ("--baseline", "earlier.json")), (("--history", "h.db"), ("--history", "h.db"))]
)
def test_patterns_that_an_earlier_run_could_not_read_are_not_new(
    earlier: tuple[str, ...], compared: tuple[str, ...], tmp_path: Path
) -> None:
    failing = spread(60, ending="failed", since=7000, until=60)
    log(*spread(900, since=7100, until=60), *failing)(tmp_path / "o.db")
    definition = with_query("llm-gateway", "error_patterns", WAYS["time"], tmp_path)
    before = ("--no-metrics", "--at", "2026-03-02T11:00:00Z", *earlier)
    found = []
    for gateway in ((), ("--gateway", str(definition))):
        first = report(tmp_path, *before, *gateway)
        (tmp_path / "earlier.json").write_text(json.dumps(first))
        now = report(tmp_path, "--no-metrics", "--at", AT, *compared)
        found.append([one["status"] for one in now["findings"] if one["check"] == "new-error-patterns"])
        (tmp_path / "h.db").unlink(missing_ok=True)
    assert found[0] == ["pass"]
    assert found[1] in (["unknown"], ["skip"])


@pytest.mark.parametrize("gateway", gateways.load_all(), ids=lambda gateway: gateway.name)
def test_the_states_of_large_installations_are_read_the_worst_first(gateway: Gateway) -> None:
    """A shorter window has as many of them, and what is cut off must not be what is down."""
    for query in gateways.queries(gateway):
        if query.name == "health":
            assert query.limit >= 10_000
            assert "ORDER BY health <> 'down'" in query.sql


def test_a_comparison_that_was_asked_for_is_lost_with_the_figures(tmp_path: Path) -> None:
    log(*spread(900, since=7100, until=60))(tmp_path / "o.db")
    before = report(tmp_path, "--no-metrics", "--at", "2026-03-02T11:00:00Z")
    (tmp_path / "earlier.json").write_text(json.dumps(before))
    definition = with_query("llm-gateway", "traffic", WAYS["rows"], tmp_path)
    given = ("--no-metrics", "--at", AT, "--baseline", "earlier.json")
    assert lost(report(tmp_path, *given)) == set()
    now = report(tmp_path, *given, "--gateway", str(definition))
    assert {"REGRESSION-ERROR-RATIO", "REGRESSION-LATENCY"} < lost(now)
    assert now["exit"]["code"] == 3
