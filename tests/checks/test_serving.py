"""No success is a failure: of the total, a provider and an instance at once, of a model or key that is a real one."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from llmgw_report.model.outcomes import Counted, Dimension, Outcome, Outcomes
from llmgw_report.model.report import Snapshot
from tests.builders.outcomes import ONE, OTHER, Some, bad, good, happened, statuses, unsure, untimed, window
from tests.builders.settings import said, settled
from tests.builders.snapshots import ask, earlier, instance

ALL = ("error-ratio", "unattributed-error-ratio", "client-error-ratio", "serving", "instance-health")


@pytest.mark.parametrize("outcome", ["server-error", "timeout", "rate-limited", "upstream-refused", "error", "unknown"])
@pytest.mark.parametrize(("n", "status"), [(4, "unknown"), (5, "fail"), (500, "fail")])
def test_no_success_among_five_requests_is_a_failure(outcome: Outcome, n: int, status: str) -> None:
    assert statuses("serving", window(Some(n, outcome))) == {"": status}
    assert statuses("serving", window(untimed(Some(n, outcome)))) == {"": status}


@pytest.mark.parametrize("outcome", ["client-error", "limited", "canceled"])
def test_mistakes_of_clients_prove_neither_service_nor_failure(outcome: Outcome) -> None:
    (one,) = ask("serving", window(Some(900, outcome), bad(4)))
    assert (one.status, one.n) == ("unknown", 0)
    assert [one.status for one in ask("serving", window(Some(900, outcome)))] == ["unknown"]


def test_one_success_is_service() -> None:
    assert statuses("serving", window(bad(4), good(1))) == {"": "pass"}


@pytest.mark.parametrize("idle", ["unknown", "pass", "fail"])
def test_an_idle_window_is_what_the_operator_says(idle: str) -> None:
    (one,) = ask("serving", replace(window(), idle=idle))
    assert (one.status, one.required) == (idle, "yes")


def test_what_an_idle_window_means_is_a_setting_also_for_a_saved_report(tmp_path: Path) -> None:
    for idle in ("unknown", "pass", "fail"):
        (one,) = said(window(), settled(tmp_path, f'idle = "{idle}"'), "serving")
        assert one.status == idle


@pytest.mark.parametrize("slug", ALL)
@pytest.mark.parametrize("outcome", ["server-error", "error"])
def test_below_five_requests_no_check_fails_a_subject(slug: str, outcome: Outcome) -> None:
    """Not even if the gauge of the instance reads down, and every one of them failed."""
    four = window(good(200, OTHER), Some(4, outcome, ONE), instances=(instance("down", 4, 4),))
    assert "fail" not in statuses(slug, four).values()


def test_what_failed_entirely_is_named_as_such_and_not_blended_into_its_provider() -> None:
    dead = {**ONE, "instance": "a-2", "model": "dead", "api-key": "left"}
    found = statuses("serving", window(untimed(bad(9, dead)), untimed(good(400, ONE))))
    assert found == {"": "pass", "a a-2": "fail", "dead": "fail", "left": "fail"}


def test_a_provider_fails_with_its_instance_and_the_total_does_not() -> None:
    found = statuses("serving", window(untimed(unsure(5, {"provider": "a", "instance": "a-1"})), good(200, OTHER)))
    assert found == {"": "pass", "a": "fail", "a a-1": "fail"}


@pytest.mark.parametrize("name", ["model", "api-key"])
def test_a_made_up_name_proves_nothing(name: Dimension) -> None:
    """Whoever asks for a model that does not exist gets nothing but errors, and nobody records whose fault they are."""
    made_up: dict[Dimension, str] = {name: "made-up"}
    assert statuses("serving", window(untimed(unsure(50, made_up)), good(200, OTHER)))["made-up"] == "warn"
    assert statuses("serving", window(untimed(bad(5, made_up)), good(200, OTHER)))["made-up"] == "fail"
    # Four of the service's and many of nobody's are still too few.
    assert (
        statuses("serving", window(untimed(bad(4, made_up)), untimed(unsure(50, made_up)), good(200)))["made-up"]
        == "warn"
    )


def _answered_before(seen: Snapshot, found: Outcomes, place: str) -> Snapshot:
    if place == "lifetime":
        return replace(seen, sections=replace(seen.sections, lifetime_outcomes=found))
    return replace(seen, baseline=earlier(outcomes=found))


@pytest.mark.parametrize("place", ["lifetime", "earlier report"])
@pytest.mark.parametrize("name", ["model", "api-key"])
def test_a_name_that_was_answered_earlier_is_a_real_one(name: Dimension, place: str) -> None:
    seen = window(untimed(unsure(5, {name: "x"})), good(200, OTHER))
    assert statuses("serving", _answered_before(seen, happened(good(1, {name: "x"})), place))["x"] == "fail"
    assert statuses("serving", _answered_before(seen, happened(good(1, {name: "y"})), place))["x"] == "warn"


@pytest.mark.parametrize("steps", [(untimed(bad(50, ONE)),), (good(500, ONE), bad(5, ONE))], ids=["none", "newest"])
def test_where_only_attempts_are_counted_a_model_or_key_is_at_most_a_warning(steps: tuple[Some, ...]) -> None:
    """A fallback may have answered; that the instance is dead is certain."""
    found = statuses("serving", window(*steps, good(1, OTHER), counted="attempts"))
    assert {found["a"], found["a a-1"]} == {"fail"}
    assert {found["m"], found["web"]} == {"warn"}


def test_a_ratio_of_attempts_of_a_model_or_key_is_at_most_a_warning() -> None:
    steps = (untimed(bad(50, ONE)), untimed(good(150, ONE)), good(900, OTHER))
    expected: dict[Counted, str] = {"requests": "fail", "attempts": "warn"}
    for counted, status in expected.items():
        found = statuses("error-ratio", window(*steps, counted=counted))
        assert (found["a a-1"], found["m"], found["web"]) == ("fail", status, status)


@pytest.mark.parametrize(("n", "status"), [(4, "pass"), (5, "fail")])
def test_the_newest_requests_are_judged_whatever_the_window_holds(n: int, status: str) -> None:
    """5 of 505 is below every threshold, and the gateway is dead now."""
    seen = window(good(500), bad(n))
    assert statuses("serving", seen)[""] == status
    assert statuses("error-ratio", seen)[""] == "pass"


def test_the_newest_requests_of_every_subject_are_judged() -> None:
    """Of another one that goes on answering meanwhile nothing is said."""
    steps = [good(500, ONE), good(500, OTHER)]
    for _ in range(5):
        steps += [bad(1, ONE), good(20, OTHER)]
    assert statuses("serving", window(*steps)) == {"": "pass", "a": "fail", "a a-1": "fail", "m": "fail", "web": "fail"}


def test_mistakes_of_clients_between_the_newest_failures_prove_nothing_better() -> None:
    mixed = [Some(1, "client-error"), bad(1)] * 5
    assert statuses("serving", window(good(500), *mixed))[""] == "fail"


@pytest.mark.parametrize("between", ["error", "unknown", "success"])
def test_only_failures_of_the_service_show_that_it_is_dead_now(between: Outcome) -> None:
    assert statuses("serving", window(good(500), bad(4), Some(1, between), bad(4)))[""] == "pass"


def test_where_nobody_knows_the_time_nothing_is_the_newest() -> None:
    assert statuses("serving", window(untimed(good(500)), untimed(bad(8))))[""] == "pass"
