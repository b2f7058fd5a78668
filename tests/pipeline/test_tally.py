"""Requests that a log leaves open are closed in order: failures, then successes that were counted, then the rest."""

from typing import Literal

import pytest
from msgspec.structs import replace

from llmgw_report.gateways.rows import OutcomeRecord
from llmgw_report.model.outcomes import Outcome, SubjectOutcomes
from llmgw_report.pipeline.sections.endings import Closing, Scraped
from llmgw_report.pipeline.tally import Tally, from_scrape, outcomes

START_MS = 1_772_449_200_000
#: Every request began long before it, so that none is in flight.
UNTIL_MS = START_MS + 300_000

Kind = Literal["request", "ending", "revoke"]


def opened(n: int, model: str | None = None) -> list[OutcomeRecord]:
    """Streams that began one second apart, of which the log has the beginning alone."""
    return [row("request", second, None, model) for second in range(n)]


def row(kind: Kind, second: int, outcome: Outcome | None, model: str | None = None) -> OutcomeRecord:
    """One row of the log."""
    return OutcomeRecord(time_ms=START_MS + 1000 * second, kind=kind, outcome=outcome, model=model, recorded=0)


def scraped(success: int, error: int, *, lost: int = 0, since_ms: int = START_MS - 1) -> Scraped:
    """Counters of one instance, of a process that began then; `lost` requests never reached it."""
    requests, attempts = Tally(), Tally()
    for outcome, n in (("success", success), ("error", error)):
        attempts.add({"provider": "a", "instance": "a-1"}, outcome, n)
    requests.add({"provider": "a"}, "open", success + error + lost)
    return Scraped(requests=requests, attempts=attempts, since_ms=since_ms)


def total(rows: list[OutcomeRecord], counted: Scraped | None = None, without_ending: str = "error") -> SubjectOutcomes:
    """The outcomes of all requests together."""
    closed = Closing(rows, without_ending, counted, UNTIL_MS).closed()
    return outcomes(closed, source="database", basis="window").total()


def told(one: SubjectOutcomes) -> dict[str, int]:
    """Counts that are not 0."""
    counts = {name: getattr(one.outcomes, name) for name in one.outcomes.__struct_fields__}
    return {name: n for name, n in {**counts, "unobserved": one.unobserved}.items() if n}


def test_an_anonymous_failure_ends_a_request() -> None:
    failed = [row("ending", 50, "server-error"), row("ending", 51, "timeout")]
    assert told(total([*opened(10), *failed])) == {"server_error": 1, "timeout": 1, "unobserved": 8}


def test_failures_come_first_then_what_was_counted_and_only_the_rest_was_canceled() -> None:
    failed = [row("ending", 50 + number, "server-error") for number in range(3)]
    found = total([*opened(10), *failed], scraped(success=4, error=2), "canceled")
    assert told(found) == {"server_error": 3, "success": 4, "error": 2, "canceled": 1}


def test_a_success_that_the_log_has_is_not_counted_twice() -> None:
    known = [row("request", 20 + number, "success") for number in range(4)]
    found = total([*opened(10), *known], scraped(success=6, error=0), "canceled")
    assert told(found) == {"success": 6, "canceled": 8}


def test_more_failures_than_open_requests_are_of_some_that_began_before_the_window() -> None:
    failed = [row("ending", 50 + number, "server-error") for number in range(9)]
    found = total([*opened(2), row("request", 5, "success"), *failed])
    assert told(found) == {"success": 1, "server_error": 9}


def test_a_log_of_errors_alone_says_nothing_about_the_rest() -> None:
    assert told(total([row("ending", second, "server-error") for second in range(9)])) == {"unobserved": 9}


def test_a_broken_stream_revokes_a_success() -> None:
    rows = [row("request", 1, "success"), row("revoke", 2, "server-error"), row("revoke", 3, "server-error")]
    assert told(total(rows)) == {"server_error": 1}


def recorded(rows: list[OutcomeRecord]) -> list[OutcomeRecord]:
    """The same requests, as kinds of which every success leaves a row."""
    return [replace(row, recorded=1) for row in rows]


def test_a_log_alone_cannot_know_that_a_client_went_away() -> None:
    """A stream that the gateway never records leaves the same trace."""
    assert told(total(opened(10))) == {"unobserved": 10}
    assert told(total(recorded(opened(10)))) == {"error": 10}


def test_the_counters_of_a_younger_process_say_nothing_of_requests_before_it() -> None:
    young = scraped(success=4, error=0, since_ms=START_MS + 6_000)
    assert told(total(opened(10), young, "canceled")) == {"unobserved": 6, "success": 4}


def test_failures_that_all_ended_alike_have_their_times_and_others_have_none() -> None:
    dead = total(recorded(opened(9)))
    assert (dead.untimed, [(run.side, run.count) for run in dead.runs]) == (0, [("unattributed", 9)])
    mixed = total(opened(9), scraped(success=4, error=5), "canceled")
    assert (mixed.untimed, mixed.runs) == (5, ())


def test_a_subject_has_for_certain_only_what_cannot_be_of_another() -> None:
    """Of 10 open requests 8 failed: of the 6 to "x" at least 4, of the 4 to "y" at least 2."""
    failed = [row("ending", 50 + number, "server-error") for number in range(8)]
    closed = Closing([*opened(6, "x"), *opened(4, "y"), *failed], "canceled", None, UNTIL_MS).closed()
    found = outcomes(closed, source="database", basis="window")
    models = {one.subject["model"]: told(one) for one in found.subjects if "model" in one.subject}
    assert models == {"x": {"server_error": 4, "unobserved": 2}, "y": {"server_error": 2, "unobserved": 2}}
    assert told(found.total()) == {"server_error": 8, "unobserved": 2}


@pytest.mark.parametrize(("lost", "failed"), [(0, 0), (7, 5)])
def test_requests_of_a_provider_that_reached_no_instance_failed_less_those_whose_client_left(
    lost: int, failed: int
) -> None:
    rows = [*(row("request", number, "success") for number in range(4)), *opened(2), *opened(lost)[2:]]
    counted = scraped(success=4, error=0, lost=lost)
    ends = [row("ending", 60 + number, "server-error") for number in range(max(0, lost - 2))]
    closed = Closing([*rows, *ends], "canceled", counted, UNTIL_MS).closed()
    provider = outcomes(closed, source="database", basis="window").of({"provider": "a"})
    assert provider is not None
    assert (provider.outcomes.success, provider.outcomes.server_error) == (4, failed)


def test_a_success_of_another_request_makes_no_failure_of_an_open_one() -> None:
    """The request of a success may have begun before the window: what closes an open one has to be a failure."""
    answered = [row("ending", 50 + number, "success", "n") for number in range(4)]
    closed = Closing([*opened(4, "m"), *answered], "error", None, UNTIL_MS).closed()
    found = outcomes(closed, source="database", basis="window")
    assert told(found.total()) == {"success": 4}
    (model,) = (one for one in found.subjects if one.subject == {"model": "m"})
    assert told(model) == {"unobserved": 4}


@pytest.mark.parametrize(
    ("requests", "attempts", "wanted"),
    [
        ({"success": 100, "error": 60}, {"success": 100, "server-error": 60}, {"success": 100, "server-error": 60}),
        ({"success": 100, "client-error": 60}, {"success": 100, "error": 60}, {"success": 100, "client-error": 60}),
        ({"success": 100, "error": 60}, {"success": 100, "server-error": 20}, {"server-error": 20, "error": 40}),
        # Retries hide failures from the requests, and no attempt is counted for a 401.
        (
            {"success": 100, "upstream-refused": 5},
            {"success": 100, "timeout": 40},
            {"timeout": 40, "upstream-refused": 5},
        ),
    ],
)
def test_a_failure_that_two_families_call_by_different_names_is_one(
    requests: dict[str, int], attempts: dict[str, int], wanted: dict[str, int]
) -> None:
    counted, reached = Tally(), Tally()
    for tally, found in ((counted, requests), (reached, attempts)):
        for outcome, n in found.items():
            tally.add({"instance": "eu"}, outcome, n)
    merged, _ = from_scrape(counted, reached, None)
    ended = {name: n for name, n in merged.counts[("instance", "eu"),].items() if n}
    assert ended == {"success": 100, **wanted}
