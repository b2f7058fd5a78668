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
    return run(
        settings(typed("--no-config", "--preset", preset, *arguments), {"LLMGW_REPORT_WINDOW": "all"}),
        VERSION,
        StoppedMachine(),
    )


@pytest.mark.parametrize(
    ("folder", "preset", "code"),
    [
        ("healthy", "smoke", 0),
        ("healthy", "staging", 0),
        ("healthy", "production", 0),
        ("unhealthy", "smoke", 1),  # an instance is down
        ("unhealthy", "staging", 1),
        ("unhealthy", "production", 1),
        ("verification", "smoke", 0),  # 14 requests, none of which the server failed
        ("verification", "staging", 0),
        ("verification", "production", 0),
        ("requests-table", "smoke", 0),  # a product that tells neither health nor errors
        ("requests-table", "staging", 0),
        ("requests-table", "production", 0),
        ("litellm", "smoke", 0),  # one of three deployments fails 12 of 248
        ("litellm", "staging", 0),
        ("litellm", "production", 0),
    ],
)
def test_the_exit_code_of_a_worked_example(folder: str, preset: str, code: int) -> None:
    with example(EXAMPLES / folder) as arguments:
        report = judged(preset, *arguments)
    assert report.exit.code == code, report.exit.reason


@pytest.mark.parametrize("preset", ["smoke", "staging", "production"])
def test_the_real_gateway_has_no_fault_that_a_stage_would_fail_for(preset: str, tmp_path: Path) -> None:
    scrape, database = published.llm_gateway(tmp_path)
    sources = ("--metrics-file", str(scrape), "--db-path", str(database))
    report = judged(preset, *sources, "--at", "2026-01-09T01:26:40Z")
    assert (report.verdict.status, report.exit.code) == ("pass", 0)
    facts = {one.check for one in report.findings if one.status == "info"}
    assert {"spans-present", "trend-trusted", "auth-failures-visible"} <= facts
    assert ("latency-coverage" in facts) == (preset != "smoke")
