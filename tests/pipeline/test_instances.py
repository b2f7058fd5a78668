"""The state of an instance, out of all series that name it."""

import pytest

from llmgw_report.model.report import Report
from tests.builders.gateway import Machine, report

STATE = "litellm_deployment_state"
ANSWERS = 'litellm_deployment_success_responses_total{api_provider="openai",litellm_model_name="gpt",model_id="1"}'
DISAGREE = "its series disagree: down, ok"


def seen(text: str, tmp_path_factory: pytest.TempPathFactory) -> Report:
    file = tmp_path_factory.mktemp("scrape") / "metrics.prom"
    file.write_text(text + "\n")
    return report("--metrics-file", str(file), "--no-db", "--no-config", machine=Machine("2026-03-02T12:00:00Z"))


@pytest.mark.parametrize(
    ("others", "health", "note"),
    [
        # A failure sets the series with the group's name, a success the one with the deployment's.
        ('{api_provider="openai",litellm_model_name="chat-pool",model_id="1"} 2', "unknown", DISAGREE),
        # Some successes are counted without a provider.
        ('{api_provider="",litellm_model_name="gpt",model_id="1",api_base="x"} 0', "ok", None),
        # A worker that is gone.
        ('{api_provider="openai",litellm_model_name="gpt",model_id="1",pid="7"} 2', "unknown", DISAGREE),
        (
            '{api_provider="openai",litellm_model_name="gpt",model_id="1",pid="7"} NaN',
            "unknown",
            "its series disagree: ok, unknown",
        ),
    ],
)
def test_one_deployment_is_one_instance(
    others: str, health: str, note: str | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    mine = f'{STATE}{{api_provider="openai",litellm_model_name="gpt",model_id="1"}} 0'
    (row,) = seen(f"{ANSWERS} 9\n{mine}\n{STATE}{others}", tmp_path_factory).sections.instances
    assert (row.provider, row.instance, row.health, row.health_note) == ("openai", "1", health, note)


@pytest.mark.parametrize(("answers", "health", "note"), [(0, "unknown", "not tried"), (1, "ok", None)])
def test_a_gauge_that_starts_at_ok_proves_nothing_before_the_first_request(
    answers: int, health: str, note: str | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    labels = 'provider="a",instance="a-1"'
    lines = (
        'llm_gateway_info{version="0.3.0"} 1',
        f"llm_gateway_instance_health_status{{{labels}}} 1",
        f'llm_gateway_instance_requests_total{{{labels},status="success"}} {answers}',
    )
    (row,) = seen("\n".join(lines), tmp_path_factory).sections.instances
    assert (row.health, row.health_note) == (health, note)


@pytest.mark.parametrize(
    "family",
    [
        "litellm_proxy_total_requests_metric_total",
        "litellm_deployment_state",
        "litellm_spend_metric_total",
        "litellm_input_tokens_metric_total",
    ],
)
def test_a_custom_list_of_metrics_is_enough_to_be_recognised(
    family: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert seen(f'{family}{{model="gpt"}} 1', tmp_path_factory).gateway.name == "litellm"
