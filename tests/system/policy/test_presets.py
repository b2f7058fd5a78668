"""The presets on gateways that are known: no verdict that a careful engineer would call wrong."""

from pathlib import Path

import pytest

from llmgw_report.cli.build_settings import settings
from llmgw_report.cli.demo import example
from llmgw_report.model.report import Report
from llmgw_report.pipeline.document import run
from tests.builders import published
from tests.builders.settings import typed
from tools.golden import EXAMPLES, VERSION, StoppedMachine


def judged(preset: str, *arguments: str) -> Report:
    return run(settings(typed("--no-config", "--preset", preset, *arguments), {}), VERSION, StoppedMachine())


@pytest.mark.parametrize(
    ("folder", "preset", "code"),
    [
        ("healthy", "smoke", 0),
        ("healthy", "staging", 0),
        ("healthy", "production", 0),
        ("unhealthy", "smoke", 1),  # an instance is down
        ("unhealthy", "staging", 1),
        ("unhealthy", "production", 1),
        ("verification", "smoke", 3),  # a process of half an hour, and no request since the stage may have begun
        ("verification", "staging", 1),  # one of two providers failed all 5 of its requests
        ("verification", "production", 1),
        ("requests-table", "smoke", 3),  # a product that records successes only
        ("requests-table", "staging", 3),
        ("requests-table", "production", 3),
        ("litellm", "smoke", 0),  # one of three deployments fails 12 of 248, and its provider no more than 5%
        ("litellm", "staging", 0),
        ("litellm", "production", 0),
    ],
)
def test_the_exit_code_of_a_worked_example(folder: str, preset: str, code: int) -> None:
    with example(EXAMPLES / folder) as arguments:
        report = judged(preset, *arguments)
    assert report.exit.code == code, report.exit.reason


@pytest.mark.parametrize("preset", ["smoke", "staging", "production"])
def test_successes_alone_are_enough_where_the_operator_says_so(preset: str) -> None:
    with example(EXAMPLES / "requests-table") as arguments:
        report = judged(preset, *arguments, "--set", "error-ratio.required=false")
    assert report.exit.code == 0, report.exit.reason


def without_window(arguments: list[str]) -> list[str]:
    at = arguments.index("--window")
    return [*arguments[:at], *arguments[at + 2 :]]


@pytest.mark.parametrize("preset", ["smoke", "staging", "production"])
def test_totals_of_a_process_of_two_and_a_half_hours_are_evaluated_only_where_that_is_asked_for(preset: str) -> None:
    """The oldest process of a preset gives way to a window of the user's own."""
    with example(EXAMPLES / "litellm") as arguments:
        alone, whole = judged(preset, *without_window(arguments)), judged(preset, *arguments)
    assert (alone.verdict.status, alone.exit.code) == ("unknown", 3)
    assert "add --history, --db-path, --interval or --baseline" in alone.verdict.headline
    assert whole.sections.outcomes is not None
    assert (whole.sections.outcomes.evaluated, whole.exit.code) == ("yes", 0)


@pytest.mark.parametrize("preset", ["staging", "production"])
def test_of_the_real_gateway_a_stage_finds_the_one_provider_that_answered_nothing(preset: str, tmp_path: Path) -> None:
    """All 5 requests to it failed, and the gateway does not record whose fault that was."""
    scrape, database = published.llm_gateway(tmp_path)
    sources = ("--metrics-file", str(scrape), "--db-path", str(database))
    report = judged(preset, *sources, "--at", "2026-01-09T01:26:40Z")
    assert (report.verdict.status, report.exit.code) == ("fail", 1)
    failed = [(one.check, one.subject) for one in report.findings if one.status == "fail"]
    assert failed == [
        ("serving", {"provider": "openai", "instance": "ollama-local"}),
        ("serving", {"provider": "openai"}),
    ]
    facts = {one.check for one in report.findings if one.status == "info"}
    assert {"spans-present", "trend-trusted", "auth-failures-visible"} <= facts
    assert "latency-coverage" in facts
