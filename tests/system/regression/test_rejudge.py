"""`--rejudge`: a saved report judged again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from llmgw_report import plugins, renderers
from llmgw_report.errors import UsageError
from llmgw_report.model.report import Report
from llmgw_report.pipeline.baseline import load
from tests.builders.gateway import Machine, measured, report, said, scrape
from tests.process import DOWN

BUCKETS = [{"up_to_seconds": 1, "count": 5}]
AT, LATER = "2026-03-02T12:00:00Z", "2026-03-05T08:00:00Z"


def again(folder: Path, *more: str, name: str = "report.json") -> Report:
    """The saved report judged again, days later, and with nothing left of what it was made of."""
    (folder / "metrics.prom").unlink()
    return report("--rejudge", str(folder / name), "--no-config", *more, machine=Machine(LATER))


def test_by_the_same_bounds_it_says_the_same(tmp_path: Path) -> None:
    saved = measured(tmp_path, scrape(1000, 100, slow=3), AT, "--slo", "99.5%")
    found = again(tmp_path)
    assert found.generated_at == LATER
    timings = replace(found.timings, total_seconds=0, peak_rss_bytes=0)
    same = replace(found, generated_at=saved.generated_at, timings=timings)
    assert same == replace(saved, timings=replace(saved.timings, total_seconds=0, peak_rss_bytes=0))


def test_a_figure_is_shown_by_the_source_that_it_was_read_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And by no endpoint or file that another run would read."""
    monkeypatch.chdir(tmp_path)
    Path("metrics.prom").write_text(DOWN)
    sources = ("--metrics-file", "metrics.prom", "--no-db", "--no-config", "--window", "all", "--at", AT)
    saved = report(*sources, machine=Machine(AT))
    Path("report.json").write_text(renderers.render(saved, "json"))
    found = again(tmp_path, "--set", "error-ratio.min-n=1")
    shown = {one.fingerprint: one.evidence for one in saved.findings if one.evidence}
    assert len(shown) > 2
    assert {one.fingerprint: one.evidence for one in found.findings if one.fingerprint in shown} == shown
    assert all("metrics.prom" in one.evidence for one in found.findings if one.evidence)


def test_by_other_bounds_it_says_something_else(tmp_path: Path) -> None:
    assert measured(tmp_path, scrape(1000, 100), AT, "--window", "all").exit.code == 1
    found = again(tmp_path, "--set", "error-ratio.fail=0.5", "--set", "error-ratio.warn=0.4")
    assert (found.verdict.status, found.exit.code) != ("fail", 1)
    assert said(found, "error-ratio")[0].status == "pass"


def test_every_format_renders_it(tmp_path: Path) -> None:
    measured(tmp_path, scrape(1000, 100), AT)
    found = again(tmp_path)
    for name in plugins.modules("renderers"):
        assert "error-ratio" in renderers.render(found, name)


def test_a_comparison_that_the_document_does_not_hold_is_unknown_and_not_a_pass(tmp_path: Path) -> None:
    measured(tmp_path, scrape(2000), AT, name="old.json")
    old = ("--baseline", str(tmp_path / "old.json"))
    saved = measured(tmp_path, scrape(3000, 500), "2026-03-02T13:00:00Z", *old)
    assert said(saved, "regression-error-ratio")[0].status == "warn"
    found = again(tmp_path)
    assert said(found, "regression-error-ratio")[0].status == "unknown"
    (tmp_path / "metrics.prom").touch()
    compared = again(tmp_path, *old)
    assert compared.findings == saved.findings
    assert compared.sections == saved.sections


@pytest.mark.parametrize("content", ["", "{}", '{"schema": "llmgw-report/2", "at": "x"}'])
def test_what_is_no_report_is_wrong_usage(content: str, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(content)
    (tmp_path / "metrics.prom").touch()
    with pytest.raises(UsageError, match="--rejudge"):
        again(tmp_path)


@pytest.mark.parametrize(
    "option", [("--interval", "5"), ("--url", "http://127.0.0.1:1/"), ("--at", AT), ("--slow", "1s"), ("--top", "9")]
)
def test_it_measures_nothing(option: tuple[str, str], tmp_path: Path) -> None:
    measured(tmp_path, scrape(10), AT)
    with pytest.raises(UsageError, match=option[0]):
        again(tmp_path, *option)


def outcomes(saved: dict[str, Any]) -> dict[str, int]:
    found: dict[str, int] = saved["sections"]["traffic"]["total"]["outcomes"]
    return found


INSTANCE = {
    "provider": "a",
    "instance": "b",
    "health": "ok",
    "attempts": 10,
    "by_status": {},
    "error_ratio": {"low": 0.5, "high": 0.5},
}


@pytest.mark.parametrize(
    ("edit", "place"),
    [
        (lambda saved: saved.update(at="yesterday"), "at is not a time"),
        (lambda saved: saved.update(at="2026-03-02"), "not a time: '2026-03-02'"),
        (lambda saved: saved["window"].update(seconds=0), "window has no length"),
        (lambda saved: outcomes(saved).update(server_error=-5), "outcomes.server_error"),
        (lambda saved: saved["sections"]["traffic"]["total"].update(requests=10**400), "traffic.total.requests"),
        (lambda saved: outcomes(saved).update(server_error=99), "error_ratio that is not"),
        (lambda saved: saved["sections"]["coverage"][0].update(observed=-1), "coverage[0].observed"),
        (
            lambda saved: saved["sections"]["coverage"][0].update(ratio=1.5),
            "a ratio of latency that is not between 0 and 1: 1.5",
        ),
        (
            lambda saved: saved["sections"]["coverage"][0].update(ratio=1e308),
            "a ratio of latency that is not between 0 and 1: 1e+308",
        ),
        (
            lambda saved: saved["sections"]["traffic"]["total"]["latency"].update(buckets=BUCKETS),
            "buckets are not cumulative",
        ),
        (lambda saved: saved["sections"].update(instances=None), "$.sections.instances"),
        (
            lambda saved: saved.update(target_counts={"all": -1, "counted": 0, "up": 0, "expected": None}),
            "target_counts.all is not a count: -1",
        ),
        (lambda saved: saved["sections"]["instances"].append(INSTANCE), "instances[0] has an error_ratio that is not"),
        (
            lambda saved: saved["sections"].update(window_counts={"slow_requests": 5, "timed_requests": 4}),
            "slow_requests is 5 of 4",
        ),
        (
            lambda saved: saved["sections"]["traffic"]["total"]["latency"].update(mean_seconds=-1.0),
            "cannot be right: -1",
        ),
        (
            lambda saved: saved["sections"]["traffic"]["total"]["latency"].update(mean_seconds=1e300),
            "mean_seconds cannot",
        ),
        (lambda saved: saved["sections"]["traffic"]["total"]["latency"].update(p99_seconds=4e7), "latency.p99_seconds"),
        (lambda saved: saved["window"].update(seconds=1e300), "window.seconds cannot be right"),
        (lambda saved: saved["findings"][0].update(status="green"), "$.findings[0].status"),
    ],
)
def test_a_report_that_was_edited_is_wrong_usage_and_names_the_place(
    edit: Callable[[dict[str, Any]], None], place: str, tmp_path: Path
) -> None:
    measured(tmp_path, scrape(1000, 100), AT)
    file = tmp_path / "report.json"
    saved = json.loads(file.read_text())
    edit(saved)
    file.write_text(json.dumps(saved))
    for option in ("--rejudge", "--baseline"):
        (tmp_path / "metrics.prom").touch()
        with pytest.raises(UsageError) as caught:
            again(tmp_path) if option == "--rejudge" else load(str(file))
        assert option in caught.value.message
        assert place in caught.value.message


@pytest.mark.parametrize(
    "text", ['{"schema": "llmgw-report/1", "at": NaN}', '{"schema": 1e999}', "[" * 100_000, "\ufeff{}"]
)
def test_what_is_no_json_document_is_wrong_usage(text: str, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(text)
    (tmp_path / "metrics.prom").touch()
    with pytest.raises(UsageError, match="not a report"):
        again(tmp_path)


def test_a_file_without_an_end_is_not_read_to_it(tmp_path: Path) -> None:
    (tmp_path / "metrics.prom").touch()
    with (tmp_path / "endless").open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(UsageError, match="larger than 64 MiB"):
        again(tmp_path, name="endless")


def test_secrets_in_an_edited_report_are_redacted(tmp_path: Path) -> None:
    measured(tmp_path, scrape(10), AT)
    file = tmp_path / "report.json"
    saved = json.loads(file.read_text())
    secret = "sk-proj-0123456789abcdefghij"
    saved["absent"].append({"quantity": secret, "reason": "r"})
    file.write_text(json.dumps(saved))
    assert all(secret not in one.quantity for one in again(tmp_path).absent)
