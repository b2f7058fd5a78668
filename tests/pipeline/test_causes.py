"""Root cause first: who explains a bad figure is named, and what follows from it is folded."""

from msgspec.structs import replace

from llmgw_report.model.finding import Finding
from llmgw_report.model.report import Snapshot
from llmgw_report.pipeline.causes import fold
from llmgw_report.pipeline.conclusion import nearest
from llmgw_report.pipeline.judge import judge, thresholds
from tests.checks.make import database, instance, snapshot, traffic


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
    assert found["error-ratio"].derived_from is None
    assert "instance a-2" in found["error-ratio"].seen


def test_a_single_instance_explains_nothing() -> None:
    seen = snapshot(traffic=traffic(500, server=100), instances=(instance("ok", 500, 100),))
    assert "instance" not in folded(seen)["error-ratio"].seen


def test_folding_changes_no_status_and_puts_the_cause_first() -> None:
    seen = gateway(100, 1, down=True)
    before = judge(seen, thresholds())
    after = fold(before, seen)
    assert {one.fingerprint: one.status for one in after} == {one.fingerprint: one.status for one in before}
    assert [one.check for one in after][:3] == ["instance-health", "error-ratio", "error-ratio"]


def test_the_figure_nearest_to_its_limit_is_named() -> None:
    seen = replace(
        gateway(9, 0, down=False), sections=replace(gateway(9, 0, down=False).sections, database=database(logs=1))
    )
    said = nearest(judge(seen, thresholds()))
    assert said is not None
    assert said.startswith("error-ratio")
    assert "limit 5.0 %" in said
    assert nearest([]) is None
