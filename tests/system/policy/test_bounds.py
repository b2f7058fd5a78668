"""Bounds per check and per subject, the severity cap, what is required, and what no data means."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from llmgw_report.config import presets
from llmgw_report.config.load import read
from llmgw_report.model.finding import Override, Threshold
from llmgw_report.pipeline.verdict import decide
from tests.builders.settings import refused, said, settled
from tests.builders.snapshots import database, instance, metrics, snapshot, source, traffic

#: 24 and 30 of 200 requests fail: both above 5 %, one of them expected to.
SEEN = snapshot(
    traffic=traffic(4000, server=50),
    instances=(instance("ok", 200, 24, name="ollama-1"), instance("ok", 200, 30, name="openai-1")),
)


def statuses(folder: Path, text: str) -> dict[str, str]:
    found = said(SEEN, settled(folder, text), "error-ratio")
    assert len({one.fingerprint for one in found}) == len(found)
    return {one.subject.get("instance", "total"): one.status for one in found}


@pytest.mark.parametrize(
    ("text", "ollama", "openai"),
    [
        ("", "fail", "fail"),
        ('[[checks.error-ratio.for]]\nsubject = { instance = "ollama-*" }\nwarn = 0.3\nfail = 0.4', "pass", "fail"),
        ('[[checks.error-ratio.for]]\nsubject = { instance = "ollama-*" }\nfail = 0.4', "warn", "fail"),
        ('[[checks.error-ratio.for]]\nsubject = { instance = "*" }\nseverity = "warn"', "warn", "warn"),
        ('[[checks.error-ratio.for]]\nsubject = { provider = "b" }\nfail = 0.4', "fail", "fail"),
        (
            """
[[checks.error-ratio.for]]
subject = { provider = "a" }
fail = 0.5
warn = 0.5
[[checks.error-ratio.for]]
subject = { instance = "openai-1" }
fail = 0.01
""",
            "pass",
            "fail",
        ),
    ],
)
def test_a_subject_has_the_bounds_of_the_last_glob_that_fits(
    tmp_path: Path, text: str, ollama: str, openai: str
) -> None:
    found = statuses(tmp_path, text)
    assert (found["ollama-1"], found["openai-1"]) == (ollama, openai)
    assert found["total"] == statuses(tmp_path, "")["total"]


def test_the_fewest_requests_can_differ_too(tmp_path: Path) -> None:
    """What is proven is a finding all the same."""
    text = '[[checks.error-ratio.for]]\nsubject = { instance = "ollama-*" }\nmin-n = 201'
    assert set(statuses(tmp_path, text)) == {"total", "openai-1", "ollama-1"}
    assert set(statuses(tmp_path, f"{text}\nwarn = 0.9\nfail = 0.95")) == {"total", "openai-1"}


def test_the_limit_that_is_said_is_the_one_of_the_subject(tmp_path: Path) -> None:
    text = '[[checks.error-ratio.for]]\nsubject = { instance = "ollama-*" }\nfail = 0.02\nwarn = 0.011'
    limits = {one.subject.get("instance"): one.threshold for one in said(SEEN, settled(tmp_path, text), "error-ratio")}
    assert (limits["ollama-1"], limits["openai-1"]) == (0.02, 0.05)


def test_bounds_of_a_subject_inherit_those_of_the_check(tmp_path: Path) -> None:
    text = '[checks.error-ratio]\nmin-n = 7\n[[checks.error-ratio.for]]\nsubject = { model = "o3-*" }\nfail = 0.5'
    chosen = settled(tmp_path, text, "--set", "error-ratio.warn=0.02").thresholds["error-ratio"]
    own = Threshold(warn=0.02, fail=0.5, min_n=7, highest=1, required=True)
    assert chosen.of({"model": "o3-mini"}) == own
    assert replace(chosen.of({"model": "gpt-4"}), overrides=()) == replace(own, fail=0.05)


def test_a_threshold_without_overrides_is_that_of_every_subject() -> None:
    assert Threshold(warn=1).of({"model": "a"}) == Threshold(warn=1)
    narrow = Threshold(overrides=(Override(subject={"model": "a[1]"}, threshold=Threshold(warn=2)),))
    assert narrow.of({"model": "a[1]"}) == narrow.of({"model": "a1"}) == Threshold(warn=2)
    assert narrow.of({}) is narrow


def test_a_bound_that_could_only_warn_is_refused_where_it_is_called_fail(tmp_path: Path) -> None:
    said_so = "fail has no effect: latency-coverage is capped at warn"
    hint = 'add severity = "fail", or write the threshold as warn'
    raised = '\nseverity = "fail"'
    for head in ("[checks.latency-coverage]", '[[checks.latency-coverage.for]]\nsubject = { model = "a" }'):
        place = head.partition("\n")[0] + (" 1" if "for" in head else "")
        assert refused(tmp_path, f"{head}\nfail = 0.5") == f"llmgw-report.toml: {place}: {said_so} | {hint}"
        settled(tmp_path, f"{head}\nfail = false")
        settled(tmp_path, f"{head}\nfail = 0.5{raised}")
    assert refused(tmp_path, "", "--set", "slow-requests.fail=0.5").startswith("--set slow-requests: fail has")
    settled(tmp_path, "", "--set", "slow-requests.fail=0.5", "--set", "slow-requests.severity=fail")
    settled(tmp_path, '[checks.error-ratio]\nfail = 0.05\nseverity = "warn"')  # in so many words


@pytest.mark.parametrize(
    ("words", "requests", "expected"),
    [
        ('on-empty = "unknown"', 0, "unknown"),
        ('on-empty = "zero"', 0, "pass"),
        ('on-empty = "fail"', 0, "fail"),
        ('on-empty = "fail"\nseverity = "warn"', 0, "warn"),
        ('on-empty = "fail"', 3, "unknown"),  # three requests are too few, not none
        ('on-empty = "zero"', 3, "unknown"),
    ],
)
def test_what_no_data_means(tmp_path: Path, words: str, requests: int, expected: str) -> None:
    chosen = settled(tmp_path, f"[checks.error-ratio]\n{words}")
    (found,) = said(snapshot(traffic=traffic(requests, server=0)), chosen, "error-ratio")
    assert found.status == expected
    assert ("on-empty" in found.seen) == (expected != "unknown")


@pytest.mark.parametrize("word", ["zero", "fail"])
def test_what_a_product_never_tells_is_never_judged(tmp_path: Path, word: str) -> None:
    """500 requests without an outcome are not the same as none."""
    blind = snapshot(blind=("errors",), traffic=traffic(500, client=None))
    (found,) = said(blind, settled(tmp_path, f'[checks.error-ratio]\non-empty = "{word}"'), "error-ratio")
    assert (found.status, found.reason) == (
        "unknown",
        "nothing records how the 500 requests ended: add --db-path",
    )


def test_totals_that_are_older_than_the_window_are_not_empty(tmp_path: Path) -> None:
    totals = snapshot(traffic=traffic(500, server=0))
    assert totals.sections.outcomes is not None
    older = replace(totals.sections.outcomes, basis="lifetime", evaluated="no")
    seen = replace(totals, sections=replace(totals.sections, outcomes=older, lifetime_outcomes=older))
    (found,) = said(seen, settled(tmp_path, 'preset = "smoke"'), "error-ratio")
    assert found.status == "unknown"
    assert "add --history, --db-path, --interval or --baseline" in found.seen


def test_a_source_that_could_not_be_read_is_never_a_zero(tmp_path: Path) -> None:
    unread = snapshot(inputs=(source("metrics", "refused"), source("database")))
    for word, expected in (("zero", "unknown"), ("fail", "fail")):
        chosen = settled(tmp_path, f'[checks.scrape-readable]\non-empty = "{word}"')
        assert [one.status for one in said(unread, chosen, "scrape-readable")] == [expected]


def test_what_is_required_and_not_judged_gates(tmp_path: Path) -> None:
    """Three requests are too few for a ratio, which is there all the same; without a duration there is no p99."""
    few = snapshot(
        traffic=traffic(3, server=0), instances=(instance("ok"),), metrics=metrics(), database=database(logs=3)
    )
    assert decide(said(few, settled(tmp_path)), "fail")[1].code == 0
    assert decide(said(few, settled(tmp_path, "[checks.latency-p99]\nrequired = true")), "fail")[1].code == 3
    none = replace(few, sections=replace(few.sections, outcomes=None))
    assert decide(said(none, settled(tmp_path)), "fail")[1].code == 3
    optional = "[checks.error-ratio]\nrequired = false\n[checks.serving]\nrequired = false"
    assert decide(said(none, settled(tmp_path, optional)), "fail")[1].code == 0


@pytest.mark.parametrize("name", presets.names())
def test_a_preset_changes_bounds_and_names_no_source(name: str, tmp_path: Path) -> None:
    file = read(presets.path(name, "test"), "preset")
    assert file.checks
    assert not {"preset", "url", "metrics-file", "db-path"} & set(file.values)
    assert (file.expect, file.waive) == ((), ())
    assert settled(tmp_path, f'preset = "{name}"') == replace(settled(tmp_path, "", "--preset", name))


def test_the_presets_are_those_of_the_three_stages() -> None:
    assert presets.names() == ("production", "smoke", "staging")


def test_an_unknown_preset_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    assert refused(tmp_path, 'preset = "smok"') == (
        "llmgw-report.toml: preset: unknown preset 'smok' | did you mean 'smoke'?"
    )
    assert refused(tmp_path, "", "--preset", "prod").startswith("--preset: unknown preset 'prod' | ")


@pytest.mark.parametrize(("requests", "server", "expected"), [(8, 0, "pass"), (8, 8, "fail"), (4, 0, "unknown")])
def test_a_smoke_stage_can_be_judged_by_a_handful(tmp_path: Path, requests: int, server: int, expected: str) -> None:
    chosen = settled(tmp_path, 'preset = "smoke"')
    (found,) = said(snapshot(traffic=traffic(requests, server=server)), chosen, "error-ratio")
    assert found.status == expected


def test_a_smoke_stage_that_sent_nothing_fails(tmp_path: Path) -> None:
    """Also where a gateway has no counter before its first request."""
    chosen = settled(tmp_path, 'preset = "smoke"')
    assert [one.status for one in said(snapshot(), chosen, "error-ratio")] == ["fail"]
    assert [one.status for one in said(snapshot(traffic=traffic(0, server=0)), chosen, "error-ratio")] == ["fail"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "[checks.instance-health]\nfail = 0.5",
            "[checks.instance-health]: fail means nothing: instance-health has no threshold",
        ),
        ("[checks.expectation]\nwarn = 1", "expectation has no threshold"),
        ("[checks.latency-p99]\nmin-n = 500", "latency-p99 has no fewest number"),
        (
            '[[checks.instance-health.for]]\nsubject = { instance = "a" }\nwarn = 1',
            "[[checks.instance-health.for]] 1: warn means nothing",
        ),
        ("[checks.error-ratio]\nfail = 5", "fail 500% is above 100%, which is all requests | write 5% or 0.05"),
        ("[checks.token-coverage]\nwarn = 80", "warn 8000% is above 100%"),
        ("[checks.error-ratio]\nfail = -0.1", "fail -10% is below 0"),
        ("[checks.latency-p99]\nwarn = -1", "warn -1s is below 0"),
    ],
)
def test_a_bound_that_the_check_does_not_have_is_not_silently_left_out(tmp_path: Path, text: str, words: str) -> None:
    assert words in refused(tmp_path, text)


def test_no_bound_can_be_said_of_any_check(tmp_path: Path) -> None:
    text = "[checks.instance-health]\nwarn = false\nmin-n = 0"
    assert settled(tmp_path, text).thresholds == settled(tmp_path).thresholds


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            'fail-on = "fial"',
            "fail-on: 'fial' is none of fail, warn, never | did you mean 'fail'?",
        ),
        ("[window]\ntop = 2.5", "top: 2.5 is not a whole number from 1 to 1000 | for example 5"),
        ("[checks.error-ratio]\nfail = true", "fail true is not a ratio | write 2% or 0.02, or false for no threshold"),
        (
            '[[waive]]\ncheck = "error-ratio"\nreason = "r"\nexpires = 2026-01-01T00:00:00Z',
            "| expires: required: it is accepted up to and including this day",
        ),
    ],
)
def test_a_value_that_is_wrong_is_told_what_its_key_means(tmp_path: Path, text: str, words: str) -> None:
    assert words in refused(tmp_path, text)
