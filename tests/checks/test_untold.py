"""Requests of a log of which no record tells how they ended: failures alone do not make a gateway dead."""

from msgspec.structs import replace

from llmgw_report.checks import load
from llmgw_report.model.finding import Finding
from llmgw_report.model.outcomes import OutcomeCounts, Outcomes, Run, SubjectOutcomes
from llmgw_report.model.report import Snapshot
from tests.builders.snapshots import snapshot

EARLY, LATE = "2026-03-02T08:10:00.000Z", "2026-03-02T08:50:00.000Z"


def log(failed: int, unobserved: int, newest: str) -> Snapshot:
    """So many failures at half past eight; `newest` is when the newest request without an ending began."""
    run = Run(side="service", count=failed, since="2026-03-02T08:30:00.000Z", until="2026-03-02T08:31:00.000Z")
    total = SubjectOutcomes(
        subject={},
        outcomes=OutcomeCounts(server_error=failed),
        unobserved=unobserved,
        runs=(run,),
        last_unobserved=newest if unobserved else None,
    )
    empty = snapshot()
    found = Outcomes(basis="window", source="database", subjects=(total,))
    return replace(empty, sections=replace(empty.sections, outcomes=found))


def judged(slug: str, seen: Snapshot) -> Finding:
    check = load(slug)
    (found,) = check.evaluate(seen, check.default)
    return found


def test_failures_among_requests_that_leave_no_trace_are_no_proof() -> None:
    seen = log(failed=5, unobserved=995, newest=LATE)
    assert judged("serving", seen).status == "unknown"
    assert judged("error-ratio", seen).status == "unknown"


def test_failures_and_nothing_since_are_a_dead_gateway() -> None:
    seen = log(failed=40, unobserved=960, newest=EARLY)
    assert judged("serving", seen).status == "fail"


def test_failures_that_outnumber_the_rest_are_proof() -> None:
    seen = log(failed=40, unobserved=10, newest=LATE)
    assert [judged(slug, seen).status for slug in ("serving", "error-ratio")] == ["fail", "fail"]


def unattributed(n: int) -> Snapshot:
    """A hundred successes, and then so many failures that nobody is to blame for."""
    runs = (
        Run(side="success", count=100, since="2026-03-02T08:00:00.000Z", until="2026-03-02T08:29:00.000Z"),
        Run(side="unattributed", count=n, since="2026-03-02T08:30:00.000Z", until="2026-03-02T08:31:00.000Z"),
    )
    total = SubjectOutcomes(subject={}, outcomes=OutcomeCounts(success=100, error=n), runs=runs)
    empty = snapshot()
    found = Outcomes(basis="window", source="database", subjects=(total,))
    return replace(empty, sections=replace(empty.sections, outcomes=found))


def test_many_failures_of_nobody_in_a_row_are_a_warning() -> None:
    assert judged("serving", unattributed(19)).status == "pass"
    assert judged("serving", unattributed(20)).status == "warn"
