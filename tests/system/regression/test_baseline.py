"""`--baseline`: a report compared with an earlier one, from two scrapes to the verdict."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llmgw_report.errors import UsageError
from llmgw_report.model.finding import Health
from llmgw_report.model.sections import InstanceRow
from llmgw_report.pipeline.baseline import load, problem
from tests.builders.gateway import document, measured, said, scrape
from tests.builders.snapshots import earlier, instance, snapshot

THEN, NOW = "2026-03-02T12:00:00Z", "2026-03-02T13:00:00Z"
RESTARTED = "2026-03-02T12:30:00Z"
REGRESSIONS = ("regression-error-ratio", "regression-latency", "regression-tokens-per-request")


def compared(folder: Path, before: str, now: str, *more: str) -> dict[str, str]:
    """Status of the whole per check, of `now` against `before`."""
    measured(folder, before, THEN, name="old.json")
    found = measured(folder, now, NOW, "--baseline", str(folder / "old.json"), *more)
    return {check: said(found, check)[0].status for check in (*REGRESSIONS, "counters-reset")}


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        # A scrape does not record how much an hour usually differs from another, so that nothing fails.
        (scrape(1990, 10), scrape(3980, 20), ("pass", "pass", "pass", "pass")),
        # Of 4% in an hour nobody knows whether it was an outage of two minutes; and 14% are more than two of them.
        (scrape(1990, 10), scrape(3900, 100), ("unknown", "pass", "pass", "pass")),
        (scrape(1990, 10), scrape(3700, 300), ("warn", "pass", "pass", "pass")),
        (scrape(2000), scrape(4000, slow=260), ("pass", "unknown", "pass", "pass")),
        (scrape(2000), scrape(4000, slow=900), ("pass", "warn", "pass", "pass")),
        (scrape(1990, 10), scrape(1995, 15), ("unknown", "unknown", "unknown", "pass")),
        (scrape(1990, 10), scrape(1990, 10), ("unknown", "unknown", "unknown", "pass")),
        # The process began again: its new totals are what came since.
        (scrape(1990, 10), scrape(1990, 10, started=RESTARTED), ("pass", "pass", "pass", "warn")),
        (scrape(1990, 10), scrape(700, 300, started=RESTARTED), ("warn", "pass", "pass", "warn")),
        # Another process of the same age, and a restart whose time nobody knows, give no traffic.
        (scrape(1990, 10), scrape(1500, 300), ("unknown", "unknown", "unknown", "warn")),
        (scrape(1990, 10), scrape(5, started=None), ("unknown", "unknown", "unknown", "warn")),
        (scrape(1990, 10), scrape(9000, started="2026-03-02T05:00:00Z"), ("unknown", "unknown", "unknown", "warn")),
    ],
)
def test_two_reports(before: str, now: str, expected: tuple[str, ...], tmp_path: Path) -> None:
    assert tuple(compared(tmp_path, before, now).values()) == expected


def test_the_growth_is_judged_by_what_came_since_and_not_by_the_lifetime(tmp_path: Path) -> None:
    compared(tmp_path, scrape(100_000), scrape(100_900, 100))
    since = document(tmp_path / "report.json")["sections"]["since_last_report"]
    assert (since["since"], since["total"]["requests"], since["total"]["outcomes"]["server_error"]) == (THEN, 1000, 100)


def test_groups_are_judged_beside_the_whole(tmp_path: Path) -> None:
    good = scrape(2000) + scrape(2000, provider="b", started=None)
    half = scrape(4000) + scrape(3000, 1000, provider="b", started=None)
    measured(tmp_path, good, THEN, name="old.json")
    found = measured(tmp_path, half, NOW, "--baseline", str(tmp_path / "old.json"))
    statuses = {one.subject.get("provider"): one.status for one in said(found, "regression-error-ratio")}
    assert statuses == {None: "warn", "a": "pass", "b": "warn"}


def test_a_first_report_compares_with_nothing(tmp_path: Path) -> None:
    found = measured(tmp_path, scrape(100), NOW)
    assert found.baseline is None
    assert {said(found, check)[0].status for check in (*REGRESSIONS, "counters-reset", "new-error-patterns")} == {
        "skip"
    }


def changed(**fields: object) -> Callable[[dict[str, Any]], object]:
    return lambda saved: saved.update(fields)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (changed(schema="llmgw-report/2"), "llmgw-report/2"),
        (lambda saved: saved["gateway"].update(name="litellm"), "litellm"),
        (lambda saved: saved["window"].update(seconds=60), "60 s"),
        (changed(at="2026-03-03T00:00:00Z"), "after"),
    ],
)
def test_what_cannot_be_compared_is_unknown_and_says_why(
    change: Callable[[dict[str, Any]], object], word: str, tmp_path: Path
) -> None:
    measured(tmp_path, scrape(1990, 10), THEN, name="old.json")
    saved = document(tmp_path / "old.json")
    change(saved)
    (tmp_path / "old.json").write_text(json.dumps(saved))
    found = measured(tmp_path, scrape(3000, 900), NOW, "--baseline", str(tmp_path / "old.json"))
    assert found.baseline
    assert found.baseline.problem
    assert word in found.baseline.problem
    for check in REGRESSIONS:
        (one,) = said(found, check)
        assert one.status == "unknown"
        assert word in (one.reason or "")
    assert found.sections.since_last_report is None
    assert said(found, "counters-reset")[0].status == "skip"


@pytest.mark.parametrize(
    "content", ["", "not JSON", "[1, 2]", "{}", '{"schema": "llmgw-report/1", "at": "x"}', '{"schema": 3}', "\xff\xfe"]
)
def test_what_is_no_report_is_wrong_usage(content: str, tmp_path: Path) -> None:
    file = tmp_path / "old.json"
    file.write_text(content, "latin-1")
    with pytest.raises(UsageError, match=r"old\.json") as caught:
        load(str(file))
    assert caught.value.exit_code == 2
    assert caught.value.hint


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_file_that_cannot_be_read_is_wrong_usage(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--baseline"):
        load(str(tmp_path / name))


def test_names_out_of_an_edited_report_are_redacted(tmp_path: Path) -> None:
    measured(tmp_path, scrape(100), THEN, name="old.json")
    saved = document(tmp_path / "old.json")
    secret = "sk-proj-0123456789abcdefghij"
    saved["sections"]["traffic"]["rows"][0]["group"] = secret
    (tmp_path / "old.json").write_text(json.dumps(saved))
    found = measured(tmp_path, scrape(90, provider="z"), NOW, "--baseline", str(tmp_path / "old.json"))
    assert found.sections.continuity[0].examples
    assert secret not in (tmp_path / "report.json").read_text()


def test_one_instance_of_many_may_be_another_by_chance() -> None:
    """Rows name the instances that were called, which one user's session chooses; a scrape names those that exist."""

    def found(health: Health, *names: str) -> tuple[InstanceRow, ...]:
        return tuple(instance(health, 30, name=name) for name in names)

    for before, now, comparable in (
        (found("unknown", "a-1"), found("unknown", "a-2", "a-3"), True),
        (found("unknown", "a-1", "a-4"), found("unknown", "a-2", "a-3"), False),
        (found("ok", "a-1"), found("ok", "a-2"), False),
    ):
        reason = problem(snapshot(instances=now), earlier(instances=before))
        assert (reason is None) == comparable, reason


@pytest.mark.parametrize(("failed", "status"), [(4, "pass"), (5, "fail")])
def test_a_young_process_that_only_fails_since_the_earlier_report_is_dead(
    failed: int, status: str, tmp_path: Path
) -> None:
    measured(tmp_path, scrape(9000, started=THEN), "2026-03-02T12:50:00Z", name="old.json")
    found = measured(tmp_path, scrape(9000, failed, started=THEN), NOW, "--baseline", str(tmp_path / "old.json"))
    assert found.verdict.status == status


def test_several_processes_are_unknown(tmp_path: Path) -> None:
    """The process that answers now was running already when the earlier report was made of another one."""
    measured(tmp_path, scrape(1000), THEN, name="earlier.json")
    older = scrape(900, started="2026-03-02T05:00:00Z")
    found = measured(tmp_path, older, NOW, "--baseline", str(tmp_path / "earlier.json"))
    assert (found.verdict.status, found.exit.code) == ("unknown", 3)
    assert found.verdict.headline.startswith("--baseline: the process that answers started")
