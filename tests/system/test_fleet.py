"""Fleets of known truth in real Prometheus-compatible servers, which the tests start themselves."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import httpx
import pytest

from llmgw_report.cli.build_settings import settings
from llmgw_report.cli.machine import ThisMachine
from llmgw_report.model.finding import Finding
from llmgw_report.model.report import Report
from llmgw_report.model.target import TargetRow
from llmgw_report.pipeline.document import run
from llmgw_report.pipeline.remember import append
from llmgw_report.renderers import html, json
from llmgw_report.sources import promql
from tests.builders import engines, fleet
from tests.builders.fleet import FLEET, STEPS, Replica
from tests.builders.postgres import Postgres
from tests.builders.settings import typed

COPIES = (',replica="a"', ',replica="b"')
WORKERS = Replica(name="two:4000", workers=2)
BROKEN = Replica(name="broken:4000", fails=1)
WINDOW = STEPS - 120


def everything() -> str:
    """What one server holds: jobs of different kinds side by side."""
    return fleet.together(
        fleet.exposition(),
        fleet.exposition(FLEET[:2], COPIES, job="copied"),
        fleet.exposition((*FLEET[:2], WORKERS), job="workers"),
        fleet.exposition((*FLEET[:2], BROKEN), job="mixed"),
        "\n".join(fleet.llm_gateways(("gw-0:8080", "gw-1:8080"), "gw-1:8080")),
        "\n".join(fleet.llm_gateways(("gw-0", "gw-1"), "gw-0", honors=True)),
    )


@pytest.fixture(scope="module", params=["prometheus", "victoria"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with getattr(engines, request.param)(tmp_path_factory.mktemp("engine"), everything()) as url:
        yield url


def reported(url: str, match: str, *arguments: str) -> Report:
    at = ("--at", str(fleet.END), "--window", "30m", "--no-db")
    chosen = settings(typed("--prometheus", url, "--match", match, *at, *arguments), {})
    return run(chosen, "1.0", ThisMachine())


@cache
def of_the_fleet(url: str) -> Report:
    """What most tests look at, each at another part of it."""
    return reported(url, 'job="litellm"')


def said(report: Report, check: str) -> dict[str, Finding]:
    return {one.subject.get("target", ""): one for one in report.findings if one.check == check}


def rows_of(report: Report) -> dict[str, TargetRow]:
    return {row.target: row for row in report.targets}


def test_every_replica_counts_what_it_did(server: str) -> None:
    report = of_the_fleet(server)
    found = rows_of(report)
    for one in FLEET:
        true, row = fleet.truth(one, WINDOW, STEPS), found[one.name]
        assert row.requests == (None if one.never_up else true.requests)  # absent is not zero
        assert row.course
        assert (sum(row.course.requests), sum(row.course.failed)) == (true.requests, true.failed)
        assert (row.outcomes.service if row.outcomes else 0) == true.failed
    assert {name: row.up for name, row in found.items() if row.up != "up"} == {
        "litellm-3:4000": "down",
        "litellm-5:4000": "down",
    }
    assert {name: row.restarts for name, row in found.items() if row.restarts} == {"litellm-1:4000": 1}
    whole = sum(fleet.truth(one, WINDOW, STEPS).requests for one in FLEET)
    assert report.sections.traffic
    assert report.sections.traffic.total.requests == whole
    assert report.sections.traffic.basis == report.window.basis == "window"
    good = whole - fleet.truth(FLEET[2], WINDOW, STEPS).failed
    assert report.sections.traffic.total.tokens.input == 850 * good


def test_the_failing_replica_fails_by_name_and_the_sum_does_not(server: str) -> None:
    report = of_the_fleet(server)
    assert report.exit.code == 1
    ratios = said(report, "error-ratio")
    assert ratios["litellm-2:4000"].status == "fail"
    assert [one.status for one in report.findings if one.check == "error-ratio" and not one.subject] == ["warn"]
    assert said(report, "target-outlier")["litellm-2:4000"].status == "warn"
    assert {name for name, one in said(report, "targets-up").items() if one.status == "warn"} == {
        "litellm-3:4000",
        "litellm-5:4000",
    }
    assert report.targets[0].target == "litellm-2:4000"


def test_everything_that_follows_from_the_failing_replica_stands_under_it(server: str) -> None:
    report = of_the_fleet(server)
    root = said(report, "error-ratio")["litellm-2:4000"].fingerprint
    bad = [one for one in report.findings if one.check == "error-ratio" and one.status in {"fail", "warn"}]
    assert len(bad) > 1
    assert {one.derived_from for one in bad} == {None, root}


def test_figures_that_nobody_counted_are_absent(server: str) -> None:
    report = of_the_fleet(server)
    assert report.sections.traffic
    assert report.sections.traffic.total.tokens.output is None
    assert not report.sections.token_efficiency
    assert {one.basis for one in report.sections.counts} == {"window"}


def test_a_target_that_died_is_empty_from_then_on_in_the_picture(server: str) -> None:
    report = of_the_fleet(server)
    dead = rows_of(report)["litellm-3:4000"].course
    assert dead
    assert (len(dead.requests), dead.step_seconds, dead.since) == (30, 60, "2026-01-01T01:30:00Z")
    assert dead.requests == (300,) * 15 + (0,) * 15
    page = html.render(report)
    assert "Failed requests of each target over time" in page
    assert "1 of these 6 targets failed requests; the worst 1 min is that of litellm-2:4000" in page
    assert page.count("-empty)") == 15 + 30


def test_the_trend_has_requests_with_errors_and_begins_with_the_data(server: str) -> None:
    trend = of_the_fleet(server).sections.trend
    assert trend
    # The very first sample lies at the end of the bucket before.
    assert trend.points[0].time in {"2026-01-01T00:00:00Z", "2025-12-31T23:55:00Z"}
    since_known = range(20, STEPS, 20)
    for point, since in zip(trend.points[-len(since_known) :], since_known, strict=True):
        true = [fleet.truth(one, since, since + 20) for one in FLEET]
        assert point.requests == pytest.approx(sum(one.requests for one in true), rel=0.01, abs=2)
        assert point.errors == pytest.approx(sum(one.failed for one in true), rel=0.03, abs=2)
        # Half of the requests of every replica take up to 1 s, and one of twenty more than 5 and up to 30.
        assert point.percentiles == pytest.approx({"p50": 1.0, "p90": 4.56, "p99": 25.0}, rel=0.02)
    assert trend.latency_source == "the buckets of a histogram"


def test_the_question_about_a_percentile_is_answered_by_the_server(server: str) -> None:
    report = reported(server, 'job="litellm"', "--set", "latency-p99.warn=2s")
    slow = [one for one in report.findings if one.check == "latency-p99" and one.status == "warn"]
    assert {"target" in one.subject for one in slow} == {True, False}
    for one in slow:
        answer = httpx.get(f"{server}/api/v1/query", params={"query": one.evidence or "", "time": fleet.END})
        ((_, p99),) = (series["value"] for series in answer.json()["data"]["result"])
        assert float(p99) == pytest.approx(25.0, rel=0.05)


def test_an_objective_is_evaluated_by_metrics(server: str) -> None:
    report = reported(server, 'job="litellm"', "--slo", "99.5%")
    budget = report.sections.error_budget
    assert budget
    assert budget.basis == "window"
    hour = next(one for one in budget.windows if one.seconds == 3600)
    true = [fleet.truth(one, STEPS - 240, STEPS) for one in FLEET]
    assert hour.good + hour.bad == pytest.approx(sum(one.requests for one in true), rel=0.01)
    assert hour.bad == pytest.approx(sum(one.failed for one in true), rel=0.03, abs=2)


def test_copies_are_unknown_and_one_of_them_is_counted(server: str) -> None:
    report = reported(server, 'job="copied"')
    assert report.exit.code == 3
    assert "stored more than once" in report.verdict.headline
    found = rows_of(reported(server, 'job="copied",replica="a"'))
    assert {name: row.requests for name, row in found.items()} == {"litellm-0:4000": 9000, "litellm-1:4000": 9000}


def test_two_workers_behind_one_port_are_unknown_and_the_others_unharmed(server: str) -> None:
    report = reported(server, 'job="workers"')
    assert report.exit.code == 3
    assert "two:4000" in report.verdict.headline
    found = rows_of(report)
    assert found["two:4000"].requests is None
    assert found["litellm-0:4000"].requests == 9000
    assert report.sections.traffic
    assert report.sections.traffic.total.requests == 18_000


def test_an_instance_is_the_gateways_own_and_its_state_that_of_one_replica(server: str) -> None:
    report = reported(server, 'job="llm-gateway"')
    down = [row for row in report.sections.instances if row.health == "down"]
    assert [(row.instance, row.target) for row in down] == [("openai-eu", "gw-1:8080")]
    (found,) = [one for one in report.findings if one.check == "instance-health" and one.status == "fail"]
    assert found.subject == {"provider": "openai", "instance": "openai-eu", "target": "gw-1:8080"}


def test_an_instance_is_the_gateways_own_where_the_server_honors_its_labels(server: str) -> None:
    report = reported(server, 'job="honest"', "--target-label", "pod")
    assert {name: row.requests for name, row in rows_of(report).items()} == {"gw-0": 2400, "gw-1": 2400}
    down = [row for row in report.sections.instances if row.health == "down"]
    assert [(row.instance, row.target) for row in down] == [("openai-eu", "gw-0")]


def test_two_products_are_unknown_with_both_matches_to_choose_from(server: str) -> None:
    report = reported(server, 'job=~"litellm|llm-gateway"')
    assert report.exit.code == 3
    assert all(word in report.verdict.headline for word in ("litellm", "llm-gateway", "--match"))
    assert (report.sections.traffic, report.sections.outcomes) == (None, None)  # absent is not zero


def test_the_rows_of_a_fleet_stand_beside_its_replicas(server: str, postgres: Postgres, tmp_path: Path) -> None:
    """No row names the replica that wrote it: which of them fails is known by its own metrics alone."""
    steps = STEPS - 8, STEPS
    true = {one.name: fleet.truth(one, *steps) for one in FLEET}
    n, bad = (sum(getattr(one, name) for one in true.values()) for name in ("requests", "failed"))
    failed = {"status": "failure", "class": "HTTPException", "code": "500", "error": "it broke"}
    rows = [
        {"time_ms": 1000 * fleet.END - 60 * number, "instance": "openai-1", **(failed if number < bad else {})}
        for number in range(n)
    ]
    file = tmp_path / "pg.txt"
    file.write_text(postgres.url(postgres.spend_logs(rows)))
    at = ("--at", str(fleet.END), "--window", "2m", "--db-url-file", str(file))
    report = run(settings(typed("--prometheus", server, "--match", 'job="litellm"', *at), {}), "1.0", ThisMachine())
    assert report.sections.traffic
    source = "rows of LiteLLM_SpendLogs"
    assert (report.sections.traffic.source, report.sections.traffic.total.requests) == (source, n)
    found = rows_of(report)
    counted = {one.name: true[one.name].requests or None for one in FLEET}  # none was there in all of the window
    assert {name: row.requests for name, row in found.items()} == counted
    assert found["litellm-2:4000"].outcomes
    assert found["litellm-2:4000"].outcomes.server_error == true["litellm-2:4000"].failed == bad
    assert said(report, "error-ratio")["litellm-2:4000"].status == "fail"
    assert said(report, "requests-reconcile")[""].status == "pass"
    assert {one.basis for one in report.sections.counts} == {"window"}


def test_fewer_targets_than_expected_fail(server: str) -> None:
    assert said(reported(server, 'job="litellm"', "--expect-targets", "4"), "targets-up")[""].status == "pass"
    assert said(reported(server, 'job="litellm"', "--expect-targets", "5"), "targets-up")[""].status == "fail"


def test_a_large_server_is_read_in_longer_steps_and_its_groups_over_all_targets(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = reported(server, 'job="litellm"', "--group-by", "model")
    for limit, most in (("_MOST_READ", 60), ("_MOST_GROUPS", 2)):
        monkeypatch.setattr(promql, limit, most)
    about = reported(server, 'job="litellm"', "--group-by", "model")
    assert {name: row.requests for name, row in rows_of(about).items()} == {
        name: row.requests for name, row in rows_of(exact).items()
    }
    found, true = about.sections.traffic, exact.sections.traffic
    assert found
    assert true
    assert (found.exactness, true.exactness) == ("about", "exact")
    assert found.total.requests == true.total.requests
    # What died or began again between two of the longer steps has lost what it counted since the first.
    assert found.total.latency.count == pytest.approx(true.total.latency.count, rel=0.03)
    assert found.total.latency.count == found.total.latency.buckets[-1].count
    assert found.total.tokens.input == pytest.approx(true.total.tokens.input, rel=0.03)
    (group,), (own,) = found.rows, true.rows
    assert group.requests == pytest.approx(own.requests, rel=0.01)
    assert group.outcomes
    assert group.outcomes.service == pytest.approx(fleet.truth(FLEET[2], WINDOW, STEPS).failed, rel=0.03)
    model = [one for one in about.findings if one.check == "error-ratio" and "model" in one.subject]
    assert [(one.status, "the server estimates" in one.seen) for one in model] == [("warn", True)]
    assert any("about right" in note for note in about.inputs[0].notes)


def test_a_dead_replica_is_told_by_serving_and_its_upstreams(server: str) -> None:
    report = reported(server, 'job="mixed"')
    assert said(report, "serving")["broken:4000"].status == "fail"
    assert said(report, "serving")[""].status == "pass"
    assert said(report, "error-ratio")["broken:4000"].status == "fail"
    assert report.targets[0].target == "broken:4000"


def test_no_target_that_matches_is_unknown(server: str) -> None:
    report = reported(server, 'job="nobody"')
    assert (report.exit.code, report.targets) == (3, ())
    assert "no target matches" in report.verdict.headline


def test_a_scrape_of_several_targets_is_unknown_with_the_server_as_the_remedy(tmp_path: Path) -> None:
    file = tmp_path / "federate.prom"
    file.write_text(fleet.federated(fleet.exposition()))
    report = run(settings(typed("--metrics-file", str(file), "--no-db", "--window", "all"), {}), "1.0", ThisMachine())
    assert report.exit.code == 3
    assert "5 targets" in report.verdict.headline
    assert "--prometheus" in report.verdict.headline


def test_a_scrape_of_two_products_is_unknown(tmp_path: Path) -> None:
    file = tmp_path / "two.prom"
    one = fleet.federated(fleet.exposition(FLEET[:1])).replace('job="litellm",instance="litellm-0:4000"', 'x=""')
    file.write_text(one + Path("tests/data/llm-gateway-0.3.0.prom").read_text())
    report = run(settings(typed("--metrics-file", str(file), "--no-db", "--window", "all"), {}), "1.0", ThisMachine())
    assert report.exit.code == 3
    assert "several products" in report.verdict.headline


def test_windows_of_a_server_are_compared_and_none_of_their_counters_subtracted(server: str, tmp_path: Path) -> None:
    words = ("--prometheus", server, "--match", 'job="litellm"', "--window", "30m", "--no-db")
    earlier = run(settings(typed(*words, "--at", str(fleet.END - 1800)), {}), "1.0", ThisMachine())
    file = tmp_path / "old.json"
    file.write_text(json.render(earlier))
    found = reported(server, 'job="litellm"', "--baseline", str(file))
    assert not found.sections.continuity
    assert {one.status for one in said(found, "counters-reset").values()} == {"warn"}  # litellm-1 restarted
    assert found.baseline
    assert found.baseline.problem is None


def test_a_history_beside_a_server_subtracts_nothing(server: str, tmp_path: Path) -> None:
    """What a server says is of a window already; the history says since which run something fails."""
    words = ("--prometheus", server, "--match", 'job="litellm"', "--window", "30m", "--no-db")
    kept = ("--history", str(tmp_path / "history.db"))
    found = []
    for at in (fleet.END - 60, fleet.END):
        chosen = settings(typed(*words, *kept, "--at", str(at)), {})
        found.append(run(chosen, "1.0", ThisMachine()))
        append(found[-1], chosen, at * 1000, None)
    last = found[-1]
    assert last.sections.history
    assert (last.sections.history.state, last.sections.history.runs) == ("no counters", 1)
    assert not [one for one in last.sections.continuity if one.against == "earlier run"]
    assert "2 runs" in said(last, "error-ratio")["litellm-2:4000"].seen
