"""The headline is the finding: what, how bad, since when; of a PASS what was proven, of UNKNOWN what is missing."""

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from llmgw_report.model.finding import Finding
from llmgw_report.model.outcomes import OutcomeCounts, Outcomes, SubjectOutcomes
from llmgw_report.model.report import Snapshot
from llmgw_report.model.target import TargetRow
from llmgw_report.pipeline.causes import fold
from llmgw_report.pipeline.gaps import missing_evidence
from llmgw_report.pipeline.headline import Words, problem, words_of
from llmgw_report.pipeline.judge import judge, thresholds
from llmgw_report.pipeline.verdict import decide
from tests.builders import small
from tests.builders.outcomes import bad, good, window
from tests.builders.snapshots import AT, instance, snapshot, source

SINCE = {"since": "2026-03-02T09:30:00.000Z"}
DOWN = small.finding("instance-health", "fail", "eu is down: 5 of 9 requests failed", fingerprint="down", **SINCE)
FOLLOWS = small.finding("error-ratio", "fail", "9 of 99 failed", fingerprint="total", derived_from="down")
OTHER = small.finding("serving", "fail", "no request was answered", fingerprint="serving", onset="before", **SINCE)
SLOW = small.finding("slow-requests", "warn", "one took 7 s", fingerprint="slow")


def said(*findings: Finding, **words: Any) -> str:  # noqa: ANN401 - of many types
    return decide(findings, words=Words(**{"at": AT, **words}))[0].headline


@pytest.mark.parametrize(
    ("findings", "headline"),
    [
        ((DOWN,), "eu is down: 5 of 9 requests failed, since 09:30"),
        ((DOWN, FOLLOWS), "eu is down: 5 of 9 requests failed, since 09:30"),
        ((DOWN, FOLLOWS, SLOW), "eu is down: 5 of 9 requests failed, since 09:30; +1 more"),
        ((DOWN, OTHER, SLOW), "eu is down: 5 of 9 requests failed, since 09:30; +2 more"),
        ((OTHER,), "no request was answered, since before 09:30"),
        ((SLOW,), "one took 7 s"),
        ((SLOW, replace(SLOW, fingerprint="slow;model=m")), "one took 7 s; +1 more"),
        # A failure is the problem, also where it follows from what is only a warning.
        ((replace(FOLLOWS, derived_from="slow"), SLOW), "9 of 99 failed; +1 more"),
    ],
    ids=["one", "what follows is no second", "a warning is", "another failure is", "edge", "warn", "warns", "derived"],
)
def test_the_worst_problem_and_how_many_more(findings: Sequence[Finding], headline: str) -> None:
    assert said(*findings) == headline


def test_a_waived_problem_is_no_other_one() -> None:
    assert said(DOWN, *(one for one in small.FINDINGS if one.waived)) == (
        "eu is down: 5 of 9 requests failed, since 09:30"
    )


def test_the_same_problem_is_named_by_every_way_to_read_it() -> None:
    verdict, ended = decide([DOWN, FOLLOWS], words=Words(at=AT))
    assert ended.reason == verdict.headline == problem([DOWN], [DOWN, FOLLOWS], Words(at=AT))
    assert verdict.since == SINCE["since"]


def totals(success: int, **fields: Any) -> Outcomes:  # noqa: ANN401 - of many types
    found = Outcomes(
        basis="window",
        source="database",
        evaluated="yes",
        subjects=(SubjectOutcomes(subject={}, outcomes=OutcomeCounts(success=success, server_error=1)),),
    )
    return replace(found, **fields)


LEFT_OUT = SubjectOutcomes(
    subject={}, outcomes=OutcomeCounts(success=38, server_error=2, client_error=10), unobserved=60
)


def target(name: str, problem_: str | None = None) -> TargetRow:
    return TargetRow(target=name, problem=problem_)


@pytest.mark.parametrize(
    ("sections", "fields", "proof"),
    [
        ({"outcomes": totals(999)}, {}, "1,000 requests in the last hour, 99.90% answered"),
        (
            {"outcomes": totals(999), "instances": (instance("ok"), instance("ok", name="a-2"))},
            {"targets": (target("x"), target("y", "refused"))},
            "1,000 requests in the last hour, 99.90% answered, 2 of 2 instances up, 1 of 2 targets",
        ),
        (
            {"outcomes": totals(999, basis="lifetime")},
            {},
            "1,000 requests since the process started, 99.90% answered",
        ),
        (
            {"outcomes": totals(999, since="2026-03-02T11:40:00.000Z")},
            {},
            "1,000 requests since 11:40, 99.90% answered",
        ),
        (
            {"outcomes": totals(999, subjects=(LEFT_OUT,))},
            {},
            "110 requests in the last hour, 95.0% of 40 answered, the outcome of 60 is not known, 10 client errors",
        ),
        (
            {"instances": (instance("ok"), instance("unknown", name="a-2"))},
            {},
            "1 of 2 instances up, 1 in an unknown state",
        ),
        # Of counters of an older time than the window nothing is proven.
        ({"outcomes": totals(999, evaluated="no")}, {}, "no check failed"),
        ({"instances": (instance("unknown"),)}, {}, "no check failed"),
    ],
    ids=["requests", "all", "lifetime", "young process", "left out", "health alone", "older counters", "nothing"],
)
def test_a_pass_says_what_was_proven(sections: dict[str, Any], fields: dict[str, Any], proof: str) -> None:
    seen = replace(snapshot(**sections), **fields)
    passed = small.finding("error-ratio", "pass", "fine")
    assert decide([passed], words=words_of(seen, ()))[0].headline == proof


def test_a_pass_says_how_many_findings_are_waived() -> None:
    passed, waived = small.finding("error-ratio", "pass", "fine"), next(one for one in small.FINDINGS if one.waived)
    assert decide([passed, waived], words=words_of(snapshot(outcomes=totals(999)), ()))[0].headline == (
        "1,000 requests in the last hour, 99.90% answered; 1 finding waived"
    )


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (snapshot(inputs=()), ("no source was read", "--url, --metrics-file or --db-path")),
        (
            snapshot(inputs=(source("metrics", "connection refused"),)),
            ("connection refused", "metrics.file"),
        ),
    ],
    ids=["no source", "a source that cannot be read"],
)
def test_unknown_says_what_is_missing(seen: Snapshot, words: tuple[str, ...]) -> None:
    verdict, _ = decide(judge(seen, thresholds()), "fail", "standard", missing_evidence(seen), words_of(seen, ()))
    assert verdict.status == "unknown"
    assert [word for word in words if word not in verdict.headline] == []


def test_the_headline_of_requests() -> None:
    seen = window(good(500), bad(60), good(1))
    found = decide(fold(judge(seen, thresholds()), seen), words=words_of(seen, ()))[0]
    assert found.status == "fail"
    assert found.headline == "60 of 561 requests failed on the server side (10.7%); it began at 11:59"


def test_what_a_state_does_to_all_requests_is_of_the_window_and_not_of_the_time_since_it_began() -> None:
    harm = replace(FOLLOWS, unit="ratio", observed=0.1, n=99, seen="9 of 99 requests failed (9.1%)")
    root = replace(DOWN, seen="eu is down")
    assert said(root, harm, when="in the last hour") == (
        "eu is down, since 09:30; in the last hour, 9 of 99 requests failed (9.1%)"
    )
