"""Requests that a log leaves open: which of them ended how, as far as its rows and the scrape tell."""

from collections.abc import Sequence

from msgspec.structs import replace

from llmgw_report.gateways.rows import OutcomeRecord
from llmgw_report.model.indicator import Indicator
from llmgw_report.model.outcomes import Outcome, OutcomeCounts, Outcomes, SubjectOutcomes
from llmgw_report.model.sections import UNRECORDED
from llmgw_report.pipeline.sections.endings import Closing, Scraped
from llmgw_report.pipeline.sections.traffic import with_outcomes
from llmgw_report.pipeline.tally import from_indicators, outcomes
from tests.builders.snapshots import traffic

#: What began later may still be running.
IN_FLIGHT_MS = 3_600_000.0


def request(at_ms: float, model: str = "a", *, recorded: int = 1, outcome: Outcome | None = None) -> OutcomeRecord:
    return OutcomeRecord(time_ms=at_ms, kind="request", outcome=outcome, model=model, recorded=recorded)


def failure(at_ms: float, began_ms: float | None = None) -> OutcomeRecord:
    return OutcomeRecord(time_ms=at_ms, kind="ending", outcome="server-error", began_ms=began_ms)


def closed(rows: Sequence[OutcomeRecord], scraped: Scraped | None = None) -> Outcomes:
    tally = Closing(rows, "canceled", scraped, IN_FLIGHT_MS).closed()
    return outcomes(tally, source="database", basis="window")


def of(found: Outcomes, model: str) -> SubjectOutcomes:
    one = found.of({"model": model})
    assert one
    return one


def counted(**by_outcome: float) -> Scraped:
    attempts = [
        Indicator(quantity="attempts", family="f", value=value, roles={"outcome": outcome})
        for outcome, value in by_outcome.items()
    ]
    return Scraped(requests=from_indicators([]), attempts=from_indicators(attempts), since_ms=0)


def test_a_failure_that_tells_when_its_request_began_belongs_to_that_model() -> None:
    rows = [request(1000 * number, "ab"[number % 2], recorded=0) for number in range(20)]
    found = closed([*rows, *(failure(1000 * number + 700, began_ms=1000 * number - 1) for number in range(1, 20, 2))])
    assert (of(found, "b").outcomes.server_error, of(found, "b").unobserved, of(found, "b").untimed) == (10, 0, 0)
    assert (of(found, "a").outcomes.base, of(found, "a").unobserved) == (0, 10)


def test_a_failure_without_a_beginning_ends_any_request() -> None:
    found = closed([request(1000, recorded=0), request(2000, "b", recorded=0), failure(3000)])
    assert (found.total().outcomes.server_error, found.total().unobserved) == (1, 1)
    assert (of(found, "a").outcomes.base, of(found, "b").outcomes.base) == (0, 0)


def test_a_request_whose_success_would_have_left_a_row_failed() -> None:
    found = closed([request(1000), request(2000, recorded=0), request(IN_FLIGHT_MS + 1000)])
    assert (found.total().outcomes.error, found.total().unobserved) == (1, 2)
    assert found.total().last_unobserved == "1970-01-01T00:00:02Z"


def test_what_a_scrape_counted_as_success_is_a_request_that_leaves_no_row() -> None:
    rows = [*(request(1000 * number, "a") for number in range(3)), *(request(500, "b", recorded=0) for _ in range(4))]
    found = closed(rows, counted(success=4, error=3))
    assert (of(found, "b").outcomes.success, of(found, "a").outcomes.error) == (4, 3)
    assert found.total().unobserved == 0


def test_a_stream_that_is_never_recorded_and_broke_revokes_no_other_success() -> None:
    broke = OutcomeRecord(time_ms=3000, kind="revoke", outcome="server-error", recorded=0)
    found = closed([request(1000, outcome="success"), request(2000, recorded=0), broke])
    assert (found.total().outcomes.success, found.total().outcomes.server_error, found.total().unobserved) == (1, 1, 0)


def test_many_successes_may_be_one_row() -> None:
    many = OutcomeRecord(time_ms=1000, kind="request", outcome="success", model="a", requests=50)
    found = closed([many, request(2000, outcome="server-error")])
    assert (of(found, "a").outcomes.success, [run.count for run in of(found, "a").runs]) == (50, [50, 1])


def test_requests_without_a_group_are_those_of_every_group_that_has_no_row() -> None:
    """A log names no provider where its scrape does."""
    subjects = tuple(
        SubjectOutcomes(subject=subject, outcomes=OutcomeCounts(success=90, server_error=10))
        for subject in ({}, {"provider": "a"})
    )
    found = Outcomes(basis="window", source="database", subjects=subjects)
    whole = replace(traffic(100), group_by="provider")
    rows = with_outcomes(
        replace(whole, group_by="provider", rows=(replace(whole.total, group=UNRECORDED),)), found
    ).rows
    assert rows[0].outcomes == OutcomeCounts(success=90, server_error=10)


def test_streams_that_all_broke_are_those_of_every_model() -> None:
    """A row of a broken stream names no model: of 5 streams 4 broke, of the 3 to "a" at least 2."""
    good = [
        OutcomeRecord(time_ms=1000, kind="request", outcome="success", model=model, requests=n, streamed=streamed)
        for model, n, streamed in (("a", 3, 1), ("b", 2, 1), ("b", 10, 0))
    ]
    broke = [OutcomeRecord(time_ms=2000 + n, kind="revoke", outcome="server-error") for n in range(4)]
    found = closed([*good, *broke])
    assert (found.total().outcomes.success, found.total().outcomes.server_error) == (11, 4)
    assert (of(found, "a").outcomes.success, of(found, "a").outcomes.server_error) == (1, 2)
    assert (of(found, "b").outcomes.success, of(found, "b").outcomes.server_error) == (11, 1)
