"""Whose fault a failure is decides which ratio it is in, and every dimension is tested by itself."""

import pytest
from msgspec.structs import replace

from llmgw_report.model.outcomes import MAX_SUBJECTS, OTHER, SIDES, Dimension, Outcome
from llmgw_report.pipeline.tally import Tally, from_scrape, outcomes
from tests.builders.outcomes import ONE, Some, bad, good, happened, statuses, unsure, untimed, window
from tests.builders.outcomes import OTHER as ELSEWHERE
from tests.builders.snapshots import ask, snapshot

SERVICE = sorted(name for name, side in SIDES.items() if side == "service")
CLIENT = sorted(name for name, side in SIDES.items() if side == "client")
UNSURE = sorted(name for name, side in SIDES.items() if side == "unattributed")
RATIOS = ("error-ratio", "unattributed-error-ratio", "client-error-ratio")


def observed(outcome: Outcome) -> dict[str, float | None]:
    """The three ratios of 40 such requests among 60 good ones."""
    seen = window(untimed(Some(40, outcome)), untimed(good(60)))
    return {slug: next(one for one in ask(slug, seen) if not one.subject).observed for slug in RATIOS}


@pytest.mark.parametrize("outcome", SERVICE)
def test_a_failure_of_the_service_is_an_error(outcome: Outcome) -> None:
    assert list(observed(outcome).values()) == [0.4, 0, 0]


@pytest.mark.parametrize("outcome", CLIENT)
def test_a_mistake_of_the_client_is_in_no_other_ratio_and_not_in_its_base(outcome: Outcome) -> None:
    assert list(observed(outcome).values()) == [0, 0, 0.4]
    assert [one.n for one in ask("error-ratio", window(Some(40, outcome), good(60)))] == [60]


@pytest.mark.parametrize("outcome", UNSURE)
def test_a_failure_of_nobody_is_in_the_base_and_judged_by_a_ratio_of_its_own(outcome: Outcome) -> None:
    assert list(observed(outcome).values()) == [0, 0.4, 0]
    (one,) = ask("error-ratio", window(Some(40, outcome), good(60)))
    assert one.n == 100
    assert "40 others failed, and nothing records whose fault it was" in one.seen


def test_requests_without_a_known_end_are_in_no_ratio() -> None:
    tally = Tally()
    tally.add({}, "success", 60)
    tally.add({}, "unobserved", 900)
    seen = snapshot(outcomes=outcomes(tally, source="metrics", basis="window"))
    assert [ask(slug, seen)[0].n for slug in RATIOS] == [60, 60, 60]


@pytest.mark.parametrize(("n", "status"), [(10, "pass"), (30, "warn"), (70, "fail")])
def test_most_requests_failing_is_a_failure_whosoever_it_is(n: int, status: str) -> None:
    seen = window(untimed(unsure(n, ONE)), untimed(good(100 - n, ONE)))
    found = statuses("unattributed-error-ratio", seen)
    assert found == dict.fromkeys(("", "a", "a a-1"), status)


@pytest.mark.parametrize("name", ["model", "api-key"])
def test_failures_of_nobody_are_at_most_a_warning_of_a_model_or_key(name: Dimension) -> None:
    """One that had a success may still be used wrongly, and its provider and the total are judged."""
    seen = window(untimed(unsure(90, {name: "x"})), untimed(good(10, {name: "x"})), untimed(good(900)))
    assert {statuses(slug, seen).get("x") for slug in ("error-ratio", "unattributed-error-ratio", "serving")} == {None}


@pytest.mark.parametrize("name", ["model", "api-key"])
def test_a_name_that_never_succeeded_is_taken_out_of_the_sums_above_it(name: Dimension) -> None:
    """A client that asks for what does not exist does not make the gateway bad."""
    made_up = {**ONE, name: "made-up"}
    found = ask("unattributed-error-ratio", window(untimed(unsure(900, made_up)), untimed(good(100, ONE))))
    assert {one.status for one in found} == {"pass"}
    assert {one.n for one in found} == {100}


@pytest.mark.parametrize("proof", ["success", "server-error"])
def test_a_name_that_had_a_success_or_met_a_failure_of_the_service_is_not_taken_out(proof: Outcome) -> None:
    named = {**ONE, "model": "x"}
    seen = window(untimed(unsure(900, named)), untimed(Some(1, proof, named)), untimed(good(100, ONE)))
    assert set(statuses("unattributed-error-ratio", seen).values()) == {"fail"}


def test_a_name_that_never_succeeded_still_counts_for_whether_anything_is_answered() -> None:
    """A gateway that answers nobody is dead, whatever it was asked for."""
    seen = window(untimed(unsure(5, ONE)))
    assert "fail" not in statuses("unattributed-error-ratio", seen).values()
    found = statuses("serving", seen)
    assert (found[""], found["a"], found["a a-1"], found["m"]) == ("fail", "fail", "fail", "warn")


@pytest.mark.parametrize("name", ["provider", "instance", "model", "api-key"])
def test_failures_of_the_service_of_one_subject_among_many_are_its_outage(name: Dimension) -> None:
    seen = window(
        untimed(good(20_000, {name: "others"})), untimed(bad(30, {name: "one"})), untimed(good(20, {name: "one"}))
    )
    assert statuses("error-ratio", seen)["one"] == "fail"
    assert statuses("error-ratio", seen)[""] == "pass"


def test_many_keys_do_not_make_the_total_harder_to_prove() -> None:
    """30 of 300 is one in 3,000 for 5 %: proven for one subject, and for none of 50 alike."""
    keys: list[dict[Dimension, str]] = [{"api-key": f"k{number}"} for number in range(50)]
    found = happened(*(step for key in keys for step in (untimed(bad(30, key)), untimed(good(270, key)))))
    alone = happened(untimed(bad(30)), untimed(good(270)))
    seen = statuses("error-ratio", snapshot(outcomes=replace(found, subjects=(alone.total(), *found.subjects[1:]))))
    assert (seen[""], seen["k0"]) == ("fail", "warn")


def test_keys_beyond_a_thousand_are_one_that_is_judged_too() -> None:
    tally = Tally()
    for number in range(MAX_SUBJECTS + 20):
        dead = number >= MAX_SUBJECTS
        tally.add({"api-key": f"k{number}"}, "server-error" if dead else "success", 1)
    found = outcomes(tally, source="metrics", basis="window")
    assert statuses("serving", snapshot(outcomes=found))[OTHER] == "fail"
    assert len(found.subjects) == MAX_SUBJECTS + 2


@pytest.mark.parametrize("fail", [None, 0.5])
def test_mistakes_of_clients_are_at_most_a_warning(fail: float | None) -> None:
    seen = window(untimed(Some(900, "client-error", ONE)), untimed(good(100, ELSEWHERE)))
    assert set(statuses("client-error-ratio", seen, fail=fail).values()) == {"warn"}


@pytest.mark.parametrize(
    ("requests", "in_flight", "lost"), [(200, 10.0, 90), (105, 10.0, 0), (150, None, 0), (400, None, 200)]
)
def test_requests_that_reached_no_instance_failed_less_those_in_flight(
    requests: int, in_flight: float | None, lost: int
) -> None:
    asked, tried = Tally(), Tally()
    asked.add({"provider": "a"}, "open", requests)
    tried.add({"provider": "a", "instance": "a-1"}, "success", 100)
    tally, counted = from_scrape(asked, tried, in_flight)
    total = outcomes(tally, source="metrics", basis="window", counted=counted).total()
    assert (total.outcomes.success, total.outcomes.error) == (100, lost)
    assert total.unobserved == requests - 100 - lost
    assert counted == "requests"


def test_attempts_without_requests_are_counted_as_such() -> None:
    tried = Tally()
    tried.add(ONE, "server-error", 9)
    assert from_scrape(Tally(), tried, None)[1] == "attempts"


@pytest.mark.parametrize(
    ("hits", "n", "status"), [(19, 19, "fail"), (5, 5, "fail"), (2, 20, "unknown"), (0, 20, "unknown")]
)
def test_a_threshold_fails_only_when_it_is_proven(hits: int, n: int, status: str) -> None:
    (one,) = ask("error-ratio", window(untimed(bad(hits)), untimed(good(n - hits))), warn=None)
    assert one.status == status
    assert ("more would decide" in (one.reason or "")) == (status == "unknown")


def test_what_is_undecided_says_how_many_more_requests_it_takes() -> None:
    """The interval of 0 of 72 ends above 5 %, and that of 0 of 73 does not."""
    (one,) = ask("error-ratio", window(untimed(good(20))), warn=None)
    assert "about 53 more would decide" in (one.reason or "")
    for n, status in ((72, "unknown"), (73, "pass")):
        assert statuses("error-ratio", window(untimed(good(n))), warn=None)[""] == status


@pytest.mark.parametrize("slug", ["error-ratio", "unattributed-error-ratio", "client-error-ratio", "serving"])
def test_totals_that_show_nothing_of_the_window_are_not_judged(slug: str) -> None:
    """Not even if every request failed: that may have been last month."""
    old = replace(happened(untimed(bad(900))), basis="lifetime", evaluated="no", since="2026-02-01T00:00:00Z")
    (one,) = ask(slug, snapshot(outcomes=old))
    assert (one.status, one.n) == ("unknown", None)
    assert all(option in (one.reason or "") for option in ("--db-path", "--interval", "--baseline", "--window all"))


@pytest.mark.parametrize("slug", ["error-ratio", "unattributed-error-ratio", "client-error-ratio"])
def test_failures_of_a_gateway_that_records_none_are_not_0(slug: str) -> None:
    """Whatever `idle` says."""
    found = replace(happened(good(900)), successes_only="yes")
    for idle in ("unknown", "pass"):
        (one,) = ask(slug, replace(snapshot(outcomes=found), idle=idle))
        assert one.status == "unknown"
    assert statuses("serving", snapshot(outcomes=found)) == {"": "pass"}


@pytest.mark.parametrize("slug", ["error-ratio", "serving"])
def test_without_one_success_a_gateway_that_records_nothing_else_may_be_down(slug: str) -> None:
    found = replace(happened(), successes_only="yes")
    (one,) = ask(slug, snapshot(outcomes=found))
    assert one.status == "unknown"
    assert "so it is idle or down" in (one.reason or "")
    assert "send" in (one.reason or "")
