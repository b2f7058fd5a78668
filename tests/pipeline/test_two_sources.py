"""A scrape and the rows of the same requests: the finer source decides, the other fills in what that one lacks."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
from msgspec import structs

from llmgw_report.model.continuity import Continuity
from llmgw_report.model.outcomes import OutcomeCounts, Outcomes, Run, SubjectOutcomes
from llmgw_report.model.report import Report
from llmgw_report.model.sections import Sections
from llmgw_report.pipeline.tally import outcomes_since
from tests.builders.databases import build
from tests.builders.gateway import Machine, report
from tests.builders.snapshots import snapshot

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
DEFINITION = """
title = "Two sources"
about = "A gateway of this test."
[detect]
families = ["two_requests_total"]
[detect.tables]
calls = ["at_ms", "outcome", "provider", "model", "seconds", "input_tokens"]
[times]
calls = { column = "at_ms", unit = "ms" }
[[metrics.requests]]
family = "two_requests_total"
labels = { provider = "adapter", model = "model", status = "status" }
outcomes = [{ when = { status = "200" }, outcome = "success" }, { outcome = "server-error" }]
unlogged = ["401"]
[[metrics.time-to-first-token]]
family = "two_first_token_seconds"
labels = { model = "model" }
population = "streams"
[[metrics.latency]]
family = "two_seconds"
labels = { model = "model" }
population = "calls of a provider, failed ones too"
[[metrics.process-start]]
family = "process_start_time_seconds"
"""
REQUESTS = """-- title: rows of calls
SELECT at_ms AS time_ms, outcome, provider, model, seconds, input_tokens FROM calls
WHERE at_ms > :since_ms AND at_ms <= :until_ms"""
MINUTES = 60_000


def text(word: str | None) -> str:
    return "NULL" if word is None else f"'{word}'"


def seen(
    tmp_path: Path,
    rows: Sequence[tuple[str | None, str | None, str]],
    scrape: dict[tuple[str, str, str], int],
    *arguments: str,
    started: int | None = 10,
    own: Mapping[str, str] | None = None,
) -> Report:
    """`rows` are outcome, provider and model; `scrape` is adapter, model and status -> requests.

    `own` is text of the definition or of its query that is put in the place of the usual, and more of the scrape.
    """
    own = own or {}
    gateway = tmp_path / "two-sources"
    gateway.mkdir()
    (gateway / "gateway.toml").write_text(own.get("definition", DEFINITION))
    (gateway / "requests.sql").write_text(own.get("query", REQUESTS))
    now = int(AT.timestamp() * 1000)
    script = ["CREATE TABLE calls (at_ms INTEGER, outcome, provider, model, seconds REAL, input_tokens INTEGER)"]
    for number, names in enumerate(rows):
        values = ", ".join((str(now - 5 * MINUTES + number), *map(text, names), "0.2", "7"))
        script.append(f"INSERT INTO calls VALUES ({values})")  # noqa: S608 - of this test
    build(";\n".join(script), tmp_path / "calls.db")
    lines = [
        f'two_requests_total{{adapter="{adapter}",model="{model}",status="{status}"}} {count}'
        for (adapter, model, status), count in scrape.items()
    ]
    for model in {model for _, model, _ in scrape}:
        labels = f'model="{model}"'
        lines += [
            f'two_first_token_seconds_bucket{{{labels},le="0.5"}} 4',
            f'two_first_token_seconds_bucket{{{labels},le="+Inf"}} 4',
            f"two_first_token_seconds_sum{{{labels}}} 1",
            f"two_first_token_seconds_count{{{labels}}} 4",
            f'two_seconds_bucket{{{labels},le="0.1"}} 9',
            f'two_seconds_bucket{{{labels},le="+Inf"}} 9',
            f"two_seconds_sum{{{labels}}} 0.1",
            f"two_seconds_count{{{labels}}} 9",
        ]
    if started is not None:
        lines.append(f"process_start_time_seconds {AT.timestamp() - 60 * started}")
    (tmp_path / "scrape.prom").write_text(
        "# TYPE two_first_token_seconds histogram\n# TYPE two_seconds histogram\n"
        + "\n".join(lines)
        + "\n"
        + own.get("scrape", "")
    )
    named = ("--metrics-file", "scrape.prom", "--db-path", "calls.db", "--gateway", "two-sources", "--no-config")
    paths = [str(tmp_path / word) if (tmp_path / word).exists() else word for word in named]
    return report(*paths, *arguments, machine=Machine(AT.isoformat()))


GOOD = [("success", "alpha", "large")] * 30 + [("success", "beta", "small")] * 30
DEAD = [("success", "alpha", "large")] * 30 + [("server-error", "beta", "small")] * 30


def test_the_provider_of_a_scrape_is_no_subject_beside_the_rows_own(tmp_path: Path) -> None:
    """The name "openai" is the protocol that both providers speak, and one of them is dead."""
    found = seen(tmp_path, DEAD, {("openai", "large", "200"): 30, ("openai", "small", "502"): 30})
    subjects = [one.subject.get("provider") for one in found.findings if one.check == "error-ratio"]
    assert "beta" in subjects
    assert "openai" not in subjects


@pytest.mark.parametrize(
    ("rows", "failed", "refused", "wanted"),
    [
        (GOOD, 30, 0, (60, 30)),  # the log keeps only what an upstream answered
        (GOOD, 0, 0, (60, 0)),
        (GOOD, 0, 30, (60, 0)),  # these leave no row, as the definition says
        (GOOD[:20], 30, 0, (60, 30)),  # of the 70 that have no row 30 failed
        (DEAD, 30, 0, (30, 30)),  # each is in both
    ],
)
def test_failures_without_a_row_are_evaluated(
    tmp_path: Path, rows: list[tuple[str, str | None, str]], failed: int, refused: int, wanted: tuple[int, int]
) -> None:
    answered = 60 if rows is not DEAD else 30
    counted = {("a", "large", "200"): answered, ("a", "large", "502"): failed, ("a", "large", "401"): refused}
    found = seen(tmp_path, rows, {names: n for names, n in counted.items() if n})
    assert found.sections.outcomes
    total = found.sections.outcomes.total().outcomes
    assert (total.success, total.service) == wanted


@pytest.mark.parametrize("role", ["provider", "model"])
def test_a_figure_that_only_the_scrape_has_stands_in_the_rows_of_the_same_groups(tmp_path: Path, role: str) -> None:
    found = seen(
        tmp_path, GOOD, {("openai", "large", "200"): 30, ("openai", "small", "200"): 30}, "--group-by", role
    ).sections
    assert found.traffic
    assert found.traffic.lifetime is None
    assert (found.traffic.total.requests, found.traffic.total.tokens.input) == (60, 420)
    assert found.traffic.total.latency.source == "rows"
    first_token = found.traffic.total.durations["time-to-first-token"]
    assert first_token.count == 8
    of_groups = {row.group: row.durations["time-to-first-token"].count for row in found.traffic.rows}
    assert of_groups == ({"alpha": None, "beta": None} if role == "provider" else {"large": 4, "small": 4})


def test_failures_that_the_scrape_times_are_not_the_latency_of_rows_that_all_failed(tmp_path: Path) -> None:
    dead = [("server-error", "beta", "small")] * 30
    found = seen(tmp_path, dead, {("openai", "small", "502"): 30}, "--group-by", "model").sections
    assert found.traffic
    assert [row.latency.count for row in (found.traffic.total, *found.traffic.rows)] == [0, 0]


def test_requests_that_neither_source_names_are_not_the_same(tmp_path: Path) -> None:
    rows = [*GOOD, *[("client-error", None, "large")] * 3]
    found = seen(tmp_path, rows, {("", "large", "200"): 60}).sections
    assert found.traffic
    unnamed = next(row for row in found.traffic.rows if row.group == "(not recorded)")
    assert unnamed.requests == 3
    assert unnamed.durations["time-to-first-token"].count is None


def test_totals_of_an_older_process_are_not_mixed_with_the_rows_of_the_window(tmp_path: Path) -> None:
    found = seen(tmp_path, GOOD, {("openai", "large", "200"): 5000}, started=600).sections
    assert found.traffic
    assert found.traffic.lifetime
    assert (found.traffic.lifetime.total.requests, found.traffic.total.requests) == (5000, 60)
    assert "time-to-first-token" not in found.traffic.total.durations


def test_totals_since_a_restart_are_not_mixed_with_rows_from_before(tmp_path: Path) -> None:
    found = seen(tmp_path, GOOD, {("openai", "large", "200"): 10}, started=1).sections
    assert found.traffic
    assert found.traffic.lifetime
    assert (found.traffic.lifetime.total.requests, found.traffic.total.requests) == (10, 60)


@pytest.mark.parametrize(
    ("counted", "status", "started", "verdict"),
    [
        (60, "200", 10, "pass"),
        (90, "200", 10, "warn"),  # 30 rows were lost
        (90, "401", 10, "pass"),  # these leave no row
        (90, "200", None, "warn"),  # nobody says since when it counts, and the log began in the window
        (90, "200", 600, "skip"),  # an older process: its rows before the window were not read
    ],
)
def test_rows_that_are_lost_are_a_warning(
    tmp_path: Path, counted: int, status: str, started: int | None, verdict: str
) -> None:
    scrape = {("openai", "large", "200"): 60} | ({("openai", "large", status): counted} if status != "401" else {})
    if status == "401":
        scrape[("openai", "large", "401")] = counted - 60
    found = seen(tmp_path, GOOD, scrape, started=started)
    assert [one.status for one in found.findings if one.check == "requests-reconcile"] == [verdict]


def test_tokens_are_covered_by_the_successes_that_have_them(tmp_path: Path) -> None:
    found = seen(tmp_path, DEAD, {("openai", "large", "200"): 30, ("openai", "small", "502"): 30}).sections
    tokens = next(one for one in found.coverage if one.quantity == "tokens")
    assert (tokens.observed, tokens.of) == (30, 30)


def test_of_two_times_that_counters_tell_where_requests_went_the_longer_one_stands() -> None:
    """A second scrape knows of the last seconds, an earlier report of the hour; rows name neither."""
    provider, instance = {"provider": "openai"}, {"provider": "openai", "instance": "eu"}
    rows = outcomes_of({"api-key": "web"}, success=90, error=10)
    second = outcomes_of(instance, success=1)
    hour = outcomes_of(provider, instance, success=90, error=10)
    course = Continuity(against="second scrape", state="continued", reason="")

    def since(found: Outcomes, now: Outcomes, at: str) -> Outcomes:
        nothing = structs.replace(now, subjects=(SubjectOutcomes(subject={}, outcomes=OutcomeCounts()),))
        done = outcomes_since(sections(found, now), nothing, course, at, UNTIL)
        assert done is not None
        return done

    short, long = "2026-03-02T11:59:50Z", SINCE
    for times in (((second, short), (hour, long)), ((hour, long), (second, short))):
        found = rows
        for now, at in times:
            found = since(found, now, at)
        failed = found.of(instance)
        assert failed is not None
        assert failed.outcomes.error == 10
        assert found.of({"api-key": "web"}) == rows.of({"api-key": "web"})


SINCE, UNTIL = "2026-03-02T11:00:00Z", "2026-03-02T12:00:00Z"


def outcomes_of(*subjects: dict[str, str], success: int = 0, error: int = 0) -> Outcomes:
    counts = OutcomeCounts(success=success, error=error)
    return Outcomes(
        basis="window",
        source="database",
        since=SINCE,
        subjects=tuple(SubjectOutcomes(subject=one, outcomes=counts) for one in ({}, *subjects)),
    )


def sections(found: Outcomes, totals: Outcomes) -> Sections:
    return structs.replace(snapshot().sections, outcomes=found, lifetime_outcomes=totals)


def test_that_failures_have_no_duration_and_no_tokens_is_no_second_alarm(tmp_path: Path) -> None:
    rows = [("server-error", "alpha", "m")] * 30
    found = seen(tmp_path, rows, {})
    lines = {one.quantity: (one.observed, one.of, one.note) for one in found.sections.coverage}
    assert lines["latency"] == lines["tokens"] == (0, 0, "successes")
    alarms = {one.check for one in found.findings if one.status in {"warn", "fail"}}
    assert not alarms & {"latency-coverage", "token-coverage"}


def test_the_population_of_a_scrape_is_not_said_of_rows(tmp_path: Path) -> None:
    """Rows are those of successes, whatever the family of the same quantity counts."""
    found = seen(tmp_path, [("success", "alpha", "m")] * 30, {("x", "m", "200"): 30})
    traffic = found.sections.window_traffic
    assert traffic is not None
    assert (traffic.total.latency.source, traffic.total.latency.population) == ("rows", "successes")


@pytest.mark.parametrize(
    ("against", "counted", "wanted"),
    [
        ("second scrape", {"error": 30}, (60, 30)),  # after all rows
        ("second scrape", {"success": 30}, (60, 0)),
        ("earlier report", {"success": 60, "error": 30}, (60, 30)),
        ("earlier report", {"success": 60}, (60, 0)),
        ("earlier report", {"success": 160, "error": 30}, (160, 30)),
    ],
)
def test_what_metrics_counted_since_then_and_no_row_has_is_evaluated(
    against: Literal["second scrape", "earlier report"], counted: dict[str, int], wanted: tuple[int, int]
) -> None:
    ended = OutcomeCounts(success=60)
    run = Run(side="success", count=60, since="2026-03-02T11:30:00Z", until="2026-03-02T11:50:00Z")
    rows = structs.replace(outcomes_of(), subjects=(SubjectOutcomes(subject={}, outcomes=ended, runs=(run,)),))
    nothing, now = outcomes_of(), outcomes_of(**counted)
    at = UNTIL if against == "second scrape" else SINCE
    course = Continuity(against=against, state="continued", reason="")
    found = outcomes_since(sections(rows, now), nothing, course, at, UNTIL)
    assert found is not None
    assert (found.total().outcomes.success, found.total().outcomes.error) == wanted


@pytest.mark.parametrize(("state", "health"), [(0, "ok"), (1, "down")])
def test_health_of_the_scrape_stands_beside_what_rows_count_of_an_instance(
    tmp_path: Path, state: int, health: str
) -> None:
    breaker = """
[[metrics.health]]
family = "two_breaker_open"
labels = { provider = "provider", instance = "provider" }
states = { 0 = "ok", 1 = "down" }
recovery = "30s"
"""
    query = REQUESTS.replace("provider, model", "provider, provider AS instance, model")
    gauges = f'two_breaker_open{{provider="alpha"}} {state}\ntwo_breaker_open{{provider="idle"}} 0\n'
    scrape = {("openai", "large", "200"): 60}
    own = {"definition": DEFINITION + breaker, "query": query, "scrape": gauges}
    found = seen(tmp_path, GOOD, scrape, own=own)
    rows = {row.instance: row for row in found.sections.instances}
    alpha = rows["alpha"]
    assert (alpha.health, alpha.recovery, alpha.attempts) == (health, "30s", 30)
    assert alpha.outcomes == OutcomeCounts(success=30)
    assert (rows["beta"].health, rows["beta"].attempts) == ("unknown", 30)
    assert (rows["idle"].health, rows["idle"].attempts) == ("ok", None)
    texts = [one.seen for one in found.findings if one.check == "instance-health"]
    assert not any("no request yet" in text for text in texts)


@pytest.mark.parametrize(
    ("seconds_ago", "counted", "started", "failed"),
    [
        (1, 60, 10, 0),  # 61 rows, 60 ended
        (1, 61, 10, 1),  # the scrape counted it as well
        (1, 60, None, 0),
        (119, 60, 10, 0),
        (121, 60, 10, 1),
        (121, 60, None, 1),
    ],
)
def test_a_request_without_an_end_is_open_for_two_minutes(
    tmp_path: Path, seconds_ago: int, counted: int, started: int | None, failed: int
) -> None:
    at = int(AT.timestamp() * 1000) - 1000 * seconds_ago
    query = REQUESTS.replace("SELECT at_ms AS time_ms", f"SELECT iif(outcome IS NULL, {at}, at_ms) AS time_ms")
    rows = [*GOOD, (None, "alpha", "large")]
    found = seen(tmp_path, rows, {("openai", "large", "200"): counted}, started=started, own={"query": query}).sections
    assert found.traffic
    outcomes = found.traffic.total.outcomes
    assert outcomes
    assert (outcomes.success, outcomes.error, found.traffic.total.unobserved) == (60, failed, 1 - failed)
