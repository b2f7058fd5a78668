"""A counter whose line cannot be right is not known, and never 0; the report names the line and the way out."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.process import call

REQUESTS = 'llm_requests_total{{api_key="web",provider="openai",model="gpt-4o",endpoint="/v1"}} {}\n'
ATTEMPTS = 'llm_gateway_instance_requests_total{{provider="openai",instance="eu",status="{}"}} {}\n'
TOKENS = 'llm_tokens_total{{api_key="web",provider="openai",model="gpt-4o",type="input"}} {}\n'
HEALTH = (
    'llm_gateway_info{version="0.3.0"} 1\nllm_gateway_instance_health_status{provider="openai",instance="eu"} 1\n'
    "# TYPE llm_requests_total counter\n# TYPE llm_gateway_instance_requests_total counter\n"
    "# TYPE llm_tokens_total counter\n"
)
TOO_MUCH = 2**63


def report(folder: Path, requests: float, success: float | str, **others: float | str) -> dict[str, Any]:
    """`others` are failures, tokens, and a line `more`."""
    lines = (
        REQUESTS.format(requests),
        ATTEMPTS.format("success", success),
        ATTEMPTS.format("failure", others.get("failure", 0)),
        TOKENS.format(others.get("tokens", 900)),
        str(others.get("more", "")),
    )
    (folder / "m.prom").write_text(HEALTH + "".join(lines))
    arguments = ("--no-config", "--no-db", "--metrics-file", "m.prom", "--window", "all", "-f", "json")
    document: dict[str, Any] = json.loads(call(*arguments, cwd=folder).stdout)
    return document


def test_requests_whose_lines_were_rejected_are_not_none(tmp_path: Path) -> None:
    found = report(tmp_path, TOO_MUCH, TOO_MUCH)
    assert found["verdict"]["status"] == "unknown"
    assert found["verdict"]["headline"].startswith("how many requests there were is not known: line 6 of the scrape")
    assert "--db-path" in found["verdict"]["headline"]
    assert found["sections"]["traffic"] is None
    assert {one["quantity"] for one in found["absent"]} >= {"requests", "attempts", "traffic"}
    assert [one["attempts"] for one in found["sections"]["instances"]] == [None]


@pytest.mark.parametrize("success", ["NaN", "-1", "+Inf", TOO_MUCH])
def test_failures_alone_are_not_all_of_them(success: float | str, tmp_path: Path) -> None:
    """0 failures beside successes that nobody knows are no gateway without a request."""
    found = report(tmp_path, TOO_MUCH, success)
    assert "left out" in found["verdict"]["headline"]
    assert "no request" not in found["verdict"]["headline"]


def test_what_is_left_of_the_requests_is_no_ratio(tmp_path: Path) -> None:
    """Of 9 failures beside successes that nobody knows, not all requests failed."""
    found = report(tmp_path, 90, "NaN", failure=9)
    assert found["verdict"]["status"] == "unknown"
    assert "line 7 of the scrape was left out" in found["verdict"]["headline"]


def test_a_model_whose_count_is_not_known_leaves_the_others(tmp_path: Path) -> None:
    """How many requests ended in which way is counted by instance."""
    found = report(tmp_path, 90, 90, more=REQUESTS.replace("gpt-4o", "o3").format(-5))
    assert found["sections"]["traffic"]["total"]["requests"] == 90
    assert [one["status"] for one in found["findings"] if one["check"] == "scrape-readable"] == ["warn"]


def test_a_line_that_a_client_spoiled_takes_nothing_away(tmp_path: Path) -> None:
    """Everyone may name a model: a line that cannot be read is no reason not to evaluate the others."""
    found = report(tmp_path, 90, 90, more='llm_requests_total{model="a"b"} 1\n')
    assert found["sections"]["traffic"]["total"]["requests"] == 90
    assert [one["status"] for one in found["findings"] if one["check"] == "scrape-readable"] == ["warn"]
    assert "requests" not in {one["quantity"] for one in found["absent"]}


def test_tokens_whose_line_was_rejected_are_absent_with_the_reason(tmp_path: Path) -> None:
    found = report(tmp_path, 90, 90, tokens=-5)
    assert found["sections"]["traffic"]["total"]["tokens"]["input"] is None
    (reason,) = (one["reason"] for one in found["absent"] if one["quantity"] == "tokens")
    assert reason.startswith("line 9 of the scrape was left out: ")
