"""Every check: it fires, it does not, it cannot be judged."""

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from llmgw_report import plugins
from llmgw_report.model.outcomes import OutcomeCounts, Outcomes, SubjectOutcomes
from llmgw_report.model.report import Snapshot
from llmgw_report.model.resilience import Resilience
from llmgw_report.model.results import CaseResult
from llmgw_report.model.scrape import BadLine, Presence
from llmgw_report.model.sections import (
    InstanceRow,
    Latency,
    PercentileValue,
    QueryFailure,
    Trend,
    TrendPoint,
    WindowCounts,
)
from llmgw_report.model.target import TargetRow
from llmgw_report.pipeline.sections.tests import summed
from tests.builders.outcomes import good, unsure, untimed, window
from tests.builders.snapshots import (
    AT,
    against,
    ask,
    buckets,
    burning,
    count_of,
    course,
    coverage,
    database,
    earlier,
    expected,
    hours,
    instance,
    limit,
    metrics,
    mistimed,
    patterns,
    saved,
    snapshot,
    source,
    streams,
    traffic,
    waiver,
)

FAST = buckets((1, 900), (2, 990), (None, 1000), mean=0.5)
SLOW = buckets((1, 300), (2, 900), (None, 1000), mean=1.5)
SLOW_MEAN = Latency(mean_seconds=2.0, count=1000)
STEADY = hours(10, 12, 9, 11, 8, 10, 10, 11, 9, 12, 8, 10, 90)
STEADY_SECONDS = hours(seconds=(1.0, 1.02, 0.98, 1.01, 0.99, 1.0))
P99 = Latency(count=500, source="rows", population="all").with_percentiles(
    {"p90": PercentileValue(seconds=30.5), "p99": PercentileValue(seconds=31.0)}
)
NO_SCRAPE = (source("metrics", "refused", named="no"), source("database"))
LOG = "log rows of level WARN and ERROR"

BAD_TEST = CaseResult(suite="smoke", name="a", outcome="failure", message="no answer")
GOOD_TEST, LEFT_OUT = replace(BAD_TEST, outcome="passed"), replace(BAD_TEST, outcome="skipped")


#: slug -> expected status -> a snapshot that has it.
def process(name: str, failed: int = 0, up: Presence = "up") -> TargetRow:
    """One of several processes, of whose 400 requests some failed."""
    ended = OutcomeCounts(success=400 - failed, server_error=failed)
    return TargetRow(target=name, up=up, requests=400, outcomes=ended, error_ratio=ended.error_ratio, up_ratio=1.0)


CASES: Mapping[str, Mapping[str, Snapshot]] = {
    "scrape-readable": {
        "warn": snapshot(metrics=metrics(bad=1)),
        "pass": snapshot(metrics=metrics()),
        "unknown": snapshot(inputs=(source("metrics", "refused"), source("database"))),
        "skip": snapshot(inputs=(source("metrics", "refused", named="no"), source("database"))),
    },
    "database-readable": {
        "pass": snapshot(database=database(logs=3)),
        "unknown": snapshot(inputs=(source("metrics"), source("database", "no such file"))),
        "skip": snapshot(inputs=(source("metrics"), source("database", "no such file", named="no"))),
    },
    "queries-complete": {
        "warn": snapshot(failed_queries=(QueryFailure(name="trend", title="t", reason="too slow"),)),
        "pass": snapshot(database=database(logs=3)),
        "skip": snapshot(),
    },
    "tests-passed": {
        "fail": snapshot(tests=summed([], [BAD_TEST], 5)),
        "pass": snapshot(tests=summed([], [GOOD_TEST, LEFT_OUT], 5)),
        "unknown": snapshot(tests=summed([], [LEFT_OUT], 5)),
        "skip": snapshot(),
    },
    "instance-health": {
        "fail": snapshot(instances=(instance("down", 5, 5),)),
        "warn": snapshot(instances=(instance("degraded"),)),
        "pass": snapshot(instances=(instance("ok"),)),
        "unknown": snapshot(instances=(instance("unknown"),)),
        "skip": snapshot(blind=("instance health",)),
    },
    "error-ratio": {
        "fail": snapshot(traffic=traffic(200, server=30)),
        "warn": snapshot(traffic=traffic(1000, server=30)),
        "pass": snapshot(traffic=traffic(1000, server=3)),
        "unknown": snapshot(traffic=traffic(19, server=1)),
        "skip": snapshot(inputs=NO_SCRAPE),
    },
    "client-error-ratio": {
        "warn": snapshot(traffic=traffic(100, server=0, client=60)),
        "pass": snapshot(traffic=traffic(100, server=0, client=2)),
        "unknown": snapshot(traffic=traffic(100)),
        "skip": snapshot(inputs=NO_SCRAPE),
    },
    "unattributed-error-ratio": {
        "fail": window(untimed(unsure(90)), untimed(good(10))),
        "warn": window(untimed(unsure(30)), untimed(good(70))),
        "pass": window(untimed(unsure(5)), untimed(good(95))),
        "unknown": window(untimed(unsure(3)), untimed(good(3))),
        "skip": snapshot(inputs=NO_SCRAPE),
    },
    "serving": {
        "fail": snapshot(traffic=traffic(5, server=5)),
        "pass": snapshot(traffic=traffic(5, server=4)),
        "unknown": snapshot(traffic=traffic(4, server=4)),
        "skip": snapshot(inputs=NO_SCRAPE),
    },
    "slow-requests": {
        "warn": snapshot(window_counts=WindowCounts(slow_requests=20, timed_requests=100)),
        "pass": snapshot(window_counts=WindowCounts(slow_requests=1, timed_requests=1000)),
        "unknown": snapshot(window_counts=WindowCounts(slow_requests=0, timed_requests=0)),
        "skip": snapshot(),
    },
    "limit-headroom": {
        "warn": snapshot(resilience=Resilience(limits=(limit(85, scope="team"),))),
        "pass": snapshot(resilience=Resilience(limits=(limit(60), limit(3, kind="requests per minute", maximum=3)))),
        "skip": snapshot(resilience=Resilience(limits=(limit(3, kind="requests per minute", maximum=3),))),
    },
    "error-patterns": {
        "warn": snapshot(window_counts=WindowCounts(error_levels={"ERROR": 9}, log_rows=100)),
        "pass": snapshot(window_counts=WindowCounts(error_levels={"WARN": 99, "ERROR": 3}, log_rows=1000)),
        "unknown": snapshot(window_counts=WindowCounts(log_rows=0)),
        "skip": snapshot(),
    },
    "latency-p99": {
        "fail": snapshot(traffic=traffic(500, P99)),
        "warn": snapshot(traffic=traffic(500, buckets((10, 0), (30, 500), (None, 500)))),
        "pass": snapshot(traffic=traffic(500, buckets((10, 500), (30, 500), (None, 500)))),
        "unknown": snapshot(traffic=traffic(500, buckets((5, 0), (60, 500), (None, 500)))),
        "skip": snapshot(),
    },
    "first-token-p99": {
        "warn": snapshot(traffic=streams(buckets((10, 0), (30, 500), (None, 500)))),
        "pass": snapshot(traffic=streams(buckets((10, 500), (30, 500), (None, 500)))),
        "unknown": snapshot(traffic=streams(buckets((5, 0), (60, 500), (None, 500)))),
        "skip": snapshot(),
    },
    "data-fresh": {
        "warn": snapshot(database=database("2026-03-02T11:44:59Z", logs=1)),
        "pass": snapshot(database=database("2026-03-02T11:45:00Z", logs=1)),
        "unknown": snapshot(database=database(None, logs=0)),
        "skip": snapshot(),
    },
    "spans-present": {
        "warn": snapshot(database=database(logs=67, spans=0)),
        "pass": snapshot(database=database(logs=67, spans=1)),
        "skip": snapshot(database=database(logs=0, spans=0)),
    },
    "times-plausible": {
        "warn": snapshot(database=mistimed(future=1, untimed=2)),
        "pass": snapshot(database=mistimed()),
        "skip": snapshot(),
    },
    "errors-logged": {
        "warn": snapshot(counts=(count_of("metrics", 5, "errors"), count_of(LOG, 0, "errors"))),
        "pass": snapshot(counts=(count_of("metrics", 5, "errors"), count_of(LOG, 1, "errors"))),
        "unknown": snapshot(counts=(count_of("metrics", 0, "errors"), count_of(LOG, 3, "errors"))),
        "skip": snapshot(),
    },
    "requests-reconcile": {
        "warn": snapshot(counts=(count_of("metrics by model", 100), count_of("log rows", 97))),
        "pass": snapshot(counts=(count_of("metrics by model", 14), count_of("log rows", 15))),
        "unknown": snapshot(counts=(count_of("metrics by model", 1800), count_of("metrics by instance", 1650))),
        "skip": snapshot(counts=(count_of("metrics by model", 14),)),
    },
    "latency-coverage": {
        "warn": snapshot(coverage=(coverage("latency", 3, 14),)),
        "pass": snapshot(coverage=(coverage("latency", 12, 14),)),
        "unknown": snapshot(coverage=(coverage("latency", 15, 20),)),
        "skip": snapshot(),
    },
    "token-coverage": {
        "warn": snapshot(coverage=(coverage("tokens", 3, 14),)),
        "pass": snapshot(coverage=(coverage("tokens", 14, 14),)),
        "unknown": snapshot(coverage=(coverage("tokens", 15, 20),)),
        "skip": snapshot(),
    },
    "trend-trusted": {
        "warn": snapshot(database=database(snapshots=saved(falls=1))),
        "pass": snapshot(database=database(snapshots=saved(falls=0))),
        "skip": snapshot(database=database(snapshots=saved(falls=0, count=0))),
    },
    "auth-failures-visible": {
        "info": snapshot(blind=("auth-failures",), traffic=traffic(1, server=0)),
        "pass": snapshot(traffic=traffic(1, server=0)),
        "skip": snapshot(blind=("auth-failures",), traffic=traffic(0, server=0)),
    },
    "regression-error-ratio": {
        "fail": against(traffic(1000, server=10), traffic(1000, server=90), STEADY),
        "warn": against(traffic(1000, server=10), traffic(1000, server=35), STEADY),
        "pass": against(traffic(1000, server=10), traffic(1000, server=12)),
        "unknown": against(traffic(1000, server=10), traffic(19, server=19)),
        "skip": snapshot(traffic=traffic(1000, server=10)),
    },
    "regression-latency": {
        "fail": against(traffic(1000, FAST), traffic(1000, SLOW), STEADY_SECONDS),
        "warn": against(traffic(1000, Latency(mean_seconds=1.0, count=1000)), traffic(1000, SLOW_MEAN)),
        "pass": against(traffic(1000, FAST), traffic(1000, FAST)),
        "unknown": against(traffic(20, Latency(mean_seconds=1.5, count=20)), traffic(1000, SLOW_MEAN)),
        "skip": snapshot(traffic=traffic(1000, FAST)),
    },
    "regression-tokens-per-request": {
        "warn": against(traffic(2000, tokens=200_000), traffic(2000, tokens=400_000)),
        "pass": against(traffic(5000, tokens=500_000), traffic(5000, tokens=500_000)),
        "unknown": against(traffic(100, tokens=10_000), traffic(100, tokens=12_500)),
        "skip": snapshot(traffic=traffic(1000, tokens=100_000)),
    },
    "regression-cost-per-request": {
        "warn": against(traffic(2000, cost_usd=2.0), traffic(2000, cost_usd=4.0)),
        "pass": against(traffic(5000, cost_usd=5.0), traffic(5000, cost_usd=5.0)),
        "unknown": against(traffic(100, cost_usd=0.1), traffic(100, cost_usd=0.125)),
        "skip": against(traffic(2000, cost_usd=2.0), traffic(2000)),
    },
    "new-error-patterns": {
        "warn": replace(snapshot(**patterns(9, "old", "new")), baseline=earlier(**patterns(3, "old"))),
        "pass": replace(snapshot(**patterns(3, "old")), baseline=earlier(**patterns(1, "old", "gone"))),
        "unknown": replace(snapshot(**patterns(3, "new")), baseline=earlier(problem="another gateway")),
        "skip": snapshot(**patterns(3, "new")),
    },
    "counters-reset": {
        "warn": snapshot(continuity=(course("earlier report", "restarted"),)),
        "pass": snapshot(continuity=(course("earlier report", "continued"),)),
        "unknown": snapshot(continuity=(course("second scrape", "unknown"),)),
        "skip": snapshot(),
    },
    "scrape-consistent": {
        "warn": snapshot(continuity=(course("second scrape", "another process"),)),
        "pass": snapshot(continuity=(course("second scrape", "continued"),)),
        "unknown": snapshot(continuity=(course("second scrape", "unknown"),)),
        "skip": snapshot(continuity=(course("earlier report", "another process"),)),
    },
    "error-budget": {
        "fail": snapshot(error_budget=burning(30)),
        "warn": snapshot(error_budget=burning(5, good=1500)),
        "pass": snapshot(error_budget=burning(0)),
        "unknown": snapshot(error_budget=burning(0, good=19)),
        "skip": snapshot(),
    },
    "expectation": {
        "fail": replace(snapshot(), expectations=(expected(13.0),)),
        "pass": replace(snapshot(), expectations=(expected(14.0),)),
        "unknown": replace(snapshot(), expectations=(expected(None),)),
        "skip": snapshot(),
    },
    "target-outlier": {
        "warn": replace(snapshot(), targets=(process("a", 40), process("b", 0), process("c", 1))),
        "pass": replace(snapshot(), targets=(process("a", 2), process("b", 0), process("c", 1))),
        "skip": replace(snapshot(), targets=(process("a", 40),)),
    },
    "targets-up": {
        "fail": replace(snapshot(), targets=(process("a"), process("b")), expected_targets=3),
        "warn": replace(snapshot(), targets=(process("a"), process("b", up="gone"))),
        "pass": replace(snapshot(), targets=(process("a"), process("b")), expected_targets=2),
        "skip": snapshot(),
    },
    "waiver-expired": {
        "warn": replace(snapshot(), waivers=(waiver("expired", -1),)),
        "pass": replace(snapshot(), waivers=(waiver("active", 0),)),
        "skip": snapshot(),
    },
    "waiver-expiring": {
        "warn": replace(snapshot(), waivers=(waiver("expiring", 14),)),
        "pass": replace(snapshot(), waivers=(waiver("active", 15),)),
        "skip": replace(snapshot(), waivers=(waiver("unused", 1),)),
    },
    "waiver-unused": {
        "warn": replace(snapshot(), waivers=(waiver("unused", 90),)),
        "pass": replace(snapshot(), waivers=(waiver("active", 90),)),
        "skip": replace(snapshot(), waivers=(waiver("expired", -1),)),
    },
}


each_check = pytest.mark.parametrize("slug", plugins.modules("checks"))


@each_check
def test_it_has_cases_that_fire_that_do_not_and_that_cannot_be_judged(slug: str) -> None:
    if slug not in CASES:
        pytest.skip(f"{slug} has no cases of its own yet")
    cases = CASES[slug]
    fires = {"warn", "fail", "info"} & set(cases) or {"unknown"}
    assert "pass" in cases
    assert ({"unknown", "skip"} & set(cases)) - fires
    # What only ever is unknown gates by being required.
    assert fires != {"unknown"} or all(one.required == "yes" for one in ask(slug, cases["unknown"]))


def test_no_case_is_of_a_check_that_is_gone() -> None:
    assert set(CASES) <= set(plugins.modules("checks"))


@each_check
def test_it_copes_with_the_cases_of_every_other(slug: str) -> None:
    """Whatever a report holds, a check has its texts ready."""
    for one in (one for cases in CASES.values() for seen in cases.values() for one in ask(slug, seen)):
        assert all((one.title, one.seen, one.why, one.do))
        assert (one.reason is not None) >= (one.status in {"unknown", "skip"})


@each_check
def test_it_does_not_pass_where_nothing_was_read(slug: str) -> None:
    nothing = snapshot(inputs=(source("metrics", "refused"), source("database", "no such file")))
    assert "pass" not in {one.status for one in ask(slug, nothing)}


@pytest.mark.parametrize(
    ("slug", "status"), [(slug, status) for slug, cases in CASES.items() for status in cases], ids=lambda word: word
)
def test_a_check_says(slug: str, status: str) -> None:
    findings = ask(slug, CASES[slug][status])
    assert [one.status for one in findings] == [status]
    (one,) = findings
    assert one.title
    assert one.seen
    assert one.why
    assert one.do
    assert (one.reason is not None) >= (status in {"unknown", "skip"})


def test_an_instance_of_few_requests_is_judged_by_what_is_proven_and_below_five_not_at_all() -> None:
    sizes = {"large": (20, 20), "dead": (5, 5), "small": (19, 1), "tiny": (4, 4)}
    rows = tuple(instance("ok", n, failed, name) for name, (n, failed) in sizes.items())
    findings = ask("error-ratio", snapshot(traffic=traffic(1000, server=40), instances=rows))
    found = {one.subject.get("instance"): one.status for one in findings}
    assert found == {"large": "fail", "dead": "fail", None: "warn", "small": "unknown"}


@pytest.mark.parametrize(("n", "status"), [(4, "unknown"), (5, "fail"), (19, "fail")])
def test_a_proven_ratio_fails_whatever_the_sample_from_five_requests_on(n: int, status: str) -> None:
    assert [one.status for one in ask("error-ratio", snapshot(traffic=traffic(n, server=n)))] == [status]


def test_below_five_requests_a_rule_warns_and_nothing_fails() -> None:
    four = snapshot(traffic=traffic(4, server=4))
    assert [one.status for one in ask("error-ratio", four, warn=0, min_n=0)] == ["warn"]
    assert [one.status for one in ask("error-ratio", four, warn=None, fail=0.01, min_n=0)] == ["unknown"]


def test_a_pass_states_the_exact_limit_of_its_confidence() -> None:
    """With a true 0.6 % no failure among 500 has a probability of 5 %."""
    (one,) = ask("error-ratio", snapshot(traffic=traffic(500, server=0)))
    assert one.seen.endswith("; 95% confidence: below 0.60%")


def test_a_waiver_that_ends_within_the_bound_for_fail_fails() -> None:
    soon = CASES["waiver-expiring"]["warn"]
    for fail, status in ((1e9, "fail"), (None, "warn")):
        assert [one.status for one in ask("waiver-expiring", soon, fail=fail, severity="fail")] == [status]


def test_a_capped_check_warns_where_it_would_fail() -> None:
    down = snapshot(instances=(instance("down"),))
    assert ask("instance-health", down, severity="warn")[0].status == "warn"


def test_a_bound_that_is_removed_no_longer_fires() -> None:
    old = snapshot(database=database("2026-02-01T00:00:00Z", logs=1))
    assert ask("data-fresh", old, fail=86400.0)[0].status == "fail"
    assert ask("data-fresh", old, fail=None)[0].status == "warn"
    (unjudged,) = ask("data-fresh", old, fail=None, warn=None)
    assert (unjudged.status, unjudged.reason) == ("skip", "no threshold is set")


def test_a_figure_without_a_bound_would_have_noticed_nothing() -> None:
    (refused,) = ask("client-error-ratio", snapshot(traffic=traffic(100, server=0, client=60)), warn=None)
    assert refused.status == "skip"
    assert "60 of 100 requests ended on the client's side" in refused.seen
    assert "confidence" not in refused.seen


def test_queries_that_failed_are_named_also_within_the_bound() -> None:
    failed = snapshot(failed_queries=(QueryFailure(name="trend", title="t", reason="too slow"),))
    (found,) = ask("queries-complete", failed, warn=1)
    assert (found.status, found.seen) == ("pass", "not completed: trend")
    assert ask("queries-complete", failed, fail=0)[0].status == "fail"


def test_a_scrape_of_a_process_that_began_later_is_not_of_the_instant_judged() -> None:
    late = replace(traffic(1000, server=0), since="2026-03-02T12:01:01Z")
    (found,) = ask("scrape-readable", snapshot(metrics=metrics(), traffic=late))
    assert (found.status, found.required) == ("unknown", "yes")
    assert "after the evaluation time" in found.seen
    on_time = replace(late, since="2026-03-02T12:00:59Z")  # clocks differ by seconds
    assert ask("scrape-readable", snapshot(metrics=metrics(), traffic=on_time))[0].status == "pass"


def test_a_finding_has_the_same_fingerprint_whatever_its_figures() -> None:
    first = ask("error-ratio", snapshot(traffic=traffic(200, server=30)))
    later = ask("error-ratio", snapshot(traffic=traffic(900, server=130)))
    assert [one.fingerprint for one in first] == [one.fingerprint for one in later] == ["error-ratio"]


@pytest.mark.parametrize(
    ("slug", "nothing"),
    [
        ("times-plausible", snapshot(database=database(None, logs=0))),
        ("requests-reconcile", snapshot(counts=(count_of("metrics by model", 0), count_of("metrics by instance", 0)))),
        ("counters-reset", snapshot(continuity=(replace(course("second scrape", "continued"), counters=0),))),
    ],
)
def test_nothing_agrees_with_nothing_and_proves_nothing(slug: str, nothing: Snapshot) -> None:
    (found,) = ask(slug, nothing)
    assert found.status in {"skip", "unknown"}


def test_rows_of_the_future_are_not_what_makes_data_fresh() -> None:
    assert ask("data-fresh", snapshot(database=database(AT, logs=1)))[0].observed == 0


def test_rows_of_the_window_go_over_a_summary_of_the_last_minute() -> None:
    fast = Latency(count=2000, source="summary", population="successes").with_percentiles(
        {"p99": PercentileValue(seconds=4.0)}
    )
    p99 = PercentileValue(seconds=31.0, low_seconds=30.5, high_seconds=40.0)
    slow = Latency(count=483, source="rows").with_percentiles({"p90": PercentileValue(seconds=30.2), "p99": p99})
    seen = snapshot(traffic=replace(traffic(483, slow), basis="window", lifetime=traffic(2000, fast)))
    assert ask("latency-p99", seen)[0].status == "fail"


@pytest.mark.parametrize("slug", ["latency-coverage", "token-coverage"])
def test_a_share_of_all_requests_is_not_judged_where_failures_leave_no_trace(slug: str) -> None:
    seen = snapshot(blind=("errors",), coverage=(coverage("latency", 960, 960), coverage("tokens", 960, 960)))
    assert [one.status for one in ask(slug, seen)] == ["skip"]


@pytest.mark.parametrize("slug", ["error-patterns", "slow-requests"])
def test_a_query_that_failed_is_not_a_count_of_none(slug: str) -> None:
    failed = (QueryFailure(name=slug.replace("-", "_"), title="t", reason="took longer than 5 s"),)
    (one,) = ask(slug, snapshot(failed_queries=failed, window_counts=WindowCounts(log_rows=22, timed_requests=5)))
    assert (one.status, one.reason) == ("unknown", f"the query {failed[0].name} failed: took longer than 5 s")


def test_errors_of_last_month_are_not_those_that_the_counters_count() -> None:
    old = replace(database(logs=514), levels={"ERROR": 0, "WARN": 500})
    counts = (count_of("metrics", 5, "errors"),)
    assert [one.status for one in ask("errors-logged", snapshot(database=old, counts=counts))] == ["unknown"]
    # A log is deleted after some days, and one without an error may have begun after the last of them.
    none = replace(old, levels={"ERROR": 0, "WARN": 0})
    assert [one.status for one in ask("errors-logged", snapshot(database=none, counts=counts))] == ["unknown"]
    logged = (*counts, count_of("log rows of level WARN and ERROR", 0, "errors"))
    assert [one.status for one in ask("errors-logged", snapshot(database=none, counts=logged))] == ["warn"]


def test_an_instance_of_unknown_health_is_not_left_out_of_the_count() -> None:
    rows = (instance("ok", name="a"), instance("unknown", name="b"))
    (one,) = ask("instance-health", snapshot(instances=rows))
    assert one.seen == "1 of 2 instances ok: a; health not reported: b"


@pytest.mark.parametrize(
    ("row", "status"),
    [
        (instance("down", 100_000, 1), "warn"),  # one failure sets the gauge of some gateways
        (instance("down", 4, 4), "warn"),
        (instance("down", 5, 5), "fail"),
        (instance("down", 1000, 100), "fail"),
        (instance("down"), "warn"),
        (replace(instance("down"), health_before="down"), "fail"),
        (replace(instance("down"), health_before="ok"), "warn"),
        (replace(instance("down"), recovery="none"), "fail"),
        (replace(instance("unknown", 9, 0), health_note="its series disagree: down, ok"), "unknown"),
        (replace(instance("unknown", 0, 0), health_note="not tried"), "unknown"),
    ],
)
def test_down_fails_only_where_something_else_agrees(row: InstanceRow, status: str) -> None:
    counts = row.outcomes or OutcomeCounts()
    subjects = tuple(
        SubjectOutcomes(subject=subject, outcomes=counts)
        for subject in ({}, {"instance": row.instance, "provider": row.provider})
    )
    found = Outcomes(basis="window", source="metrics", subjects=subjects) if row.outcomes else None
    assert [one.status for one in ask("instance-health", snapshot(outcomes=found, instances=(row,)))] == [status]


@pytest.mark.parametrize(("failed", "status"), [(900, "warn"), (1000, "fail")])
def test_totals_confirm_a_state_of_now_only_if_the_instance_has_never_answered(failed: int, status: str) -> None:
    """They hold last week's outage; the rows of the window, all good, name no instance. If these fail, it is now."""
    good = SubjectOutcomes(subject={}, outcomes=OutcomeCounts(success=500))
    for found in (None, Outcomes(basis="window", source="database", subjects=(good,))):
        rows = (instance("down", 1000, failed),)
        assert [one.status for one in ask("instance-health", snapshot(outcomes=found, instances=rows))] == [status]
    failing = replace(good, outcomes=OutcomeCounts(success=300, server_error=200))
    found = Outcomes(basis="window", source="database", subjects=(failing,))
    assert [one.status for one in ask("instance-health", snapshot(outcomes=found, instances=rows))] == ["fail"]


def test_a_lasting_state_fails_only_where_no_instance_is_left() -> None:
    rows = (replace(instance("down"), recovery="none"), instance("ok", name="a-2"))
    assert [one.status for one in ask("instance-health", snapshot(instances=rows))] == ["warn", "pass"]


def test_requests_that_reach_no_instance_of_a_provider_confirm_that_it_is_down() -> None:
    """The gateway asks an instance that is down no more, so its own counters stay at one failure."""
    for asked, status in ((40, "fail"), (3, "warn")):
        counts = OutcomeCounts(server_error=1, error=asked - 1)
        subjects = tuple(SubjectOutcomes(subject=subject, outcomes=counts) for subject in ({}, {"provider": "a"}))
        seen = snapshot(
            outcomes=Outcomes(basis="window", source="metrics", subjects=subjects),
            instances=(instance("down", 1, 1),),
        )
        assert [one.status for one in ask("instance-health", seen)] == [status]


@pytest.mark.parametrize(
    ("counts", "status"),
    [
        ((1800, 1790, 1800), "pass"),  # 10 of 5 a second × 2 s are in flight
        ((1800, 1600, 1800), "warn"),
        ((1800, 1900, 1800), "pass"),  # retries
        ((1800, 1800, 1900), "pass"),  # requests to models that no route knows
        ((1800, 1800, 4000), "warn"),
        ((1800, 1800, 3600), "warn"),  # two rows per request
        ((4, 4, 9), "pass"),
        ((1800, 1800, 1700), "warn"),
    ],
)
def test_what_explains_a_difference_is_no_finding(counts: tuple[int, int, int], status: str) -> None:
    sources = ("metrics by model", "metrics by instance", "log rows")
    busy = traffic(18_000, server=0)
    total = replace(busy.total, latency=Latency(count=9, mean_seconds=2.0))
    seen = snapshot(
        counts=tuple(map(count_of, sources, counts)),
        traffic=replace(busy, total=total, since="2026-03-02T11:00:00Z"),
    )
    assert [one.status for one in ask("requests-reconcile", seen)] == [status]


def test_requests_that_the_product_never_routes_are_not_missed_by_instance() -> None:
    routed = replace(count_of("metrics by instance", 1600), compared="no")
    seen = snapshot(counts=(count_of("metrics by model", 1800), routed, count_of("log rows", 1800)))
    assert [one.status for one in ask("requests-reconcile", seen)] == ["pass"]


def test_a_coverage_that_the_product_cannot_reach_is_a_fact() -> None:
    line = replace(coverage("latency", 3, 14), attainable="no")
    assert [one.status for one in ask("latency-coverage", snapshot(coverage=(line,)))] == ["info"]


@pytest.mark.parametrize(("blind", "status"), [((), "warn"), (("spans of every request",), "info")])
def test_spans_that_are_never_written_are_a_fact(blind: tuple[str, ...], status: str) -> None:
    seen = snapshot(blind=blind, database=database(logs=67, spans=0))
    assert [one.status for one in ask("spans-present", seen)] == [status]


def test_failures_of_a_kind_that_is_never_logged_are_not_missed_in_the_log() -> None:
    kinds = "metrics, of kinds that are logged"
    counts = (count_of("metrics", 50, "errors"), count_of(kinds, 0, "errors"), count_of(LOG, 0, "errors"))
    assert [one.status for one in ask("errors-logged", snapshot(counts=counts))] == ["unknown"]


def test_metrics_that_are_saved_without_labels_are_a_fact() -> None:
    unlabelled = replace(saved(falls=3), labelled="no")
    assert [one.status for one in ask("trend-trusted", snapshot(database=database(snapshots=unlabelled)))] == ["info"]


def test_a_pause_between_sessions_is_expected() -> None:
    """As many requests in a day, one after the other or thirty at a time: after half an hour only these may be over."""
    for counts, status in (([3] * 138, "warn"), ([30, *[0] * 9] * 13 + [30], "unknown")):
        points = tuple(TrendPoint(time=AT, requests=n) for n in (*counts, *[0] * (144 - len(counts))))
        trend = Trend(source="rows", bucket_seconds=300, points=points, trusted="yes")
        paused = snapshot(database=database("2026-03-02T11:30:00Z", requests=400), trend=trend)
        assert [one.status for one in ask("data-fresh", paused)] == [status]


def test_a_quiet_night_is_no_failure() -> None:
    """Rows that nobody but a client causes stop at night; snapshots that are due every five minutes do not."""
    ten_hours_ago = "2026-03-02T02:00:00Z"
    silent = snapshot(database=database(ten_hours_ago, requests=9000))
    assert [one.status for one in ask("data-fresh", silent, fail=3600.0)] == ["warn"]
    stopped = snapshot(database=database(ten_hours_ago, snapshots=saved(falls=0), logs=9000))
    assert [one.status for one in ask("data-fresh", stopped, fail=3600.0)] == ["fail"]


def test_one_incident_with_many_entries_is_no_new_kind_of_error() -> None:
    """Nine entries of a pattern in one step of time are one event; over nine steps they are a pattern."""
    incidents = (0, 9, 9, 0, 0, 9, 9, 0, 0, 9, 9, 0)
    spread = (((1,) * 9, "warn"), ((0, 0, 200, 200, 200), "warn"), ((1, 0) * 6, "warn"))
    for per_bucket, status in (((0, 9, 0), "unknown"), (incidents, "unknown"), *spread):
        now = patterns(sum(per_bucket), "old", "new")
        now["errors"] = tuple(replace(one, per_bucket=per_bucket) for one in now["errors"])
        seen = replace(snapshot(**now), baseline=earlier(**patterns(3, "old")))
        assert [one.status for one in ask("new-error-patterns", seen)] == [status]


def test_cost_per_request_is_of_successes_so_that_an_outage_makes_nothing_cheaper() -> None:
    outage, over = traffic(2000, server=1000, cost_usd=1.0), traffic(2000, server=0, cost_usd=2.0)
    assert [one.status for one in ask("regression-cost-per-request", against(outage, over))] == ["pass"]
    unobserved = against(traffic(2000, server=1000, cost_usd=2.0), traffic(2000, cost_usd=2.0))
    assert [one.observed for one in ask("regression-cost-per-request", unobserved)] == [0]


def test_a_cost_of_0_is_nothing_to_compare_with() -> None:
    found = ask("regression-cost-per-request", against(traffic(2000, cost_usd=0.0), traffic(2000, cost_usd=2.0)))
    assert [one.status for one in found] == ["skip"]


def test_rows_that_are_not_yet_written_are_not_missed() -> None:
    """Of 3,600 requests in an hour a gateway that writes once a minute lacks at most about the last 60."""
    counts = (count_of("metrics by model", 3600), count_of("log rows", 3530))
    lost = snapshot(traffic=replace(traffic(3600), since="2026-03-02T11:00:00Z"), counts=counts)
    late = replace(lost, gateway=replace(lost.gateway, write_delay_seconds=60.0))
    statuses = [ask("requests-reconcile", one)[0].status for one in (lost, late)]
    assert statuses == ["warn", "pass"]
    old = snapshot(database=database("2026-03-02T11:44:30Z", logs=3))
    late = replace(old, gateway=replace(old.gateway, write_delay_seconds=60.0))
    assert [ask("data-fresh", one)[0].status for one in (old, late)] == ["warn", "pass"]


def test_lines_that_were_left_out_lead_their_finding_with_advice_of_their_own() -> None:
    """A scrape that was read, but not all of it, is another matter than one that was not."""
    some = replace(metrics(bad=2), bad_lines=(BadLine(line=16, reason="odd", text="x"),))
    (found,) = ask("scrape-readable", snapshot(metrics=some))
    (unread,) = ask("scrape-readable", snapshot(inputs=(source("metrics", "refused"), source("database"))))
    assert found.seen.startswith("2 lines of the scrape were left out: line 16: odd")
    assert "these lines" in found.do
    assert {found.do, found.why}.isdisjoint({unread.do, unread.why})


def test_an_instance_that_answers_nothing_is_not_ok_without_a_word() -> None:
    """The state is the gateway's own flag, which some gateways never take back."""
    silent, sound, new = instance("ok", 9, 9, "a-1"), instance("ok", 9, 1, "a-2"), instance("ok", 0, 0, "a-3")
    (one,) = ask("instance-health", snapshot(instances=(silent, sound, new)))
    assert (one.status, one.n) == ("pass", 3)
    assert one.seen.endswith("; ok by its own flag, and answered nothing: a-1")


def test_what_is_known_of_an_instance_that_is_down_stands_beside_it() -> None:
    row = replace(instance("down", 1000, 30), last_success="2026-03-02T11:58:00Z")
    (one,) = ask("instance-health", snapshot(instances=(row,)))
    assert "30 of 1,000 requests to it failed (3.0%); its last success was at 11:58" in one.seen
