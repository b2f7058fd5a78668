"""Fleets of known truth in real Prometheus-compatible servers, which the tests start themselves."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from llmgw_report.cli.build_settings import settings
from llmgw_report.cli.machine import ThisMachine
from llmgw_report.model.finding import Finding
from llmgw_report.model.report import Report
from llmgw_report.model.target import TargetRow
from llmgw_report.pipeline.document import run
from llmgw_report.pipeline.remember import append
from tests.builders import engines, fleet
from tests.builders.fleet import FLEET, STEPS, Replica
from tests.builders.settings import typed

COPIES = (',replica="a"', ',replica="b"')
WORKERS = Replica(name="two:4000", workers=2)
WINDOW = STEPS - 120


def everything() -> str:
    """What one server holds: jobs of different kinds side by side."""
    return fleet.together(
        fleet.exposition(),
        fleet.exposition(FLEET[:2], COPIES, job="copied"),
        fleet.exposition((*FLEET[:2], WORKERS), job="workers"),
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


def said(report: Report, check: str) -> dict[str, Finding]:
    return {one.subject.get("target", ""): one for one in report.findings if one.check == check}


def rows(report: Report) -> dict[str, TargetRow]:
    return {row.target: row for row in report.targets}


def test_every_replica_counts_what_it_did(server: str) -> None:
    report = reported(server, 'job="litellm"')
    found = rows(report)
    for one in FLEET:
        true, row = fleet.truth(one, WINDOW, STEPS), found[one.name]
        assert row.requests == true.requests
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
    report = reported(server, 'job="litellm"')
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


def test_the_trend_has_requests_with_errors_and_begins_with_the_data(server: str) -> None:
    trend = reported(server, 'job="litellm"').sections.trend
    assert trend
    # The very first sample lies at the end of the bucket before.
    assert trend.points[0].time in {"2026-01-01T00:00:00Z", "2025-12-31T23:55:00Z"}
    since_known = range(20, STEPS, 20)
    for point, since in zip(trend.points[-len(since_known) :], since_known, strict=True):
        true = [fleet.truth(one, since, since + 20) for one in FLEET]
        assert point.requests == pytest.approx(sum(one.requests for one in true), rel=0.01, abs=2)
        assert point.errors == pytest.approx(sum(one.failed for one in true), rel=0.03, abs=2)


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
    found = rows(reported(server, 'job="copied",replica="a"'))
    assert {name: row.requests for name, row in found.items()} == {"litellm-0:4000": 9000, "litellm-1:4000": 9000}


def test_two_workers_behind_one_port_are_unknown_and_the_others_unharmed(server: str) -> None:
    report = reported(server, 'job="workers"')
    assert report.exit.code == 3
    assert "two:4000" in report.verdict.headline
    found = rows(report)
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
    assert {name: row.requests for name, row in rows(report).items()} == {"gw-0": 2400, "gw-1": 2400}
    down = [row for row in report.sections.instances if row.health == "down"]
    assert [(row.instance, row.target) for row in down] == [("openai-eu", "gw-0")]


def test_two_products_are_unknown_with_both_matches_to_choose_from(server: str) -> None:
    report = reported(server, 'job=~"litellm|llm-gateway"')
    assert report.exit.code == 3
    assert all(word in report.verdict.headline for word in ("litellm", "llm-gateway", "--match"))


def test_fewer_targets_than_expected_fail(server: str) -> None:
    assert said(reported(server, 'job="litellm"', "--expect-targets", "4"), "targets-up")[""].status == "pass"
    assert said(reported(server, 'job="litellm"', "--expect-targets", "5"), "targets-up")[""].status == "fail"


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
