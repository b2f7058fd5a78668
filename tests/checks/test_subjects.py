"""Many subjects in one check: each by its own bounds, all with one chance of error."""

from collections.abc import Iterator, Mapping
from functools import reduce

import pytest
from msgspec.structs import replace

from llmgw_report import plugins
from llmgw_report.model.finding import Finding, Override, Threshold
from llmgw_report.model.outcomes import OutcomeCounts
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import GroupBy, Latency, PercentileValue, Traffic, TrafficRow
from llmgw_report.pipeline.judge import thresholds
from llmgw_report.pipeline.tally import Tally, outcomes
from tests.builders.snapshots import ask, buckets, snapshot, traffic
from tests.checks.test_each import CASES

FEW = buckets((10, 88), (40, 90), (None, 90))
SLOW, FAST = buckets((10, 200), (40, 400), (None, 400)), buckets((5, 1600), (10, 1600), (None, 1600))


def grouped(role: GroupBy, groups: Mapping[str, TrafficRow]) -> Traffic:
    """Groups whose counts add up to the total."""
    rows = tuple(replace(row, group=name) for name, row in groups.items())
    total = reduce(OutcomeCounts.plus, (row.outcomes for row in rows if row.outcomes), OutcomeCounts())
    whole = traffic(total.observed)
    return replace(whole, group_by=role, rows=rows, total=whole.total.with_outcomes(total, 0))


def row(n: int, server: int = 0, client: int = 0, latency: Latency | None = None) -> TrafficRow:
    return traffic(n, latency, server=server, client=client).total


def statuses(slug: str, seen: Snapshot, **bounds: object) -> dict[str, str]:
    return {",".join(one.subject.values()): one.status for one in ask(slug, seen, **bounds)}


def bad_models(small: int = 10) -> Snapshot:
    return snapshot(traffic=grouped("model", {"a": row(400, 60), "b": row(1600, 4), "c": row(small, small)}))


def test_every_group_is_judged_that_has_enough_requests() -> None:
    """Of models and keys, of which there may be thousands, only what is bad is a finding."""
    assert statuses("error-ratio", bad_models(small=4)) == {"": "warn", "a": "fail"}
    assert statuses("error-ratio", bad_models(small=5)) == {"": "warn", "a": "fail", "c": "fail"}


def test_a_provider_and_an_instance_that_are_good_are_findings() -> None:
    groups = {"a": row(400, 60), "b": row(1600, 4), "c": row(4, 4)}
    assert statuses("error-ratio", snapshot(traffic=grouped("provider", groups))) == {
        "": "warn",
        "a": "fail",
        "b": "pass",
    }


@pytest.mark.parametrize(
    ("slug", "batch"), [("error-ratio", row(50, server=50)), ("client-error-ratio", row(50, client=50))]
)
def test_the_dead_key_of_one_client_is_a_finding(slug: str, batch: TrafficRow) -> None:
    groups = {"web": row(950), "batch": batch}
    assert statuses(slug, snapshot(traffic=grouped("api-key", groups)))["batch"] in {"warn", "fail"}


@pytest.mark.parametrize("slug", ["error-ratio", "client-error-ratio", "unattributed-error-ratio", "serving"])
def test_what_failed_before_a_group_was_known_is_no_group(slug: str) -> None:
    """An empty label is no subject: a gateway counts there what it rejected before it had chosen one."""
    tally = Tally()
    for outcome in ("client-error", "server-error", "error"):
        tally.add({"provider": "", "instance": None, "model": "", "api-key": ""}, outcome, 50)
    tally.add({"provider": "openai", "model": "m"}, "success", 900)
    seen = snapshot(outcomes=outcomes(tally, source="metrics", basis="window"))
    assert {key for one in ask(slug, seen) for key in one.subject} <= {"provider"}
    assert set(statuses(slug, seen)) <= {"", "openai"}


def test_one_group_is_the_whole() -> None:
    assert set(statuses("error-ratio", snapshot(traffic=grouped("model", {"a": row(500)})))) == {""}


def test_bounds_of_their_own_do_not_buy_subjects_a_chance_of_their_own() -> None:
    """20 of 1,000 against 1 % is one in 350; of 30 subjects one looks like that, whatever bounds the others have."""
    groups = {f"m{number}": row(1000, 20 if number == 0 else 9) for number in range(30)}
    apart = tuple(
        Override(subject={"provider": f"m{number}"}, threshold=Threshold(warn=0.0101, min_n=20)) for number in range(15)
    )
    seen = snapshot(traffic=grouped("provider", groups))
    assert statuses("error-ratio", seen, fail=None)["m0"] == "unknown"
    assert statuses("error-ratio", seen, fail=None, overrides=apart)["m0"] == "unknown"
    alone = snapshot(traffic=grouped("provider", {"m0": row(1000, 20), "m1": row(0)}))
    assert statuses("error-ratio", alone, fail=None)["m0"] == "warn"


def test_what_an_interval_shows_and_a_verdict_does_not_take_is_said() -> None:
    groups = {f"m{number}": row(1000, 20 if number == 0 else 9) for number in range(30)}
    (one,) = (
        one
        for one in ask("error-ratio", snapshot(traffic=grouped("provider", groups)), fail=None)
        if one.subject == {"provider": "m0"}
    )
    assert "but not with the confidence that a verdict requires: about " in (one.reason or "")


def test_a_subject_without_a_bound_costs_the_others_nothing() -> None:
    groups = {f"m{number}": row(1000, 20 if number == 0 else 9) for number in range(30)}
    free = (Override(subject={"provider": "m[1-9]*"}, threshold=Threshold(min_n=20)),)
    found = statuses("error-ratio", snapshot(traffic=grouped("provider", groups)), fail=None, overrides=free)
    assert (found["m0"], found["m1"]) == ("warn", "skip")


@pytest.mark.parametrize("slug", [slug for slug, one in thresholds().items() if (one.warn, one.fail) != (None, None)])
def test_every_check_takes_the_bounds_of_the_subject(slug: str) -> None:
    """Of a subject whose bounds are switched off nothing is bad, whatever the bounds of all others."""
    for seen in (seen for cases in CASES.values() for seen in cases.values()):
        for one in ask(slug, seen):
            off = (Override(subject=one.subject, threshold=Threshold()),) if one.subject else ()
            again = [other for other in ask(slug, seen, overrides=off) if other.subject == one.subject]
            assert not off or {other.status for other in again} <= {"pass", "skip", "unknown"}, one.subject


def slow_models() -> Traffic:
    return replace(
        grouped(
            "model", {"slow": row(400, latency=SLOW), "fast": row(1600, latency=FAST), "few": row(90, latency=FEW)}
        ),
        total=row(2000, latency=buckets((5, 1600), (10, 1800), (40, 2000), (None, 2000))),
    )


def test_the_percentile_of_a_group_is_judged_by_the_bounds_of_the_group() -> None:
    own = (Override(subject={"model": "slow"}, threshold=Threshold(warn=40.0, fail=60.0)),)
    seen = snapshot(traffic=slow_models())
    assert statuses("latency-p99", seen, fail=None) == {"": "warn", "slow": "warn", "fast": "pass"}
    assert statuses("latency-p99", seen, fail=None, overrides=own) == {"": "warn", "slow": "pass", "fast": "pass"}


def test_a_percentile_that_is_not_decided_says_how_many_more() -> None:
    (one,) = ask("latency-p99", snapshot(traffic=traffic(200, buckets((10, 200), (None, 200)))), fail=None)
    assert one.status == "unknown"
    assert "about 99 more would decide" in (one.reason or "")
    assert "current rate" not in (one.reason or "")


def test_a_percentile_of_too_few_rows_says_how_many_more() -> None:
    few = replace(traffic(99, Latency(count=99, source="rows", reason="n = 99: p99 needs n >= 299")), basis="window")
    (one,) = ask("latency-p99", snapshot(traffic=few))
    assert (one.status, one.n) == ("unknown", 99)
    assert "about 200 more would decide (2 h 1 min at the current rate)" in (one.reason or "")


def test_few_requests_that_are_all_slow_are_above_the_threshold_and_not_undecided() -> None:
    few = Latency(count=59, source="rows", reason="n = 59: p99 needs n >= 299")
    slow = few.with_percentiles({"p90": PercentileValue(seconds=45.0)})
    (one,) = ask("latency-p99", snapshot(traffic=replace(traffic(59, slow), basis="window")))
    assert one.status == "fail"
    assert one.seen.startswith("p99 above 30 s over 59 requests")


def test_a_percentile_that_passes_says_what_it_would_have_noticed() -> None:
    (one,) = ask("latency-p99", snapshot(traffic=traffic(1000, buckets((5, 999), (10, 1000), (None, 1000)))))
    assert one.seen.endswith("; 95% confidence: at most 5 s")


@pytest.mark.parametrize(("requests", "status"), [(17_000, "unknown"), (18_000, "warn")])
def test_a_summary_is_judged_if_its_minute_is_busy_enough(requests: int, status: str) -> None:
    """299 requests a minute are 17,940 an hour."""
    summary = Latency(count=9000, source="summary").with_percentiles({"p99": PercentileValue(seconds=31.0)})
    seen = snapshot(traffic=replace(traffic(requests, summary), basis="window"))
    assert [one.status for one in ask("latency-p99", seen)] == [status]


def test_each_check_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Threshold] = []

    def check(_: Snapshot, threshold: Threshold) -> Iterator[Finding]:
        asked.append(threshold)
        return iter(())

    monkeypatch.setattr(plugins.load("checks", "error-ratio"), "check", check)
    ask("error-ratio", bad_models(), overrides=(Override(subject={"model": "a"}, threshold=Threshold(warn=0.5)),))
    assert len(asked) == 1
