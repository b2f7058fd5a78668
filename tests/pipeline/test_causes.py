"""Root cause first: who explains a bad figure is named, and what follows from it is folded."""

from msgspec.structs import replace

from llmgw_report.checks import load
from llmgw_report.model.finding import Finding
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import WindowCounts
from llmgw_report.pipeline.causes import fold
from llmgw_report.pipeline.judge import judge, thresholds
from llmgw_report.pipeline.tally import Tally, outcomes
from tests.builders.outcomes import OTHER, bad, good, window
from tests.builders.snapshots import instance, patterns, snapshot, traffic
from tests.builders.work import lines_run
from tests.checks.test_subjects import grouped, row, slow_models


def gateway(bad: int, good: int, *, down: bool) -> Snapshot:
    """Two instances of 500 requests each with so many failures."""
    rows = (instance("down" if down else "ok", 500, bad, "a-1"), instance("ok", 500, good, "a-2"))
    return snapshot(traffic=traffic(1000, server=bad + good), instances=rows)


def folded(seen: Snapshot) -> dict[str, Finding]:
    return {one.fingerprint: one for one in fold(judge(seen, thresholds()), seen)}


def test_the_instance_behind_most_failures_is_named() -> None:
    assert "instance a-1" in folded(gateway(90, 10, down=False))["error-ratio"].seen
    assert "instance" not in folded(gateway(60, 40, down=False))["error-ratio"].seen


def test_what_follows_from_an_instance_that_is_down_is_folded_under_it() -> None:
    found = folded(gateway(100, 1, down=True))
    root = "instance-health;instance=a-1;provider=a"
    assert found[root].derived_from is None
    assert found["error-ratio"].derived_from == root
    assert found["error-ratio;instance=a-1;provider=a"].derived_from == root


def test_a_failure_elsewhere_is_not_explained_by_it() -> None:
    found = folded(gateway(1, 100, down=True))
    assert found["error-ratio"].derived_from == "error-ratio;instance=a-2;provider=a"
    assert "instance a-2" in found["error-ratio"].seen


def test_a_single_instance_explains_nothing() -> None:
    seen = snapshot(traffic=traffic(500, server=100), instances=(instance("ok", 500, 100),))
    assert "instance" not in folded(seen)["error-ratio"].seen


def test_a_provider_whose_only_instance_fails_follows_from_it() -> None:
    others = (replace(instance("ok", 250, 13, name), provider="b") for name in ("b-1", "b-2"))
    seen = snapshot(
        traffic=grouped("provider", {"a": row(500, 60), "b": row(500, 26)}),
        instances=(instance("ok", 500, 60, "a-1"), *others),
    )
    found = folded(seen)
    assert found["error-ratio;provider=a"].derived_from == "error-ratio;instance=a-1;provider=a"
    assert found["error-ratio;provider=b"].derived_from is None
    assert found["error-ratio"].derived_from is None


def dead_providers(n: int, *, others: int) -> tuple[int, dict[str, str | None]]:
    """How many lines run to fold the findings about so many dead providers, and which follow from which.

    One more answered `others` requests.
    """
    tally = Tally()
    tally.add({"provider": "good"}, "success", others)
    for number in range(n):
        name = str(number)
        tally.add({"provider": f"p{name}", "instance": f"i{name}", "model": f"m{name}"}, "server-error", 9)
    seen = snapshot(outcomes=outcomes(tally, source="metrics", basis="window"))
    findings = judge(seen, thresholds(), [load("serving")])
    lines, folded = lines_run(lambda: tuple(fold(findings, seen)))
    return lines, {one.fingerprint: one.derived_from for one in folded}


def test_ten_times_as_many_dead_providers_take_not_a_hundred_times_as_long_to_fold() -> None:
    few, _ = dead_providers(50, others=5)
    many, found = dead_providers(500, others=5)
    assert many < 20 * few
    assert found["serving;provider=p7"] == "serving;instance=i7;provider=p7"


def test_where_nothing_was_answered_at_all_that_is_the_one_problem() -> None:
    found = dead_providers(3, others=0)[1]
    assert {name: root for name, root in found.items() if root != "serving"} == {"serving": None}


def test_two_dead_instances_explain_what_their_provider_and_its_models_fail_of_together() -> None:
    tally = Tally()
    for name, model, outcome, n in (
        ("a-1", "m", "success", 75),
        ("a-2", "m", "server-error", 34),
        ("a-3", "k", "server-error", 11),
    ):
        tally.add({"provider": "a", "instance": name, "model": model}, outcome, n)
    seen = snapshot(outcomes=outcomes(tally, source="metrics", basis="window"))
    found = {
        one.fingerprint: one for one in fold(judge(seen, thresholds(), [load("serving"), load("error-ratio")]), seen)
    }
    worst = "serving;instance=a-2;provider=a"
    assert next(iter(found)) == worst
    assert {found[name].derived_from for name in ("error-ratio", "error-ratio;provider=a")} == {worst}


def cut_by_model(**failed: int) -> Snapshot:
    """An instance that is down has 90 of 92 failures; models of 300 requests each, of no known instance, share them."""
    rows = (instance("down", 500, 90, "a-1"), instance("ok", 500, 2, "a-2"))
    tally = Tally()
    for outcome, n in (("server-error", 92), ("success", 908)):
        tally.counts[()][outcome] = n
    for model, n in failed.items():
        tally.counts[(("model", model),)] |= {"server-error": n, "success": 300 - n}
    seen = snapshot(traffic=traffic(1000, server=92), instances=rows)
    return replace(seen, sections=replace(seen.sections, outcomes=outcomes(tally, source="database", basis="window")))


def test_a_model_and_a_key_that_all_requests_are_of_are_no_problems_of_their_own() -> None:
    """A gateway with one of each fails once, in whatever way its requests are cut; two of a kind are another matter."""
    tally = Tally()
    place = (("instance", "a-1"), ("provider", "a"))
    for key in ((), (("provider", "a"),), place, (("model", "m"),), (("api-key", "k"),)):
        tally.counts[key] |= {"server-error": 92, "success": 908}
    for target in ("x", "y"):
        tally.counts[(("target", target),)] |= {"server-error": 46, "success": 454}
    seen = snapshot(traffic=traffic(1000, server=92))
    found = folded(
        replace(seen, sections=replace(seen.sections, outcomes=outcomes(tally, source="database", basis="window")))
    )
    failed = {name: one for name, one in found.items() if one.check == "error-ratio" and one.status == "fail"}
    assert len(failed) == 7
    root = "error-ratio;instance=a-1;provider=a"
    assert {name: one.derived_from for name, one in failed.items()} == {**dict.fromkeys(failed, root), root: None}


def test_a_model_follows_from_the_instance_that_its_failures_must_be_of() -> None:
    found = folded(cut_by_model(big=50, small=30, other=12))
    root = "instance-health;instance=a-1;provider=a"
    assert found["error-ratio"].derived_from == root
    assert [found[f"error-ratio;model={name}"].derived_from for name in ("big", "small")] == [root, root]


def test_folding_changes_no_status_and_puts_the_cause_first() -> None:
    seen = gateway(100, 1, down=True)
    before = judge(seen, thresholds())
    after = fold(before, seen)
    assert {one.fingerprint: one.status for one in after} == {one.fingerprint: one.status for one in before}
    assert [one.check for one in after][:3] == ["instance-health", "error-ratio", "error-ratio"]


def test_a_group_behind_most_failures_is_named_and_the_whole_follows_from_it() -> None:
    found = folded(snapshot(traffic=grouped("model", {"a": row(400, 90), "b": row(600, 4)})))
    assert found["error-ratio"].seen.endswith("95.7% of it is model a")
    assert found["error-ratio"].derived_from == "error-ratio;model=a"
    assert found["error-ratio;model=a"].derived_from is None


def test_a_dead_key_of_a_client_is_the_cause_of_the_refusals() -> None:
    found = folded(snapshot(traffic=grouped("api-key", {"web": row(300, client=300), "batch": row(300, client=2)})))
    assert found["client-error-ratio"].derived_from == "client-error-ratio;api-key=web"


def test_a_provider_follows_from_its_one_bad_instance() -> None:
    rows = (
        instance("down", 500, 90, "a-1"),
        instance("ok", 500, 2, "a-2"),
        replace(instance("ok", 500, 1, "b-1"), provider="b"),
    )
    found = folded(snapshot(traffic=grouped("provider", {"a": row(1000, 92), "b": row(500, 1)}), instances=rows))
    root = "instance-health;instance=a-1;provider=a"
    assert found["error-ratio;provider=a"].derived_from == found["error-ratio"].derived_from == root


def test_the_group_of_the_slow_requests_is_named() -> None:
    found = folded(snapshot(traffic=slow_models()))
    assert "of it is model slow" in found["latency-p99"].seen
    assert found["latency-p99"].derived_from == "latency-p99;model=slow"


def test_a_pattern_of_one_instance_that_is_down_follows_from_it() -> None:
    errors = patterns(60, "time-out", "other")
    frequent, other = errors["errors"]
    errors |= {
        "errors": (replace(frequent, instances=("a-1",), count=90), replace(other, count=3)),
        "window_counts": WindowCounts(error_levels={"ERROR": 93}, log_rows=100),
    }
    seen = snapshot(instances=(instance("down", 500, 100, "a-1"), instance("ok", 500, 1, "a-2")), **errors)
    assert folded(seen)["error-patterns"].derived_from == "instance-health;instance=a-1;provider=a"


def test_a_second_fault_stands_by_itself() -> None:
    """Ten good instances fail at 10%, too few requests each to prove it; the one that is down has most failures."""
    others = tuple(instance("ok", 30, 3, f"a-{n}") for n in range(2, 12))
    seen = snapshot(traffic=traffic(500, server=230), instances=(instance("down", 200, 200, "a-1"), *others))
    found = folded(seen)
    assert "instance a-1" in found["error-ratio"].seen
    assert found["error-ratio"].derived_from is None
    assert found["error-ratio;instance=a-1;provider=a"].derived_from == "instance-health;instance=a-1;provider=a"


def cut_by_key(**failed: int) -> Snapshot:
    """Keys of 100 requests each, so many of which fail, and no instance that has them."""
    tally = Tally()
    for key, n in failed.items():
        for subject in ((), (("api-key", key),)):
            tally.counts[subject]["server-error"] += n
            tally.counts[subject]["success"] += 100 - n
    return snapshot(outcomes=outcomes(tally, source="database", basis="window"))


def test_a_key_that_fails_as_all_do_follows_from_the_total() -> None:
    found = folded(cut_by_key(web=50, batch=52, nightly=48))
    assert found["error-ratio"].derived_from is None
    assert {found[f"error-ratio;api-key={key}"].derived_from for key in ("web", "batch", "nightly")} == {"error-ratio"}


def test_a_key_that_is_worse_than_all_or_all_that_fails_is_a_problem_of_its_own() -> None:
    worse = folded(cut_by_key(web=90, batch=40, nightly=40))
    assert worse["error-ratio;api-key=web"].derived_from is None
    assert worse["error-ratio;api-key=batch"].derived_from is None
    alone = folded(cut_by_key(web=30, batch=0, nightly=1))
    assert alone["error-ratio;api-key=web"].derived_from is None


def test_where_every_provider_and_instance_fails_alike_that_is_one_problem() -> None:
    others = (replace(instance("ok", 250, 30, name), provider="b") for name in ("b-1", "b-2"))
    seen = snapshot(
        traffic=grouped("provider", {"a": row(500, 60), "b": row(500, 60)}),
        instances=(instance("ok", 500, 60, "a-1"), *others),
    )
    found = [one for one in folded(seen).values() if one.check == "error-ratio"]
    assert [one.fingerprint for one in found if one.derived_from is None] == ["error-ratio"]
    assert {one.derived_from for one in found[1:]} == {"error-ratio"}


def test_an_instance_is_no_cause_of_failures_that_were_at_none() -> None:
    """A log names no instance where no key was left for one."""
    at = replace(instance("ok", 380, 30, "b-1"), source="log rows")
    rows = (at, replace(instance("ok", 350, 0, "a-1"), source="log rows"))
    tally = Tally()
    for outcome, n in (("server-error", 60), ("success", 700)):
        tally.counts[()][outcome] = n
    total = folded(snapshot(instances=rows, outcomes=outcomes(tally, source="database", basis="window")))["error-ratio"]
    assert "b-1" not in total.seen + total.do
    assert total.derived_from is None


def test_the_newest_failures_of_all_and_of_a_model_are_one_problem() -> None:
    seen = window(good(250, OTHER), good(250, {"model": "m"}), bad(8, {"model": "m"}))
    found = [one for one in folded(seen).values() if one.check == "serving" and one.status == "fail"]
    assert [one.derived_from for one in found] == [None, "serving"]


def test_a_key_that_fails_in_another_way_is_a_problem_of_its_own() -> None:
    tally = Tally()
    for key, outcome in {"web": "rate-limited", "batch": "server-error", "nightly": "server-error"}.items():
        for subject in ((), (("api-key", key),)):
            tally.counts[subject] |= {outcome: tally.counts[subject][outcome] + 50}
            tally.counts[subject] |= {"success": tally.counts[subject]["success"] + 50}
    found = folded(snapshot(outcomes=outcomes(tally, source="database", basis="window")))
    derived = {key: found[f"error-ratio;api-key={key}"].derived_from for key in ("web", "batch", "nightly")}
    assert derived == dict.fromkeys(("web", "batch", "nightly"))
