"""Series that differ only in labels nobody groups by: what each quantity makes of them."""

import pytest

from llmgw_report import gateways
from llmgw_report.gateways.normalise import ScrapeContext, interest, normalise
from llmgw_report.model.indicator import Indicator
from llmgw_report.model.quantities import QUANTITIES
from llmgw_report.model.sections import GroupBy
from llmgw_report.pipeline.latency import from_indicators
from llmgw_report.sources.prometheus.reader import parse


def read(text: str, quantity: str, group_by: GroupBy = "provider", name: str = "litellm") -> list[Indicator]:
    """Indicators of one quantity out of exposition text."""
    gateway = gateways.load(name)
    wanted = interest([gateway], group_by)
    scrape = parse([f"{text}\n".encode()], wanted, "test")
    context = ScrapeContext(gateway=gateway, scrape=scrape, interest=wanted, group_by=group_by)
    return [one for one in normalise(context) if one.quantity == quantity]


@pytest.mark.parametrize(("first", "second"), [(2, 0), (0, 2), (2, 1)])
def test_one_deployment_that_is_up_hides_none_that_is_down(first: int, second: int) -> None:
    labels = 'api_provider="openai",litellm_model_name="gpt-4o"'
    states = [f'litellm_deployment_state{{{labels},model_id="{i}"}} {value}' for i, value in enumerate((first, second))]
    assert [one.state for one in read("\n".join(states), "health")] == ["down"]


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
