"""LiteLLM by an operator's own lists of metrics and labels, and by versions that name exceptions otherwise."""

from pathlib import Path

import pytest

from llmgw_report.model.outcomes import OutcomeCounts, Outcomes
from llmgw_report.model.report import Report
from tests.builders.gateway import Machine, report
from tests.process import AT

TOTAL, FAILED = "litellm_proxy_total_requests_metric", "litellm_proxy_failed_requests_metric"
SUCCEEDED, BROKE = "litellm_deployment_success_responses", "litellm_deployment_failure_responses"


def read(folder: Path, *families: tuple[str, str]) -> Report:
    """A report on these families, each with its samples."""
    file = folder / "metrics.prom"
    lines = (f"# TYPE {family} counter\n" + samples.replace(family, f"{family}_total") for family, samples in families)
    file.write_text("".join(lines))
    return report("--metrics-file", str(file), "--no-db", "--window", "all", "--at", AT, machine=Machine(AT))


def outcomes(found: Report) -> Outcomes:
    assert found.sections.outcomes
    return found.sections.outcomes


def failure(kind: str, status: str, key: str = "None") -> tuple[str, str]:
    labels = f'exception_class="{kind}",exception_status="{status}",hashed_api_key="{key}"'
    return FAILED, f"{FAILED}{{{labels}}} 7\n"


@pytest.mark.parametrize(
    ("kind", "status", "outcome"),
    [
        ("AuthenticationError", "401", "upstream_refused"),  # before 1.63 no provider stands before it
        ("Openai.AuthenticationError", "401", "upstream_refused"),
        ("Openai.PaymentRequiredError", "402", "upstream_refused"),
        ("RateLimitError", "429", "rate_limited"),
        ("RouterRateLimitErrorBasic", "429", "rate_limited"),
        ("HTTPException", "429", "limited"),
        ("Openai.CallerCredentialRateLimitError", "429", "client_error"),
        ("Anthropic.UnsupportedParamsError", "400", "client_error"),
        ("ContextWindowExceededError", "400", "client_error"),
        ("KeyNotFoundError", "401", "client_error"),
        ("ModelAccessDeniedProxyException", "403", "client_error"),
        ("Exception", "None", "client_error"),  # no key was sent
        ("NoDatabaseConnectionError", "None", "error"),
        ("Openai.InternalServerError", "500", "server_error"),
    ],
)
def test_the_class_of_an_exception_says_whose_failure_it_is(
    tmp_path: Path, kind: str, status: str, outcome: str
) -> None:
    found = outcomes(read(tmp_path, failure(kind, status)))
    assert found.total().outcomes == OutcomeCounts(**{outcome: 7})


def test_an_exception_without_a_class_that_meets_a_known_key_is_nobodys(tmp_path: Path) -> None:
    found = outcomes(read(tmp_path, failure("Exception", "None", "0" * 64)))
    assert found.total().outcomes == OutcomeCounts(error=7)


def test_without_the_label_of_the_status_what_did_not_fail_succeeded(tmp_path: Path) -> None:
    total = f'{TOTAL}{{api_key_alias="a"}} 60\n{TOTAL}{{api_key_alias="b"}} 40\n'
    failed = f'{FAILED}{{api_key_alias="b",exception_class="Openai.InternalServerError",exception_status="500"}} 30\n'
    found = outcomes(read(tmp_path, (TOTAL, total), (FAILED, failed)))
    assert found.total().outcomes == OutcomeCounts(success=70, server_error=30)
    b = found.of({"api-key": "b"})
    assert b
    assert b.outcomes == OutcomeCounts(success=10, server_error=30)


def test_a_family_of_failures_without_a_series_is_no_failure(tmp_path: Path) -> None:
    found = outcomes(read(tmp_path, (TOTAL, f"{TOTAL}{{}} 60\n"), (FAILED, "")))
    assert found.total().outcomes == OutcomeCounts(success=60)


def test_what_the_proxy_refused_is_no_failure_of_a_deployment(tmp_path: Path) -> None:
    good = f'{SUCCEEDED}{{api_provider="openai",model_id="a"}} 500\n'
    bad = f'{BROKE}{{api_provider="",model_id="",exception_class="HTTPException",exception_status="429"}} 300\n'
    found = read(tmp_path, (SUCCEEDED, good), (BROKE, bad))
    assert outcomes(found).total().outcomes == OutcomeCounts(success=500, limited=300)
    assert found.verdict.status == "warn"


def test_a_list_without_tokens_is_no_warning(tmp_path: Path) -> None:
    found = read(tmp_path, (TOTAL, f'{TOTAL}{{status_code="200"}} 600\n'))
    assert found.verdict.status == "pass"


def test_an_instance_whose_failures_a_fallback_answered_is_named(tmp_path: Path) -> None:
    served = f'{TOTAL}{{api_provider="openai",model_id="b",status_code="200"}} 100\n'
    good = f'{SUCCEEDED}{{api_provider="openai",model_id="b"}} 100\n'
    bad = f'{BROKE}{{api_provider="openai",model_id="a",exception_class="Openai.APIError",exception_status="500"}} 50\n'
    found = read(tmp_path, (TOTAL, served), (SUCCEEDED, good), (BROKE, bad))
    assert outcomes(found).total().outcomes == OutcomeCounts(success=100)
    failed = {one.subject.get("instance") for one in found.findings if one.status == "fail"}
    assert failed == {"a"}


def test_a_key_that_the_upstream_refused_is_a_failure_of_the_instance(tmp_path: Path) -> None:
    """No attempt is counted for it."""
    served = f'{TOTAL}{{api_provider="openai",model_id="a",status_code="200"}} 10\n'
    labels = 'api_provider="openai",model_id="a",exception_class="Openai.AuthenticationError",exception_status="401"'
    good = f'{SUCCEEDED}{{api_provider="openai",model_id="a"}} 10\n'
    found = outcomes(read(tmp_path, (TOTAL, served), (FAILED, f"{FAILED}{{{labels}}} 40\n"), (SUCCEEDED, good)))
    instance = found.of({"instance": "a", "provider": "openai"})
    assert instance
    assert instance.outcomes == OutcomeCounts(success=10, upstream_refused=40)


def test_where_the_series_of_the_failures_are_dropped_the_status_tells_them(tmp_path: Path) -> None:
    total = f'{TOTAL}{{status_code="200"}} 60\n{TOTAL}{{status_code="500"}} 40\n'
    found = outcomes(read(tmp_path, (TOTAL, total), (FAILED, "")))
    assert found.total().outcomes == OutcomeCounts(success=60, server_error=40)


@pytest.mark.parametrize("idle", ["unknown", "pass", "fail"])
def test_a_family_of_requests_without_a_series_is_idle(idle: str, tmp_path: Path) -> None:
    """The operator says what that means; where no such family is declared, nobody knows of any request."""
    file = tmp_path / "metrics.prom"
    source = ("--metrics-file", str(file), "--no-db", "--window", "all", "--idle", idle, "--at", AT)
    for family, status in ((TOTAL, idle), ("litellm_in_flight_requests", "unknown")):
        file.write_text(f"# TYPE {family} counter\n# TYPE litellm_deployment_state gauge\n")
        file.write_text(file.read_text() + 'litellm_deployment_state{model_id="a"} 0\n')
        assert report(*source, machine=Machine(AT)).verdict.status == status
