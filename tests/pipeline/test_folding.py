"""Series that differ only in labels nobody groups by: what each quantity makes of them."""

import pytest

from llmgw_report import gateways
from llmgw_report.gateways.normalise import ScrapeContext, interest, normalise
from llmgw_report.model.indicator import Indicator
from llmgw_report.model.quantities import QUANTITIES
from llmgw_report.model.sections import GroupBy
from llmgw_report.pipeline.latency import from_indicators
from llmgw_report.redaction import HIDDEN
from llmgw_report.sources.exposition import parse


def read(text: str, quantity: str, group_by: GroupBy = "provider", name: str = "litellm") -> list[Indicator]:
    """Indicators of one quantity out of exposition text."""
    gateway = gateways.load(name)
    wanted = interest([gateway], group_by)
    scrape = parse([f"{text}\n".encode()], wanted, "test")
    context = ScrapeContext(gateway=gateway, scrape=scrape, interest=wanted, group_by=group_by)
    return [one for one in normalise(context) if one.quantity == quantity]


@pytest.mark.parametrize(("first", "second"), [(2, 0), (0, 2), (2, 1)])
def test_two_deployments_of_one_name_are_two_instances(first: int, second: int) -> None:
    labels = 'api_provider="openai",litellm_model_name="gpt-4o"'
    states = [f'litellm_deployment_state{{{labels},model_id="{i}"}} {value}' for i, value in enumerate((first, second))]
    words = {0: "ok", 1: "degraded", 2: "down"}
    assert [one.states for one in read("\n".join(states), "health")] == [(words[first],), (words[second],)]


@pytest.mark.parametrize("other", ['litellm_model_name="b"', 'litellm_model_name="a",pid="7"'])
def test_series_of_one_deployment_keep_every_state(other: str) -> None:
    """Neither hides the other: which of them the gateway still writes to is not known."""
    family = 'litellm_deployment_state{api_provider="openai",model_id="1",'
    found = read(f'{family}litellm_model_name="a"}} 2\n{family}{other}}} 0', "health")
    assert {(one.roles["instance"], state) for one in found for state in one.states} == {("1", "down"), ("1", "ok")}


@pytest.mark.parametrize(
    ("value", "state"), [("-0", "down"), ("1.0", "ok"), ("NaN", "unknown"), ("+Inf", "unknown"), ("0.5", "unknown")]
)
def test_a_state_is_what_the_definition_says_of_its_value(value: str, state: str) -> None:
    labels = 'provider="a",instance="a-1"'
    text = f"llm_gateway_instance_health_status{{{labels}}} {value}"
    assert [one.states for one in read(text, "health", name="llm-gateway")] == [(state,)]


def test_the_first_label_with_a_value_names_the_key() -> None:
    family = "litellm_proxy_total_requests_metric_total"
    lines = [
        f'{family}{{api_key_alias="{alias}",hashed_api_key="raw",status_code="200"}} 1' for alias in ("web", "None")
    ]
    found = read("\n".join(lines), "requests", "api-key")
    assert {one.roles["api-key"] for one in found} == {"web", HIDDEN}


@pytest.mark.parametrize("group_by", ["provider", "api-key", "all"])
def test_no_latency_is_lost_where_labels_mean_the_same(group_by: GroupBy) -> None:
    """An empty provider and "None" both mean no provider, and neither key is shown."""
    lines = []
    for provider, key, seconds in (("", "raw-1", 1), ("None", "raw-2", 20)):
        labels = f'api_provider="{provider}",hashed_api_key="{key}"'
        family = "litellm_request_total_latency_metric"
        lines += [f"{family}_count{{{labels}}} 10", f"{family}_sum{{{labels}}} {10 * seconds}"]
        lines += [f'{family}_bucket{{{labels},le="5"}} {10 if seconds < 5 else 0}']
        lines += [f'{family}_bucket{{{labels},le="+Inf"}} 10']
    (one,) = read("\n".join(lines), "latency", group_by)
    assert (one.count, one.value, one.series) == (20, 210, 2)
    assert one.buckets is not None
    assert one.buckets.counts == (10, 20)


@pytest.mark.parametrize("line", ["", "llm_request_duration_seconds_sum NaN"])
def test_a_duration_without_a_sum_has_no_mean(line: str) -> None:
    found = read(f"llm_request_duration_seconds_count 10\n{line}", "latency", name="llm-gateway")
    latency = from_indicators(found, QUANTITIES["latency"])
    assert (latency.count, latency.mean_seconds) == (10, None)
