"""Waivers: what they cover, until when, up to which figure, and what is said of each."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from llmgw_report.model.finding import Finding
from llmgw_report.model.report import Snapshot
from llmgw_report.pipeline.document import judged
from llmgw_report.pipeline.verdict import decide
from tests.builders.settings import refused, settled
from tests.builders.snapshots import coverage, database, instance, metrics, snapshot, source, traffic
from tests.checks.test_subjects import grouped, row

#: Judged on 2026-03-02: one instance down, and another that fails 30 of 200 requests.
SEEN = snapshot(
    instances=(
        instance("down", 5, 5, name="ollama-1"),
        instance("ok", 200, 30, name="openai-1"),
        instance("ok", 200, 0, name="openai-2"),
    ),
    traffic=traffic(1000, server=3),
    coverage=(coverage("latency", 60, 100),),
    metrics=metrics(),
    database=database(logs=3),
)
DOWN = {"check": "instance-health", "instance": "ollama-1"}
SLOPPY = {"check": "error-ratio", "instance": "openai-1"}


def waiver(check: str, subject: str = "{}", expires: str = "2026-12-31", more: str = "") -> str:
    return f'[[waive]]\ncheck = "{check}"\nsubject = {subject}\nreason = "ticket 881"\nexpires = {expires}\n{more}\n'


#: All that is wrong with an instance that is down and answers nothing, and with the other.
FAILED = waiver("instance-health") + waiver("serving") + waiver("error-ratio")


class Outcome:
    """What a file's waivers make of the snapshot."""

    def __init__(self, folder: Path, text: str, seen: Snapshot = SEEN) -> None:
        after, self.findings = judged(seen, settled(folder, text))
        self.lines = after.waivers
        self.states = [one.state for one in after.waivers]

    def finding(self, wanted: Mapping[str, str]) -> Finding:
        (found,) = (
            one
            for one in self.findings
            if one.check == wanted["check"] and one.subject.get("instance") == wanted.get("instance")
        )
        return found

    def statuses(self, check: str) -> list[str]:
        return [one.status for one in self.findings if one.check == check]


@pytest.mark.parametrize(
    ("subject", "covered"),
    [
        ("{}", True),
        ('{ instance = "ollama-1" }', True),
        ('{ instance = "ollama-*" }', True),
        ('{ instance = "ollama-[0-9]" }', True),
        ('{ provider = "a", instance = "*" }', True),
        ('{ provider = "b", instance = "*" }', False),
        ('{ instance = "OLLAMA-*" }', False),
        ('{ model = "*" }', False),
    ],
)
def test_it_covers_what_every_glob_fits(tmp_path: Path, subject: str, covered: object) -> None:
    outcome = Outcome(tmp_path, waiver("instance-health", subject))
    assert (outcome.finding(DOWN).waived is not None) == covered
    assert outcome.finding(DOWN).status == "fail"
    assert outcome.states == ["active" if covered else "unused"]
    assert outcome.statuses("waiver-unused") == ["pass" if covered else "warn"]
    assert outcome.finding(SLOPPY).waived is None


def test_what_is_covered_does_not_count_and_everything_else_does(tmp_path: Path) -> None:
    outcome = Outcome(tmp_path, FAILED + waiver("latency-coverage"))
    assert decide(outcome.findings, "fail")[1].code == 0
    assert decide(outcome.findings, "warn")[1].code == 0
    assert decide(outcome.findings)[0].status == "pass"
    one = Outcome(tmp_path, waiver("instance-health") + waiver("serving"))
    assert decide(one.findings, "fail")[1].code == 1
    assert decide(one.findings, "fail")[1].reason.startswith("30 of 200 requests to openai-1 failed on the server")


@pytest.mark.parametrize("text", [waiver("data-fresh"), waiver("data-fresh", expires="2026-01-01")])
def test_what_is_said_of_a_waiver_is_a_warning_like_any_other(tmp_path: Path, text: str) -> None:
    findings = Outcome(tmp_path, FAILED + waiver("latency-coverage") + text).findings
    assert (decide(findings, "fail")[1].code, decide(findings, "warn")[1].code) == (0, 1)
    assert decide(findings)[0].status == "warn"


@pytest.mark.parametrize(
    ("expires", "days_left", "state", "expired", "expiring"),
    [
        ("2026-03-01", -1, "expired", "warn", "skip"),
        ("2026-03-02", 0, "expiring", "pass", "warn"),
        ("2026-03-16", 14, "expiring", "pass", "warn"),
        ("2026-03-17", 15, "active", "pass", "pass"),
    ],
)
def test_its_last_day_is_included_and_is_announced(  # noqa: PLR0913, PLR0917 - a row of the table
    tmp_path: Path, expires: str, days_left: int, state: str, expired: str, expiring: str
) -> None:
    outcome = Outcome(tmp_path, waiver("instance-health", expires=expires))
    assert [(one.days_left, one.state) for one in outcome.lines] == [(days_left, state)]
    assert (outcome.finding(DOWN).waived is None) == (days_left < 0)
    assert (outcome.statuses("waiver-expired"), outcome.statuses("waiver-expiring")) == ([expired], [expiring])


def test_the_day_is_that_of_the_instant_judged_in_utc(tmp_path: Path) -> None:
    last = replace(SEEN, at="2026-03-02T23:59:59.999Z")
    over = replace(SEEN, at="2026-03-03T00:00:00Z")
    text = waiver("instance-health", expires="2026-03-02")
    assert Outcome(tmp_path, text, last).states == ["expiring"]
    assert Outcome(tmp_path, text, over).states == ["expired"]


def test_how_many_days_are_soon_is_a_bound_like_any_other(tmp_path: Path) -> None:
    outcome = Outcome(tmp_path, "[checks.waiver-expiring]\nwarn = 34560000\n" + waiver("instance-health"))
    assert outcome.states == ["expiring"]
    assert outcome.statuses("waiver-expiring") == ["warn"]


def test_an_expired_one_says_what_counts_again(tmp_path: Path) -> None:
    outcome = Outcome(tmp_path, waiver("instance-health", expires="2026-02-01"))
    (said,) = (one for one in outcome.findings if one.check == "waiver-expired")
    assert outcome.finding(DOWN).fingerprint in said.seen
    assert "29 d ago" in said.seen


@pytest.mark.parametrize(
    ("check", "subject", "ceiling", "state"),
    [
        ("error-ratio", {"provider": "a", "instance": "openai-1"}, 0.15, "active"),  # 30 of 200, bad if above
        ("error-ratio", {"provider": "a", "instance": "openai-1"}, 0.14, "exceeded"),
        ("latency-coverage", {}, 0.6, "active"),  # 60 of 100, bad if below
        ("latency-coverage", {}, 0.61, "exceeded"),
    ],
)
def test_what_is_worse_than_its_ceiling_counts(
    tmp_path: Path, check: str, subject: dict[str, str], ceiling: float, state: str
) -> None:
    words = ", ".join(f'{label} = "{name}"' for label, name in subject.items())
    outcome = Outcome(tmp_path, waiver(check, f"{{ {words} }}", more=f"up-to = {ceiling}"))
    assert outcome.states == [state]
    bad = [one for one in outcome.findings if (one.check, one.subject) == (check, subject) and one.status != "pass"]
    assert [one.waived is None for one in bad] == [state == "exceeded"]


def test_a_ceiling_needs_a_figure(tmp_path: Path) -> None:
    outcome = Outcome(tmp_path, waiver("instance-health", more="up-to = 1"))
    assert outcome.states == ["unused"]
    assert outcome.finding(DOWN).waived is None


def test_a_pass_needs_no_waiver(tmp_path: Path) -> None:
    assert Outcome(tmp_path, waiver("scrape-readable")).states == ["unused"]


def test_what_is_required_and_could_not_be_read_can_be_accepted_too(tmp_path: Path) -> None:
    unread = replace(
        SEEN,
        inputs=(source("metrics"), source("database", "no such file")),
        sections=replace(SEEN.sections, database=None),
    )
    text = FAILED
    assert decide(Outcome(tmp_path, text, unread).findings, "fail")[1].code == 3
    assert decide(Outcome(tmp_path, text + waiver("database-readable"), unread).findings, "fail")[1].code == 0


def test_nothing_to_judge_stays_unknown_whatever_is_waived(tmp_path: Path) -> None:
    nothing = snapshot(inputs=(source("metrics", "refused"), source("database", "no such file")))
    text = waiver("scrape-readable") + waiver("database-readable")
    outcome = Outcome(tmp_path, text, nothing)
    assert decide(outcome.findings, "fail")[1].code == 3
    assert decide(outcome.findings)[0].status == "unknown"


def test_an_expectation_is_waived_by_its_path_with_brackets_and_all(tmp_path: Path) -> None:
    path = 'instances[instance="ollama-1"].health'
    text = f"[[expect]]\nfigure = '{path}'\nequals = \"ok\"\n" + waiver("expectation", f"{{ figure = '{path}' }}")
    assert Outcome(tmp_path, text).states == ["active"]


def test_the_first_valid_one_is_named(tmp_path: Path) -> None:
    text = "".join(
        waiver("instance-health", expires=day, more=f'owner = "{day}"')
        for day in ("2026-01-01", "2026-06-01", "2026-05-01")
    )
    waived = Outcome(tmp_path, text).finding(DOWN).waived
    assert waived is not None
    assert (waived.reason, waived.expires, waived.owner) == ("ticket 881", "2026-06-01", "2026-06-01")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (waiver("eror-ratio"), "unknown check 'eror-ratio' | did you mean 'error-ratio'?"),
        (waiver("error-ratio", '{ instanse = "a" }'), "unknown role 'instanse' in subject | did you mean 'instance'?"),
        (waiver("waiver-unused"), "waiver-unused evaluates the waivers and cannot be waived"),
        (waiver("error-ratio").replace("ticket 881", "  "), "reason is empty"),
        (waiver("error-ratio").replace('reason = "ticket 881"', ""), "missing required key `reason`"),
        (waiver("error-ratio").replace("expires = 2026-12-31", ""), "missing required key `expires`"),
        (waiver("error-ratio", expires='"soon"'), "expires: not a date | "),
        (
            waiver("error-ratio", expires="2026-12-31T00:00:00Z"),
            "expires: expected a date such as 2026-12-31, got a time",
        ),
        (waiver("error-ratio", more="up-to = nan"), "up-to nan is not a ratio"),
        (waiver("error-ratio", more="upto = 1"), "unknown key `upto` | did you mean 'up-to'?"),
    ],
)
def test_one_that_means_nothing_is_refused(tmp_path: Path, text: str, words: str) -> None:
    message = refused(tmp_path, waiver("data-fresh") + text)
    assert message.startswith("llmgw-report.toml: [[waive]] 2")
    assert words in message


def test_a_waived_instance_frees_its_provider_and_the_total(tmp_path: Path) -> None:
    """And nothing else: what is wrong elsewhere is found in what is left."""
    text = waiver("error-ratio", '{ instance = "a-1" }')
    for others, status in ((5, "pass"), (90, "fail")):
        rows = (instance("ok", 200, 190, name="a-1"), instance("ok", 800, others, name="a-2"))
        seen = snapshot(traffic=traffic(1000, server=190 + others), instances=rows)
        (total,) = (
            one for one in Outcome(tmp_path, text, seen).findings if one.check == "error-ratio" and not one.subject
        )
        assert (total.status, total.n) == (status, 800)
        assert "a-1" in total.seen
        assert "190" not in total.seen


def test_a_waived_group_frees_the_total(tmp_path: Path) -> None:
    seen = snapshot(traffic=grouped("model", {"old": row(200, 190), "new": row(800, 5)}))
    outcome = Outcome(tmp_path, waiver("error-ratio", '{ model = "old" }'), seen)
    assert [one.status for one in outcome.findings if one.check == "error-ratio" and one.waived is None] == ["pass"]
